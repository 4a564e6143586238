import { LibpodError } from '../base/errors.js';
import type { ContainerConfig } from '../model/config.js';
import type { DependencyFields } from '../model/dependencies.js';
import type { NamespaceOptions } from '../spec/options.js';

/** Namespaces whose file systems only their owner's root can mount, and what these are. */
const MOUNTED = { pidNsCtr: ['PID', '/proc'], ipcNsCtr: ['IPC', '/dev/mqueue'] } as const;

/**
 * Refuses a user namespace that does not own the namespaces which are joined with it (user_namespaces(7), "Interaction of
 * user namespaces and other types of namespaces"): the kernel would answer EPERM to the mounts of their file systems.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function requireOwner(
  joined: Omit<DependencyFields, 'dependencies' | 'pod'>,
  { user = 'host' }: NamespaceOptions = {},
  configOf: (id: string) => ContainerConfig,
): void {
  if (user === 'host' || (typeof user === 'object' && 'path' in user)) return;
  /** The container that a namespace began with. */
  const origin = (id: string, field: keyof typeof MOUNTED | 'userNsCtr'): ContainerConfig => {
    const config = configOf(id);
    const next = config[field];
    return next === undefined ? config : origin(next, field);
  };
  const own = joined.userNsCtr === undefined ? undefined : origin(joined.userNsCtr, 'userNsCtr');
  // That one has the host's, and so has whoever joins it.
  if (own !== undefined && own.idMappings === undefined) return;
  for (const [field, [name, place]] of Object.entries(MOUNTED)) {
    const other = joined[field as keyof typeof MOUNTED];
    if (other === undefined) continue;
    const theirs = origin(origin(other, field as keyof typeof MOUNTED).id, 'userNsCtr');
    if (own !== undefined && theirs.id === own.id) continue;
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the ${name} namespace of container ${configOf(other).name} belongs to another user namespace, in which alone ${place} can be mounted; join its user namespace too, or neither`,
    );
  }
}
