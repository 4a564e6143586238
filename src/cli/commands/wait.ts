import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { parseGoDuration } from '../flags/time.js';
import { withRuntime } from '../runtime.js';

interface WaitFlags {
  readonly ignore?: boolean;
  readonly interval?: string;
}

/**
 * `wait`: podman-wait(1). Prints exit codes. The end of a container is told by its monitor, so --interval is only checked.
 */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option(
      '-i, --interval <duration>',
      'time between looks, such as 250ms (kept for compatibility: the end is noticed at once)',
    )
    .option('--ignore', 'print -1 for containers that are not there')
    .action(async (names: string[]) => {
      const { ignore, interval } = command.opts<WaitFlags>();
      if (names.length === 0) throw new UsageError('you must provide at least one name or id');
      // A bare number is in milliseconds there.
      if (interval !== undefined && !/^\d+$/.test(interval)) parseGoDuration(interval);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, names, {
          ignoreMissing: ignore ? '-1' : false,
          work: async ({ container }) => String((await container.wait()).exitCode),
        });
      });
    });
}
