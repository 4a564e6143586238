import type { Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus, latestOrNames } from '../select.js';

interface MountFlags {
  readonly all?: boolean;
  readonly format?: string;
  readonly latest?: boolean;
  readonly trunc: boolean;
}

const ID_WIDTH = 12;

/** Prints which roots are mounted on the host, and where. */
async function list(runtime: Runtime, { format, trunc }: MountFlags): Promise<void> {
  const mounted = [];
  for (const { id, name } of await runtime.containers()) {
    const mountpoint = runtime.hostMountOf(id);
    if (mountpoint !== undefined) mounted.push({ id, Names: [name], mountpoint });
  }
  if (format === 'json') process.stdout.write(`${JSON.stringify(mounted, null, ' ')}\n`);
  else
    for (const { id, mountpoint } of mounted)
      process.stdout.write(`${trunc ? id.slice(0, ID_WIDTH) : id}  ${mountpoint}\n`);
}

/** `mount`: podman-mount(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'mount all containers')
    .option('--format <format>', 'print the mounted containers as json')
    .option('-l, --latest', 'mount the container that was created last')
    .option('--no-trunc', 'print whole IDs')
    .action(async (names: string[]) => {
      const flags = command.opts<MountFlags>();
      const { all, latest, format } = flags;
      if (format !== undefined && format !== 'json')
        throw new UsageError(`unsupported mount format: ${format}: give json`);
      if (all && (latest || names.length > 0))
        throw new UsageError('--all, --latest and containers cannot be used together');
      await withRuntime(command, async (runtime) => {
        const chosen = all ? await allWithStatus(runtime) : await latestOrNames(runtime, names, latest);
        if (chosen.length === 0) {
          if (!all) await list(runtime, flags);
          return;
        }
        await forEachContainer(runtime, chosen, { work: ({ container }) => container.mount() });
      });
    });
}
