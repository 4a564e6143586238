import { isFailure } from '../../base/errno.js';
import { formatIdMap, idMapProblem, type IdRange as IdMapping } from '../../base/id-map.js';
import { addon } from '../../native/index.js';
import { invalid, kernelError } from '../kernel-error.js';
import { readFilesOfProcess } from '../processes/proc-files.js';

export type { IdRange as IdMapping } from '../../base/id-map.js';
export { formatIdMap } from '../../base/id-map.js';

/** The maps of a user namespace. */
export interface IdMaps {
  readonly uid: readonly IdMapping[];
  readonly gid: readonly IdMapping[];
}

/** ID 4294967295 is no ID: user_namespaces(7). */
const END = 2 ** 32 - 1;

/** Parses the text of a /proc/PID/uid_map or gid_map: lines of three numbers, `inside outside length`. */
export function parseIdMap(text: string): IdMapping[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line);
    if (match === null) return [];
    return [{ containerID: Number(match[1]), hostID: Number(match[2]), size: Number(match[3]) }];
  });
}

/**
 * Checks what the kernel would answer with EINVAL alone.
 *
 * @param what whose map it is, for the error: `the uid map`
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function checkIdMap(what: string, map: readonly IdMapping[]): void {
  const problem = idMapProblem(map);
  if (problem !== undefined) throw invalid(`${what} ${problem}`);
}

/** An ID of the namespace as it is outside; undefined if it is not mapped (then the kernel shows 65534). */
export function mapId(map: readonly IdMapping[], id: number): number | undefined {
  const range = map.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? undefined : id - range.containerID + range.hostID;
}

/** The reverse of mapId. */
export function unmapId(map: readonly IdMapping[], id: number): number | undefined {
  const range = map.find(({ hostID, size }) => id >= hostID && id < hostID + size);
  return range === undefined ? undefined : id - range.hostID + range.containerID;
}

/**
 * The maps of the user namespace that a process is in, as this process sees them.
 *
 * @throws LibpodError ERR_NOT_FOUND if there is no such process
 */
export function readIdMaps(pid: number | 'self' = 'self'): IdMaps {
  const [uid = '', gid = ''] = readFilesOfProcess(pid, ['uid_map', 'gid_map']);
  return { uid: parseIdMap(uid), gid: parseIdMap(gid) };
}

/**
 * Writes the maps of the user namespace that a process is in; once for each namespace. A process in that namespace waits for
 * it meanwhile, as it has no IDs before. At once, on this thread: the kernel only copies them.
 *
 * @param options.denySetgroups as a process without CAP_SETGID outside must (user_namespaces(7), "/proc/pid/setgroups")
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NOT_FOUND, ERR_NOT_PRIVILEGED
 */
export function writeIdMaps(
  pid: number,
  maps: IdMaps,
  options: { readonly denySetgroups?: boolean | undefined } = {},
): void {
  checkIdMap('the uid map', maps.uid);
  checkIdMap('the gid map', maps.gid);
  const files = [
    // Before the group map: with it, the answer is fixed.
    ...(options.denySetgroups === true ? [`/proc/${pid}/setgroups`, 'deny'] : []),
    `/proc/${pid}/uid_map`,
    formatIdMap(maps.uid),
    `/proc/${pid}/gid_map`,
    formatIdMap(maps.gid),
  ];
  const answer = addon.writeKernelFilesAtOnce(files);
  if (!isFailure(answer)) return;
  throw kernelError(`write ${files[2 * (answer.index ?? 0)] ?? ''}`, answer, {
    EPERM:
      'it was written before, or this process has not CAP_SETUID and CAP_SETGID over the namespace above',
    EINVAL: 'an ID outside is not mapped in the namespace of this process',
  });
}

/** A range of IDs that a user may map (subuid(5), subgid(5)). */
export interface SubIdRange {
  /** A login name, or a user ID. */
  readonly user: string;
  readonly start: number;
  readonly size: number;
}

/** Parses the text of /etc/subuid or /etc/subgid: lines `user:start:count`. Others are passed over, as the tools do. */
export function parseSubIds(text: string): SubIdRange[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([^:#\s][^:]*):(\d+):(\d+)\s*$/.exec(line);
    if (match?.[1] === undefined) return [];
    const [start, size] = [Number(match[2]), Number(match[3])];
    return size > 0 && start + size <= END ? [{ user: match[1], start, size }] : [];
  });
}

/**
 * The ranges that a user may map, of /etc/subuid and /etc/subgid.
 *
 * @param users the login name, the user ID, or both
 */
export function readSubIds(...users: readonly (string | number)[]): { uid: SubIdRange[]; gid: SubIdRange[] } {
  const wanted = new Set(users.map(String));
  const read = (file: string): SubIdRange[] => {
    const text = addon.readText(file);
    if (isFailure(text)) throw kernelError(`read ${file}`, text);
    return parseSubIds(text ?? '').filter(({ user }) => wanted.has(user));
  };
  return { uid: read('/etc/subuid'), gid: read('/etc/subgid') };
}
