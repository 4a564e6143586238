import { PLACE_KINDS, type RawPlace } from '../native/index.js';
import type { HasDescriptor } from './files/descriptor.js';
import { invalid } from './kernel-error.js';

/** A path within a directory that may be hostile: whatever links it holds, none leads out (openat2(2), RESOLVE_IN_ROOT). */
export interface InRoot {
  /** The directory: its path, or a descriptor of it, which nobody can move meanwhile. */
  readonly root: string | HasDescriptor;
  /** From the root; a leading slash is the root. */
  readonly path: string;
}

/** Where an operation looks: a path of this process, what a descriptor is open on, or a path within a root. */
export type Place = string | HasDescriptor | InRoot;

/** Refuses what no system call takes; JavaScript's strings may hold a NUL, at which the kernel's end. */
export function checkText(what: string, text: unknown): asserts text is string {
  if (typeof text !== 'string' || text === '' || text.includes('\0'))
    throw invalid(`${what} must be a string, not empty and without NUL, not ${JSON.stringify(text)}`);
}

function checkFd(what: string, fd: unknown): asserts fd is number {
  if (!Number.isInteger(fd) || (fd as number) < 0) throw invalid(`${what} must be an open descriptor`);
}

/** The descriptor of something that holds one. */
export function fdOf(what: string, holder: HasDescriptor): number {
  const fd = typeof holder === 'object' ? holder.fd : undefined;
  checkFd(what, fd);
  return fd;
}

/**
 * A place as the addon takes it.
 *
 * @param what what it is to the caller, for the error: `the target`
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function rawPlace(what: string, place: Place): RawPlace {
  if (typeof place === 'string') {
    checkText(what, place);
    return [PLACE_KINDS.path, -1, '', place];
  }
  const given: unknown = place;
  if (typeof given !== 'object' || given === null)
    throw invalid(
      `${what} must be a path, something with a descriptor, or a path in a root, not ${JSON.stringify(given)}`,
    );
  if ('root' in place) {
    checkText(`the path of ${what}`, place.path);
    if (typeof place.root !== 'string')
      return [PLACE_KINDS.inRoot, fdOf(`the root of ${what}`, place.root), '', place.path];
    checkText(`the root of ${what}`, place.root);
    return [PLACE_KINDS.inRoot, -1, place.root, place.path];
  }
  return [PLACE_KINDS.descriptor, fdOf(what, place), '', ''];
}

/** A place for a person. */
export function describePlace(place: Place): string {
  if (typeof place === 'string') return place;
  if (!('root' in place)) return `descriptor ${place.fd}`;
  return `${place.path} in the root ${typeof place.root === 'string' ? place.root : `of descriptor ${place.root.fd}`}`;
}
