import { hostname as hostHostname } from 'node:os';
import type { ContainerCore } from './core.js';

/** The host name in a container's UTS namespace: its own, that of the container whose namespace it joins, or the host's. */
export function hostnameOf(core: ContainerCore): string {
  const { spec, utsNsCtr } = core.config;
  if (spec.hostname !== undefined) return spec.hostname;
  const other = utsNsCtr === undefined ? undefined : core.find(utsNsCtr);
  return other === undefined ? hostHostname() : hostnameOf(other);
}
