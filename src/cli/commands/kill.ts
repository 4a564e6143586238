import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { withRuntime } from '../runtime.js';

/** `kill`: podman-kill(1). */
export function define(command: PodmanCommand): void {
  addChoice(command, 'signal all running containers', { cidFile: true });
  command
    .option('-s, --signal <signal>', 'the signal, by name or number (default KILL)')
    .action(async (names: string[]) => {
      const flags = command.opts<ContainerChoice & { signal?: string }>();
      const { signal } = flags;
      requireChoice(names, flags);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(
          runtime,
          await chosenContainers(runtime, names, flags, ['running', 'stopping']),
          {
            work: async ({ written, container }) => {
              await container.kill(signal);
              return written;
            },
          },
        );
      });
    });
}
