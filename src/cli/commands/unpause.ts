import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { withRuntime } from '../runtime.js';

/** `unpause`: podman-unpause(1). */
export function define(command: PodmanCommand): void {
  addChoice(command, 'unpause all paused containers', { filter: true, cidFile: true });
  command.action(async (names: string[]) => {
    const flags = command.opts<ContainerChoice>();
    requireChoice(names, flags);
    await withRuntime(command, async (runtime) => {
      await forEachContainer(runtime, await chosenContainers(runtime, names, flags, ['paused']), {
        work: async ({ written, container }) => {
          await container.unpause();
          return written;
        },
      });
    });
  });
}
