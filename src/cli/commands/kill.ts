import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

/** `kill`: podman-kill(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'signal all running containers')
    .option('-s, --signal <signal>', 'the signal, by name or number (default KILL)')
    .action(async (names: string[]) => {
      const { all, signal } = command.opts<{ all?: boolean; signal?: string }>();
      requireNames(names, all);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, all ? await allWithStatus(runtime, ['running', 'stopping']) : names, {
          work: async ({ written, container }) => {
            await container.kill(signal);
            return written;
          },
        });
      });
    });
}
