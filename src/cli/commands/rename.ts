import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `rename`: podman-rename(1). Prints nothing. */
export function define(command: PodmanCommand): void {
  command
    .usage('CONTAINER NAME')
    .argument('<container>')
    .argument('<name>')
    .action(async (container: string, name: string) => {
      await withRuntime(command, (runtime) => runtime.lookupContainer(container).rename(name));
    });
}
