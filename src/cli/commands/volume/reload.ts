import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `volume reload`: podman-volume-reload(1). It asks the plugins of other drivers, and there are none: all volumes are known. */
export function define(command: PodmanCommand): void {
  command.usage('').action(() => withRuntime(command, () => Promise.resolve()));
}
