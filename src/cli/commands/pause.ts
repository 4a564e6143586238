import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { withRuntime } from '../runtime.js';

/** `pause`: podman-pause(1). */
export function define(command: PodmanCommand): void {
  addChoice(command, 'pause all running containers', { filter: true, cidFile: true });
  command.action(async (names: string[]) => {
    const flags = command.opts<ContainerChoice>();
    requireChoice(names, flags);
    await withRuntime(command, async (runtime) => {
      await forEachContainer(runtime, await chosenContainers(runtime, names, flags, ['running']), {
        work: async ({ written, container }) => {
          await container.pause();
          return written;
        },
      });
    });
  });
}
