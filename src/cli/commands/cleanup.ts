import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

/**
 * `container cleanup`: podman-container-cleanup(1). A monitor clears its container away by itself; this does it for one
 * whose monitor was killed, as any other command would.
 */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'clean up all containers')
    .option('--rm', 'remove the container afterwards')
    .action(async (names: string[]) => {
      const { all, rm } = command.opts<{ all?: boolean; rm?: boolean }>();
      requireNames(names, all);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, all ? await allWithStatus(runtime) : names, {
          work: async ({ written, container }) => {
            await container.cleanup();
            if (rm === true) await container.remove();
            return written;
          },
        });
      });
    });
}
