import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

/** `pause`: podman-pause(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'pause all running containers')
    .action(async (names: string[]) => {
      const { all } = command.opts<{ all?: boolean }>();
      requireNames(names, all);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, all ? await allWithStatus(runtime, ['running']) : names, {
          work: async ({ written, container }) => {
            await container.pause();
            return written;
          },
        });
      });
    });
}
