import type { SpecOptions } from './options.js';
import { chosenNamespace } from './namespaces.js';

/**
 * Lets every group open ping sockets, so that ping needs no capability: podman 4, `default_sysctls` of
 * containers.conf(5).
 */
const PING_GROUPS = { 'net.ipv4.ping_group_range': '0 0' };

/**
 * The kernel parameters of a container. The default one is set in a private network namespace only: in one
 * that is named by its path, whoever made it has the say.
 */
export function resolveSysctls({ sysctl, namespaces }: SpecOptions): Record<string, string> | undefined {
  const own = chosenNamespace(namespaces, 'network') === 'private';
  const all = { ...(own && PING_GROUPS), ...sysctl };
  return Object.keys(all).length > 0 ? all : undefined;
}
