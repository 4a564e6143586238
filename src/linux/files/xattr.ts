import { errnoName, isFailure, type Failure } from '../../base/errno.js';
import type { LibpodError } from '../../base/errors.js';
import { addon, XATTR_OPS } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { checkText, describePlace, rawPlace, type Place } from '../place.js';

/*
 * Extended attributes (xattr(7)). Each call exists twice, as in node:fs: the attributes of a local file stand in its inode
 * and are had in a few microseconds, less than the trip to a worker thread takes; those of a file on a network may keep the
 * caller waiting. Which of them a path leads to is the caller's to know.
 */

/** What setXattr may do (setxattr(2)): make only a new one, replace only one that is there; both unless given. */
export type XattrMode = 'create' | 'replace';

const MODES = { create: 1, replace: 2 } as const satisfies Record<XattrMode, number>;
const NOTHING = new Uint8Array();

type Answer = Buffer | string | undefined | Failure;
type Call = [
  op: number,
  place: Parameters<typeof addon.xattr>[1],
  name: string,
  value: Uint8Array,
  flags: number,
];

function xattrError(what: string, place: Place, failure: Failure): LibpodError {
  return kernelError(`${what} of ${describePlace(place)}`, failure, {
    ENOTSUP: 'its file system has no attributes of that namespace',
    ENODATA: 'it has no such attribute',
    EEXIST: 'it has that attribute already',
    EPERM:
      'trusted. wants CAP_SYS_ADMIN, security. what the security module says, user. a regular file or directory',
  });
}

function getting(place: Place, name: string): Call {
  checkText('the name of an attribute', name);
  return [XATTR_OPS.get, rawPlace('the file', place), name, NOTHING, 0];
}

function got(place: Place, name: string, answer: Answer): Buffer | undefined {
  if (!isFailure(answer)) return answer as Buffer;
  if (errnoName(answer.errno) === 'ENODATA') return undefined;
  throw xattrError(`read attribute ${name}`, place, answer);
}

/**
 * The value of an attribute, such as `user.origin`.
 *
 * @param place a link at the end of a path is not followed; what a descriptor is open on, also with O_PATH
 * @returns undefined if the file has no such attribute
 * @throws LibpodError ERR_NOT_FOUND, ERR_UNSUPPORTED
 */
export async function getXattr(place: Place, name: string): Promise<Buffer | undefined> {
  return got(place, name, await addon.xattr(...getting(place, name)));
}

/** getXattr on this thread, for a file that is known to be local. */
export function getXattrSync(place: Place, name: string): Buffer | undefined {
  return got(place, name, addon.xattrAtOnce(...getting(place, name)));
}

function setting(place: Place, name: string, value: Uint8Array | string, mode?: XattrMode): Call {
  checkText('the name of an attribute', name);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [XATTR_OPS.set, rawPlace('the file', place), name, bytes, mode === undefined ? 0 : MODES[mode]];
}

function wasSet(place: Place, name: string, answer: Answer): void {
  if (isFailure(answer)) throw xattrError(`set attribute ${name}`, place, answer);
}

/**
 * Sets an attribute.
 *
 * @param value at most 64 KiB, less on most file systems; a string as UTF-8
 * @throws LibpodError ERR_NOT_FOUND, ERR_UNSUPPORTED, ERR_NO_SPACE; ERR_SYSTEM with EEXIST or ENODATA as of `mode`
 */
export async function setXattr(
  place: Place,
  name: string,
  value: Uint8Array | string,
  mode?: XattrMode,
): Promise<void> {
  wasSet(place, name, await addon.xattr(...setting(place, name, value, mode)));
}

/** setXattr on this thread, for a file that is known to be local. */
export function setXattrSync(place: Place, name: string, value: Uint8Array | string, mode?: XattrMode): void {
  wasSet(place, name, addon.xattrAtOnce(...setting(place, name, value, mode)));
}

function removing(place: Place, name: string): Call {
  checkText('the name of an attribute', name);
  return [XATTR_OPS.remove, rawPlace('the file', place), name, NOTHING, 0];
}

function wasThere(place: Place, name: string, answer: Answer): boolean {
  if (!isFailure(answer)) return true;
  if (errnoName(answer.errno) === 'ENODATA') return false;
  throw xattrError(`remove attribute ${name}`, place, answer);
}

/**
 * Removes an attribute.
 *
 * @returns false if there was none
 */
export async function removeXattr(place: Place, name: string): Promise<boolean> {
  return wasThere(place, name, await addon.xattr(...removing(place, name)));
}

/** removeXattr on this thread, for a file that is known to be local. */
export function removeXattrSync(place: Place, name: string): boolean {
  return wasThere(place, name, addon.xattrAtOnce(...removing(place, name)));
}

function listing(place: Place): Call {
  return [XATTR_OPS.list, rawPlace('the file', place), '', NOTHING, 0];
}

function listed(place: Place, answer: Answer): string[] {
  if (isFailure(answer)) throw xattrError('list the attributes', place, answer);
  return (answer as string).split('\0').filter(Boolean);
}

/** The names of the attributes, those of `trusted.` only for a process with CAP_SYS_ADMIN. */
export async function listXattrs(place: Place): Promise<string[]> {
  return listed(place, await addon.xattr(...listing(place)));
}

/** listXattrs on this thread, for a file that is known to be local. */
export function listXattrsSync(place: Place): string[] {
  return listed(place, addon.xattrAtOnce(...listing(place)));
}
