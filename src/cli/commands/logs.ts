import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addLogOptions, printLogs, type LogsFlags } from '../output/logs.js';
import { withRuntime } from '../runtime.js';

/** `logs`: podman-logs(1). */
export function define(command: PodmanCommand): void {
  command.usage('[options] CONTAINER [CONTAINER...]').argument('[containers...]');
  addLogOptions(command);
  command.action(async (names: string[]) => {
    const flags = command.opts<LogsFlags>();
    if (names.length === 0) throw new UsageError('specify at least one container name or ID to log');
    await withRuntime(command, (runtime) =>
      printLogs(names, (name) => runtime.lookupContainer(name), flags, names.length > 1),
    );
  });
}
