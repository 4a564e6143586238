import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { writeChanges } from '../output/changes.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

/** `diff`: podman-diff(1), for containers. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER')
    .argument('[containers...]')
    .option('--format <format>', 'json')
    .option('-l, --latest', 'the container that was created last')
    .action(async (names: string[]) => {
      const { format, latest } = command.opts<{ format?: string; latest?: boolean }>();
      if (format !== undefined && format !== 'json')
        throw new UsageError("only supported value for '--format' is 'json'");
      if (!latest && names.length === 0)
        throw new UsageError('"libpod diff" requires a name, id, or the "--latest" flag');
      if (names.length > 1) throw new UsageError('a container is compared with its own root alone: give one');
      await withRuntime(command, async (runtime) => {
        const [name = ''] = await latestOrNames(runtime, names, latest);
        const changes = await runtime.lookupContainer(name).diff();
        writeChanges(changes, format === 'json');
      });
    });
}
