import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { withRuntime } from '../runtime.js';

/** `init`: podman-init(1). The processes are made; the programs wait for `start`. */
export function define(command: PodmanCommand): void {
  addChoice(command, 'initialize all containers that never ran');
  command.action(async (names: string[]) => {
    const flags = command.opts<ContainerChoice>();
    requireChoice(names, flags);
    await withRuntime(command, async (runtime) => {
      await forEachContainer(runtime, await chosenContainers(runtime, names, flags, ['configured']), {
        work: async ({ written, container }) => {
          await container.init();
          return written;
        },
      });
    });
  });
}
