import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `container plan`: prints the launch program of a container's next start, one instruction a line. Does nothing. */
export function define(command: PodmanCommand): void {
  command
    .usage('CONTAINER')
    .argument('<container>')
    .action(async (name: string) => {
      await withRuntime(command, async (runtime) => {
        const { printProgram } = await import('../../index.js');
        process.stdout.write(printProgram(await runtime.lookupContainer(name).plan()));
      });
    });
}
