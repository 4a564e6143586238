import { LibpodError } from '../base/errors.js';

/** The kinds of namespaces, with the names of their files in /proc/PID/ns (namespaces(7)), as the seed's LinuxNS has them. */
export const LINUX_NAMESPACES = ['ipc', 'mnt', 'net', 'pid', 'user', 'uts', 'cgroup', 'time'] as const;
export type LinuxNamespaceName = (typeof LINUX_NAMESPACES)[number];

/**
 * The name of a namespace's file in /proc/PID/ns.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a name that is none
 */
export function namespaceFile(namespace: LinuxNamespaceName): string {
  if (!(LINUX_NAMESPACES as readonly string[]).includes(namespace)) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${JSON.stringify(namespace)} is no namespace: give one of ${LINUX_NAMESPACES.join(', ')}`,
    );
  }
  return namespace;
}
