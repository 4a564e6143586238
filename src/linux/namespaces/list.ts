import { readFileSync } from 'node:fs';
import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { parseMountinfo, type MountInfo } from '../mounts/mountinfo.js';
import type { Namespace, NamespaceType } from './namespace.js';

/** The order of the inodes in a row of addon.processNamespaces, after the PID and the user. */
const COLUMNS: readonly NamespaceType[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const ROW = 2 + COLUMNS.length;

/** A namespace that is in use, as lsns(8) lists it. */
export interface ListedNamespace {
  readonly type: NamespaceType;
  readonly inode: number;
  /** The processes in it, by their PIDs here, ascending; threads that are elsewhere than their process are not looked at. */
  readonly pids: readonly number[];
  /** The effective user of the process with the lowest PID; undefined if there is no process. */
  readonly uid: number | undefined;
  /** That process's command line, or its name in brackets if it has none. */
  readonly command: string | undefined;
  /** Where it is mounted in this process's mount namespace, which keeps it without a process (ip-netns(8)). */
  readonly mountpoints: readonly string[];
}

/** The namespaces that are mounted somewhere, by `type:[inode]`: mounts of nsfs. */
export function mountedNamespaces(mounts: readonly MountInfo[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { type, root, mountpoint } of mounts) {
    if (type !== 'nsfs') continue;
    const places = found.get(root);
    if (places === undefined) found.set(root, [mountpoint]);
    else places.push(mountpoint);
  }
  return found;
}

async function readTable(): Promise<Float64Array> {
  const table = await addon.processNamespaces();
  if (isFailure(table)) throw kernelError('read the namespaces of processes', table);
  return table;
}

/** proc_pid_cmdline(5): arguments end with NUL; a kernel thread and a zombie have none. */
function commandOf(pid: number): string | undefined {
  const text = addon.readText(`/proc/${pid}/cmdline`);
  if (typeof text !== 'string') return undefined;
  const line = text.replace(/\0+$/, '').replaceAll('\0', ' ');
  if (line !== '') return line;
  const name = addon.readText(`/proc/${pid}/comm`);
  return typeof name === 'string' ? `[${name.trimEnd()}]` : undefined;
}

interface Found {
  readonly type: NamespaceType;
  readonly inode: number;
  readonly pids: number[];
  uid: number | undefined;
}

/**
 * All namespaces that this process can see: those of processes, and those that are only mounted. Ordered by type, then by
 * inode. A snapshot: processes come and go while it is taken.
 *
 * @throws LibpodError ERR_SYSTEM if /proc is not mounted
 */
export async function listNamespaces(): Promise<ListedNamespace[]> {
  const table = await readTable();
  // By inode alone: namespaces of all types have numbers of one row.
  const found = new Map<number, Found>();
  for (let row = 0; row < table.length; row += ROW) {
    COLUMNS.forEach((type, column) => {
      const inode = table[row + 2 + column] ?? 0;
      if (inode === 0) return;
      let entry = found.get(inode);
      if (entry === undefined) found.set(inode, (entry = { type, inode, pids: [], uid: undefined }));
      const pid = table[row] ?? 0;
      // /proc lists processes by their numbers, so the first one is the lowest.
      entry.uid ??= table[row + 1];
      entry.pids.push(pid);
    });
  }
  const mounted = mountedNamespaces(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')));
  for (const key of mounted.keys()) {
    const [, type, inode] = /^(\w+):\[(\d+)\]$/.exec(key) ?? [];
    if (found.has(Number(inode)) || !COLUMNS.includes(type as NamespaceType)) continue;
    found.set(Number(inode), { type: type as NamespaceType, inode: Number(inode), pids: [], uid: undefined });
  }
  const commands = new Map<number, string | undefined>();
  const command = (pid: number | undefined): string | undefined => {
    if (pid === undefined) return undefined;
    if (!commands.has(pid)) commands.set(pid, commandOf(pid));
    return commands.get(pid);
  };
  return [...found.values()]
    .map((entry) => ({
      ...entry,
      command: command(entry.pids[0]),
      mountpoints: mounted.get(`${entry.type}:[${entry.inode}]`) ?? [],
    }))
    .sort((a, b) => COLUMNS.indexOf(a.type) - COLUMNS.indexOf(b.type) || a.inode - b.inode);
}

/** The PIDs of the processes that are in a namespace, ascending. A snapshot. */
export async function namespaceMembers(namespace: Pick<Namespace, 'type' | 'inode'>): Promise<number[]> {
  const table = await readTable();
  const column = 2 + COLUMNS.indexOf(namespace.type);
  const pids: number[] = [];
  for (let row = 0; row < table.length; row += ROW) {
    if (table[row + column] === namespace.inode) pids.push(table[row] ?? 0);
  }
  return pids;
}
