import { readlinkSync } from 'node:fs';
import type { ContainerSummary } from '../../index.js';

/** Column headings of podman's ps --ns by template field. */
export const NAMESPACE_HEADINGS = {
  ID: 'CONTAINER ID',
  Names: 'NAMES',
  Pid: 'PID',
  CGROUPNS: 'CGROUPNS',
  IPC: 'IPC',
  MNT: 'MNT',
  NET: 'NET',
  PIDNS: 'PIDNS',
  USERNS: 'USERNS',
  UTS: 'UTS',
} as const;

/** The number of a process's namespace (namespaces(7)); '' if the process has ended. */
function numberOf(pid: number, kind: string): string {
  if (pid === 0) return '';
  try {
    return /\d+/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))?.[0] ?? '';
  } catch {
    return '';
  }
}

/** The namespaces of a container that runs, by their numbers. */
export function namespaceRow({ id, name, pid }: ContainerSummary, shown: (id: string) => string) {
  return {
    ID: shown(id),
    Names: name,
    Pid: String(pid),
    CGROUPNS: numberOf(pid, 'cgroup'),
    IPC: numberOf(pid, 'ipc'),
    MNT: numberOf(pid, 'mnt'),
    NET: numberOf(pid, 'net'),
    PIDNS: numberOf(pid, 'pid'),
    USERNS: numberOf(pid, 'user'),
    UTS: numberOf(pid, 'uts'),
  };
}
