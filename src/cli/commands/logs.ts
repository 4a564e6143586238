import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addLogOptions, printLogs, type LogsFlags } from '../output/logs.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

/** `logs`: podman-logs(1). */
export function define(command: PodmanCommand): void {
  command.usage('[options] CONTAINER [CONTAINER...]').argument('[containers...]');
  addLogOptions(command);
  command.option('-l, --latest', 'of the container that was created last');
  command.action(async (names: string[]) => {
    const flags = command.opts<LogsFlags & { readonly latest?: boolean }>();
    if (names.length === 0 && flags.latest !== true)
      throw new UsageError('specify at least one container name or ID to log');
    await withRuntime(command, async (runtime) => {
      const wanted = await latestOrNames(runtime, names, flags.latest);
      await printLogs(wanted, (name) => runtime.lookupContainer(name), flags, wanted.length > 1);
    });
  });
}
