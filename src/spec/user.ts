import { LibpodError } from '../base/errors.js';
import type { SpecUser } from './options.js';

/** The largest ID that setuid(2) takes; -1 means "unchanged". */
const MAX_ID = 0xffff_fffe;

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}
interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Lines `name:password:uid:gid:comment:home:shell` of passwd(5); lines of another shape are passed over. */
export function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    if (!name || home === undefined || !isNumber(uid) || !isNumber(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home || '/' }];
  });
}

/** Lines `name:password:gid:members` of group(5). */
export function parseGroup(text: string): GroupEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , gid, members] = line.split(':');
    if (!name || !isNumber(gid)) return [];
    return [
      { name, gid: Number(gid), members: members ? members.split(',').map((member) => member.trim()) : [] },
    ];
  });
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text) && Number(text) <= MAX_ID;
}

function bad(request: string, why: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', `user ${JSON.stringify(request)}: ${why}`);
}

/**
 * Finds who a container is to run as, by `user`, `user:group`, names or numbers, in the container's own /etc/passwd and
 * /etc/group (as podman's --user). A number need not be listed; a name must. All digits are a number, never a name.
 *
 * @param readFile reads a file of the container's root, '' if there is none
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function resolveUser(request: string, readFile: (path: string) => string): SpecUser {
  const [userPart = '', groupPart, ...rest] = request.split(':');
  if (rest.length > 0) bad(request, 'it has more than one colon; write user or user:group');
  const wanted = userPart || '0';
  const numeric = /^[0-9+-]/.test(wanted);
  if (numeric && !isNumber(wanted)) bad(request, `the user ID must be from 0 to ${MAX_ID}`);
  const passwd = parsePasswd(readFile('/etc/passwd'));
  const entry = passwd.find(({ name, uid }) => (numeric ? uid === Number(wanted) : name === wanted));
  if (entry === undefined && !numeric)
    bad(request, `no user ${JSON.stringify(wanted)} in the container's /etc/passwd`);
  const uid = entry?.uid ?? Number(wanted);
  const home = entry?.home ?? '/';
  const username = entry === undefined ? {} : { username: entry.name };
  if (groupPart !== undefined && groupPart !== '') {
    // A group that was asked for takes the place of those that the user is a member of.
    return { uid, gid: resolveGroup(request, groupPart, readFile), additionalGids: [], home, ...username };
  }
  if (entry === undefined) return { uid, gid: 0, additionalGids: [], home };
  const groups = parseGroup(readFile('/etc/group')).filter(({ members }) => members.includes(entry.name));
  return { uid, gid: entry.gid, additionalGids: groups.map(({ gid }) => gid), home, ...username };
}

function resolveGroup(request: string, wanted: string, readFile: (path: string) => string): number {
  return groupNumber(wanted, readFile, (why) => bad(request, why));
}

function groupNumber(
  wanted: string,
  readFile: (path: string) => string,
  refuse: (why: string) => never,
): number {
  if (/^[0-9+-]/.test(wanted))
    return isNumber(wanted) ? Number(wanted) : refuse(`the group ID must be from 0 to ${MAX_ID}`);
  const group = parseGroup(readFile('/etc/group')).find(({ name }) => name === wanted);
  return group?.gid ?? refuse(`no group ${JSON.stringify(wanted)} in the container's /etc/group`);
}

/**
 * The numbers of supplementary groups, names or numbers of the container's: podman-run(1), --group-add.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a group that is not there
 */
export function resolveGroups(groups: readonly string[], readFile: (path: string) => string): number[] {
  return groups.map((wanted) =>
    groupNumber(wanted, readFile, (why) => {
      throw new LibpodError('ERR_INVALID_ARGUMENT', `group ${JSON.stringify(wanted)} of groupAdd: ${why}`);
    }),
  );
}
