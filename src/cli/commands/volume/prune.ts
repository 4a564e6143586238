import type { PodmanCommand } from '../../command.js';
import { confirm } from '../../confirm.js';
import { collect } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';
import { parseVolumeFilters } from '../../volume-filter.js';

const WARNING =
  'WARNING! This will remove all volumes not used by at least one container. All their data will be lost.';

/** `volume prune`: podman-volume-prune(1). Prints the names of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .option('--filter <name=value>', 'label=, label!=, name=, opt=, until=, ...', collect)
    .action(async () => {
      const { force, filter = [] } = command.opts<{ force?: boolean; filter?: readonly string[] }>();
      const filters = parseVolumeFilters(filter);
      if (force !== true && !(await confirm(WARNING))) return;
      const { removed } = await withRuntime(command, (runtime) => runtime.pruneVolumes(...filters));
      process.stdout.write(removed.map((name) => `${name}\n`).join(''));
    });
}
