import { LibpodError } from '../base/errors.js';
import type { JoinedNamespace } from '../launch/request.js';
import type { ContainerConfig } from '../model/config.js';
import { isActive } from '../model/status.js';
import type { ContainerCore } from './core.js';
import { glimpse } from './glimpse.js';

/** Which field of a configuration names the container of which namespace, and the namespace's file: namespaces(7). */
const FIELDS = [
  ['pidNsCtr', 'pid', 'pid'],
  ['netNsCtr', 'network', 'net'],
  ['ipcNsCtr', 'ipc', 'ipc'],
  ['utsNsCtr', 'uts', 'uts'],
  ['cgroupNsCtr', 'cgroup', 'cgroup'],
] as const satisfies readonly (readonly [keyof ContainerConfig, string, string])[];

/** The containers whose namespaces a container joins, each once. */
export function dependenciesOf(config: ContainerConfig): string[] {
  return [...new Set(FIELDS.flatMap(([field]) => config[field] ?? []))];
}

/**
 * Where the namespaces of other containers are now: with their inits, which are named by PID and start time.
 *
 * @throws LibpodError ERR_INVALID_STATE if one of them does not run
 */
export function joinedNamespaces({ config, services }: ContainerCore): JoinedNamespace[] {
  return FIELDS.flatMap(([field, type, file]) => {
    const id = config[field];
    if (id === undefined) return [];
    const other = services.records.config(id);
    const state = other && glimpse(services, other);
    if (state === undefined || !isActive(state.state) || state.pid === 0) {
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot join the ${type} namespace of container ${other?.name ?? id}: it is not running; start it first`,
        { containerId: config.id },
      );
    }
    const { pid, startTicks } = state;
    return { type, path: `/proc/${pid}/ns/${file}`, pid, startTicks: BigInt(startTicks) };
  });
}
