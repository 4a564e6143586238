import type { PodmanCommand } from '../../command.js';
import { confirm } from '../../confirm.js';
import { collect } from '../../flags/values.js';
import { parseNetworkFilters, PRUNE_FILTERS } from '../../network-filter.js';
import { withRuntime } from '../../runtime.js';

/** `network prune`: podman-network-prune(1). Prints the names of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .option('--filter <name=value>', 'label=, label!= or until=', collect)
    .action(async () => {
      const { force, filter = [] } = command.opts<{ force?: boolean; filter?: readonly string[] }>();
      const filters = parseNetworkFilters(filter, PRUNE_FILTERS);
      const warning = 'WARNING! This will remove all networks not used by at least one container.';
      if (force !== true && !(await confirm(warning))) return;
      const removed = await withRuntime(command, (runtime) => runtime.pruneNetworks(...filters));
      process.stdout.write(removed.map((name) => `${name}\n`).join(''));
    });
}
