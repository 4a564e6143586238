import type { PodmanCommand } from '../command.js';
import { confirm } from '../confirm.js';
import { collect } from '../flags/values.js';
import { parseImageFilters, PRUNE_FILTERS } from '../image-filter.js';
import { withRuntime } from '../runtime.js';

/** `image prune`: podman-image-prune(1). Prints the IDs of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-a, --all', 'also images with names, if no container uses them')
    .option('--external', 'also those of containers of other programs, of which the store has none')
    .option('-f, --force', 'do not ask')
    .option('--filter <name=value>', 'label=, label!= or until=', collect)
    .action(async () => {
      const { all, force, filter = [] } = command.opts<PruneFlags>();
      const what = all ? 'images without at least one container associated to them' : 'dangling images';
      if (force !== true && !(await confirm(`WARNING! This command removes all ${what}.`))) return;
      await withRuntime(command, async (runtime) => {
        const filters = await parseImageFilters(filter, PRUNE_FILTERS, (name) => runtime.images.find(name));
        const { deleted } = await runtime.images.prune({ all, filters });
        process.stdout.write(deleted.map((id) => `${id}\n`).join(''));
      });
    });
}

interface PruneFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly filter?: readonly string[];
}
