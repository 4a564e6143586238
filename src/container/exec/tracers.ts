import type { ContainerConfig } from '../../model/config.js';
import { mayTrace } from '../../launch/session.js';
import type { ContainerCore } from '../core.js';

/** The PID namespace that the specification says to enter; undefined for one of its own and for the host's. */
function enteredByPath({ spec }: ContainerConfig): string | undefined {
  return spec.linux?.namespaces?.find(({ type }) => type === 'pid')?.path;
}

/**
 * Whether somebody in the container's PID namespace may trace a process that has more capabilities than itself
 * (CAP_SYS_PTRACE: ptrace(2), "Ptrace access mode checking"): this container, or one that shares the namespace. Of a
 * namespace that was entered by its path nobody knows who else is in it.
 */
export function hasTracers(core: ContainerCore): boolean {
  const { records } = core.services;
  const known = new Map([[core.id, core.config]]);
  for (const [id, config] of known) {
    if (mayTrace(config.spec.process.capabilities) || enteredByPath(config)) return true;
    const { pidNsCtr } = config;
    const owner = pidNsCtr === undefined ? undefined : records.config(pidNsCtr);
    if (owner !== undefined) known.set(owner.id, owner);
    for (const dependent of records.linkedTo(id)) {
      const other = records.config(dependent);
      if (other?.pidNsCtr === id) known.set(dependent, other);
    }
  }
  return false;
}
