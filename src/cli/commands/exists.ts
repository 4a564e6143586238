import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `container exists`: podman-container-exists(1). 0 if it does, 1 if not. */
export function define(command: PodmanCommand): void {
  command
    .usage('CONTAINER')
    .argument('<container>')
    .action(async (name: string) => {
      const found = await withRuntime(command, (runtime) => Promise.resolve(runtime.hasContainer(name)));
      command.program.exitCode = found ? 0 : 1;
    });
}
