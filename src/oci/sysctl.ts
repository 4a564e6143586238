import type { NamespaceType } from './names.js';

/** Parameters under `kernel` that belong to an IPC namespace: ipc_namespaces(7). */
const IPC_PARAMETERS = new Set([
  'auto_msgmni',
  'msg_next_id',
  'msgmax',
  'msgmnb',
  'msgmni',
  'sem',
  'sem_next_id',
  'shm_next_id',
  'shm_rmid_forced',
  'shmall',
  'shmmax',
  'shmmni',
]);

/**
 * The file of a kernel parameter beneath /proc/sys, such as `net/ipv4/ip_forward`.
 *
 * The first separator decides, as in sysctl(8): after a dot, dots separate and a slash stands for a dot in a
 * name; after a slash it is the other way round (`net/ipv4/conf/eth0.5/forwarding` is
 * `net.ipv4.conf.eth0/5.forwarding`).
 *
 * @returns undefined for a name that is malformed or would leave /proc/sys. The parts are checked after the
 * exchange: `net.//.kernel` turns into `net/../kernel`.
 */
export function sysctlPath(name: string): string | undefined {
  const separator = /[./]/.exec(name)?.[0];
  const path = separator === '.' ? name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.')) : name;
  const parts = path.split('/');
  const sound = parts.every((part) => part !== '.' && part !== '..' && /^[^\s\0]+$/.test(part));
  return sound && parts.length > 1 ? path : undefined;
}

/**
 * The kind of namespace that a kernel parameter belongs to, or undefined where it belongs to the whole
 * machine and a container must not set it.
 *
 * @param path as `sysctlPath` answers it
 */
export function sysctlNamespace(path: string): NamespaceType | undefined {
  const [area, name, more] = path.split('/');
  if (area === 'net') return 'network';
  if (area === 'user') return 'user';
  if (area === 'fs' && name === 'mqueue') return 'ipc';
  if (area !== 'kernel' || name === undefined || more !== undefined) return undefined;
  if (name === 'hostname' || name === 'domainname') return 'uts';
  return IPC_PARAMETERS.has(name) ? 'ipc' : undefined;
}
