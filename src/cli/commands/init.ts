import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

/** `init`: podman-init(1). The processes are made; the programs wait for `start`. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'initialize all containers that never ran')
    .action(async (names: string[]) => {
      const { all } = command.opts<{ all?: boolean }>();
      requireNames(names, all);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, all ? await allWithStatus(runtime, ['configured']) : names, {
          work: async ({ written, container }) => {
            await container.init();
            return written;
          },
        });
      });
    });
}
