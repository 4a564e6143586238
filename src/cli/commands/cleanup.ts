import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { withRuntime } from '../runtime.js';

/**
 * `container cleanup`: podman-container-cleanup(1). A monitor clears its container away by itself; this does it for one
 * whose monitor was killed, as any other command would.
 */
export function define(command: PodmanCommand): void {
  addChoice(command, 'clean up all containers');
  command.option('--rm', 'remove the container afterwards').action(async (names: string[]) => {
    const flags = command.opts<ContainerChoice & { rm?: boolean }>();
    const { rm } = flags;
    requireChoice(names, flags);
    await withRuntime(command, async (runtime) => {
      await forEachContainer(runtime, await chosenContainers(runtime, names, flags), {
        work: async ({ written, container }) => {
          await container.cleanup();
          if (rm === true) await container.remove();
          return written;
        },
      });
    });
  });
}
