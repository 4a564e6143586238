import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `healthcheck run`: podman-healthcheck-run(1). 0 if the check succeeds, 1 and the word `unhealthy` if it fails. */
export function define(command: PodmanCommand): void {
  command
    .usage('CONTAINER')
    .argument('<container>')
    .action(async (name: string) => {
      const { passed } = await withRuntime(command, (runtime) => runtime.lookupContainer(name).healthcheck());
      if (passed) return;
      process.stdout.write('unhealthy\n');
      command.program.exitCode = 1;
    });
}
