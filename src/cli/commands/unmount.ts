import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus, latestOrNames } from '../select.js';

/** `unmount`, `umount`: podman-unmount(1). A container that is not mounted is fine. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'unmount all containers')
    .option('-f, --force', 'unmount however often it was mounted, and while it is in use')
    .option('-l, --latest', 'unmount the container that was created last')
    .action(async (names: string[]) => {
      const { all, force, latest } = command.opts<{ all?: boolean; force?: boolean; latest?: boolean }>();
      if (all && (latest || names.length > 0))
        throw new UsageError('--all, --latest and containers cannot be used together');
      if (!all && !latest && names.length === 0)
        throw new UsageError('you must provide at least one name or id');
      await withRuntime(command, async (runtime) => {
        const chosen = all ? await allWithStatus(runtime) : await latestOrNames(runtime, names, latest);
        await forEachContainer(runtime, chosen, {
          work: async ({ written, container }) =>
            (await container.unmount({ force })) || !all ? written : undefined,
        });
      });
    });
}
