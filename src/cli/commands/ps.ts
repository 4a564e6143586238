import { LibpodError } from '../../base/errors.js';
import type { ContainerSummary, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { collect, parseWhole } from '../flags/values.js';
import { isListed, parseFilters } from '../ps/filter.js';
import { jsonRow, PS_HEADINGS, SAMPLE, templateRow, type ContainerSize, type RowExtras } from '../ps/row.js';
import { sortContainers } from '../ps/sort.js';
import { formatList } from '../output/template.js';
import { formatTable } from '../output/table.js';
import { withRuntime } from '../runtime.js';

interface PsFlags {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly trunc: boolean;
  readonly format?: string;
  readonly filter?: readonly string[];
  readonly last?: string;
  readonly latest?: boolean;
  readonly size?: boolean;
  readonly sort: string;
  readonly heading: boolean;
  readonly pod?: boolean;
}

/** The sizes of containers by their IDs; those that went meanwhile have none. */
async function sizesOf(
  runtime: Runtime,
  containers: readonly ContainerSummary[],
): Promise<Map<string, ContainerSize>> {
  const sizes = new Map<string, ContainerSize>();
  // One after the other: each walks over a whole tree.
  for (const { id } of containers) {
    try {
      const container = runtime.getContainer(id);
      sizes.set(id, { root: await container.rootFsSize(), written: await container.rwSize() });
    } catch (error) {
      if (!LibpodError.is(error)) throw error;
    }
  }
  return sizes;
}

const COLUMNS = ['ID', 'Image', 'Command', 'CreatedHuman', 'Status', 'Ports', 'Names'] as const;
const POD_COLUMNS = ['Pod', 'PodName'] as const;

/** The names of pods by their IDs. */
async function podNames(runtime: Runtime): Promise<ReadonlyMap<string, string>> {
  return new Map((await runtime.pods()).map(({ id, name }) => [id, name]));
}

/** Which containers are shown, and in which order. */
function select(
  containers: readonly ContainerSummary[],
  flags: PsFlags,
  count: number,
  pods: ReadonlyMap<string, string>,
): ContainerSummary[] {
  const filters = parseFilters(flags.filter ?? [], containers, pods);
  const chosen = containers.filter((container) => filters.every((filter) => filter.fits(container)));
  // A filter for a state, and the last few, are of all containers: podman-ps(1).
  const everything = flags.all || count >= 0 || filters.some(({ aboutStatus }) => aboutStatus);
  const listed = everything ? chosen : chosen.filter(isListed);
  return sortContainers(count >= 0 ? listed.slice(Math.max(0, listed.length - count)) : listed, flags.sort);
}

/** `ps`: podman-ps(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-a, --all', 'show all containers; else those that run')
    .option('-q, --quiet', 'print IDs alone')
    .option('--no-trunc', 'show whole IDs and commands')
    .option('--format <format>', 'json, or a Go template')
    .option('-f, --filter <name=value>', 'id=, name=, label=, status= or exited=', collect)
    .option('-n, --last <number>', 'the last created containers, in any state')
    .option('-l, --latest', 'the last created container')
    .option('-p, --pod', 'show the ID and the name of the pod too')
    .option('-s, --size', 'show the bytes that each wrote, and those of its root')
    .option('--sort <by>', 'command, created, id, image, names, runningfor or status', 'created')
    .option('--no-heading', 'leave out the heading')
    .action(async () => {
      const flags = command.opts<PsFlags>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format cannot be used together');
      // A field that does not exist is a mistake also where there is nothing to show.
      if (flags.format !== undefined && flags.format !== 'json')
        formatList(flags.format, [templateRow(SAMPLE, true)], PS_HEADINGS);
      const count = flags.latest ? 1 : flags.last === undefined ? -1 : parseWhole('last', flags.last, -1);
      await withRuntime(command, async (runtime) => {
        const names = await podNames(runtime);
        const containers = select(await runtime.containers(), flags, count, names);
        const sizes = flags.size ? await sizesOf(runtime, containers) : undefined;
        const extras = ({ id, pod }: ContainerSummary): RowExtras => ({
          podName: names.get(pod),
          size: sizes?.get(id),
        });
        const rows = containers.map((container) => templateRow(container, flags.trunc, extras(container)));
        if (flags.quiet) process.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
        else if (flags.format === 'json')
          process.stdout.write(
            `${JSON.stringify(
              containers.map((container) => jsonRow(container, extras(container))),
              null,
              '  ',
            )}\n`,
          );
        else if (flags.format !== undefined)
          process.stdout.write(formatList(flags.format, rows, PS_HEADINGS));
        else {
          const columns = [
            ...COLUMNS,
            ...(flags.pod ? POD_COLUMNS : []),
            ...(flags.size ? (['Size'] as const) : []),
          ];
          const heading = flags.heading ? [columns.map((column) => PS_HEADINGS[column])] : [];
          process.stdout.write(
            formatTable([...heading, ...rows.map((row) => columns.map((column) => row[column]))]),
          );
        }
      });
    });
}
