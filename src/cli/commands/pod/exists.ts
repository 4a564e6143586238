import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `pod exists`: podman-pod-exists(1). 0 if it does, 1 if not. */
export function define(command: PodmanCommand): void {
  command
    .usage('POD')
    .argument('<pod>')
    .action(async (name: string) => {
      const found = await withRuntime(command, (runtime) => Promise.resolve(runtime.hasPod(name)));
      command.program.exitCode = found ? 0 : 1;
    });
}
