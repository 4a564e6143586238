import { readlinkSync } from 'node:fs';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import type { JoinedNamespace } from '../launch/request.js';
import { dependenciesOf, NAMESPACE_FIELDS } from '../model/dependencies.js';
import type { ContainerState } from '../model/state.js';
import { isActive } from '../model/status.js';
import type { ContainerCore } from './core.js';
import { glimpse } from './state/glimpse.js';

/** Another container as it is now. */
interface Other {
  readonly name: string;
  /** Undefined if it has no process. */
  readonly live: ContainerState | undefined;
}

function lookAt({ config, name, services }: ContainerCore, id: string): Other {
  const other = services.records.config(id);
  const state = other && glimpse(services, other);
  if (other === undefined || state === undefined)
    throw new LibpodError(
      'ERR_DEPENDENCY',
      `container ${name} depends on container ${id}, which is not there any more; remove it, and create it anew`,
      { containerId: config.id },
    );
  const live = isActive(state.state) && state.pid !== 0 ? state : undefined;
  return { name: services.records.settings(other).name, live };
}

/**
 * Refuses to go on if a container that this one requires does not run.
 *
 * @throws LibpodError ERR_DEPENDENCY if one is not there, ERR_INVALID_STATE if one does not run
 */
export function requireDependencies(core: ContainerCore): void {
  for (const id of dependenciesOf(core.config)) {
    const { name, live } = lookAt(core, id);
    if (live === undefined)
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot start container ${core.name}: container ${name}, on which it depends, is not running; start it first`,
        { containerId: core.id },
      );
  }
}

/**
 * Where the namespaces of other containers are now: with their inits, which are named by PID and start time. Of one that
 * does not run the place is not known yet; a path that says so stands for it, which is good for a plan alone.
 */
export function joinedNamespaces(core: ContainerCore): JoinedNamespace[] {
  return NAMESPACE_FIELDS.flatMap(([field, type, file]) => {
    const id = core.config[field];
    if (id === undefined) return [];
    const { name, live } = lookAt(core, id);
    if (live === undefined)
      return type === 'user' && core.config.idMappings === undefined
        ? []
        : [{ type, path: `/proc/PID-OF-${name}/ns/${file}`, pid: 0, startTicks: 0n }];
    const { pid, startTicks } = live;
    const path = `/proc/${pid}/ns/${file}`;
    if (type === 'user' && core.config.idMappings === undefined) {
      requireOwnUserNamespace(core, name, path);
      return [];
    }
    return [{ type, path, pid, startTicks: BigInt(startTicks) }];
  });
}

/**
 * A container without a user namespace of its own is in the one of whoever started it, which is ours too: nothing is to be
 * entered then (setns(2) refuses one's own user namespace).
 */
function requireOwnUserNamespace(core: ContainerCore, name: string, path: string): void {
  let theirs: string;
  try {
    theirs = readlinkSync(path);
  } catch (error) {
    // It has ended since; the check of dependencies, or the next look, says so.
    if (nodeErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (theirs === readlinkSync('/proc/self/ns/user')) return;
  throw new LibpodError(
    'ERR_UNSUPPORTED',
    `cannot join the user namespace of container ${name}: it is another one than this engine's, and a container cannot enter it`,
    { containerId: core.id },
  );
}
