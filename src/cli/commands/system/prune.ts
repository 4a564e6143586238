import type { PodmanCommand } from '../../command.js';
import { confirm } from '../../confirm.js';
import { Failures } from '../../each.js';
import { UsageError } from '../../errors.js';
import { containerPruneFilter } from '../prune.js';
import { collect } from '../../flags/values.js';
import { parseImageFilters, PRUNE_FILTERS } from '../../image-filter.js';
import { parseNetworkFilters, PRUNE_FILTERS as NETWORK_FILTERS } from '../../network-filter.js';
import { humanSize } from '../../output/human-size.js';
import { withRuntime } from '../../runtime.js';
import { parseVolumeFilters } from '../../volume-filter.js';

interface PruneFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly volumes?: boolean;
  readonly filter?: readonly string[];
}

function warning({ all, volumes }: PruneFlags): string {
  return [
    'WARNING! This command removes:',
    '\t- all stopped containers',
    '\t- all networks not used by at least one container',
    ...(volumes ? ['\t- all volumes not used by at least one container'] : []),
    all ? '\t- all images without at least one container associated with them' : '\t- all dangling images',
    '',
  ].join('\n');
}

function print(what: string, names: readonly string[]): void {
  if (names.length > 0) process.stdout.write(`Deleted ${what}\n${names.map((name) => `${name}\n`).join('')}`);
}

/** `system prune`: podman-system-prune(1). In an order in which each frees what comes behind it. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-a, --all', 'also images with names, if no container uses them')
    .option('-f, --force', 'do not ask')
    .option('--volumes', 'also volumes')
    .option('--filter <name=value>', 'label=, label!= or until=', collect)
    .action(async () => {
      const flags = command.opts<PruneFlags>();
      const { all, filter = [] } = flags;
      if (flags.volumes === true && filter.some((word) => word.startsWith('until=')))
        throw new UsageError('filter until cannot be used together with --volumes');
      const containers = filter.map(containerPruneFilter);
      const networks = parseNetworkFilters(filter, NETWORK_FILTERS);
      const volumes = parseVolumeFilters(filter);
      if (flags.force !== true && !(await confirm(warning(flags)))) return;
      await withRuntime(command, async (runtime) => {
        const failures = new Failures();
        const pods = filter.length === 0 ? await runtime.prunePods() : { removed: [], failed: [] };
        print('Pods', pods.removed);
        const written = new Map(
          (await runtime.diskUsage()).containers.map(({ id, rwSize }) => [id, rwSize] as const),
        );
        const gone = await runtime.prune(...containers);
        print('Containers', gone.removed);
        for (const { error } of [...pods.failed, ...gone.failed]) failures.add(error);
        print('Networks', await runtime.pruneNetworks(...networks));
        const { removed, freed } = flags.volumes
          ? await runtime.pruneVolumes(...volumes)
          : { removed: [], freed: 0 };
        print('Volumes', removed);
        const filters = await parseImageFilters(filter, PRUNE_FILTERS, (name) => runtime.images.find(name));
        const images = await runtime.images.prune({ all, filters });
        print('Images', images.deleted);
        const sizes = [...pods.removed, ...gone.removed].map((id) => written.get(id) ?? 0);
        const total = sizes.reduce((sum, size) => sum + size, freed + images.freed);
        process.stdout.write(`Total reclaimed space: ${humanSize(total)}\n`);
        failures.raise();
      });
    });
}
