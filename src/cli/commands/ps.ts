import { setTimeout as sleep } from 'node:timers/promises';
import { LibpodError } from '../../base/errors.js';
import type { ContainerSummary, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { collect, parseWhole } from '../flags/values.js';
import { isListed, lookAround, parseFilters, type Surroundings } from '../ps/filter.js';
import { NAMESPACE_HEADINGS, namespaceRow } from '../ps/namespaces.js';
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
  readonly noheading?: boolean;
  readonly ns?: boolean;
  readonly watch?: string;
  readonly pod?: boolean;
}

const NO_SIZES: ReadonlyMap<string, ContainerSize> = new Map();

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

/** Which containers are shown. */
function select(around: Surroundings, flags: PsFlags, count: number): ContainerSummary[] {
  const filters = parseFilters(flags.filter ?? [], around);
  const chosen = around.containers.filter((container) => filters.every((filter) => filter.fits(container)));
  // A filter for a state, and the last few, are of all containers: podman-ps(1).
  const everything = flags.all || count >= 0 || filters.some(({ aboutStatus }) => aboutStatus);
  const listed = everything ? chosen : chosen.filter(isListed);
  return count >= 0 ? listed.slice(Math.max(0, listed.length - count)) : listed;
}

/** The table of those that are shown, or what takes its place. */
async function look(runtime: Runtime, flags: PsFlags, count: number): Promise<string> {
  const around = await lookAround(runtime, flags.filter ?? []);
  const chosen = select(around, flags, count);
  const sizes = flags.size || flags.sort === 'size' ? await sizesOf(runtime, chosen) : NO_SIZES;
  const containers = sortContainers(chosen, flags.sort, sizes);
  const extras = ({ id, pod }: ContainerSummary): RowExtras => ({
    podName: around.pods.get(pod),
    size: flags.size ? sizes.get(id) : undefined,
  });
  if (flags.ns) {
    const shown = (id: string): string => (flags.trunc ? id.slice(0, 12) : id);
    const rows = containers.map((container) => Object.values(namespaceRow(container, shown)));
    return formatTable([...(flags.noheading ? [] : [Object.values(NAMESPACE_HEADINGS)]), ...rows]);
  }
  const rows = containers.map((container) => templateRow(container, flags.trunc, extras(container)));
  if (flags.quiet) return rows.map(({ ID }) => `${ID}\n`).join('');
  if (flags.format === 'json') {
    const values = containers.map((container) => jsonRow(container, extras(container)));
    return `${JSON.stringify(values, null, '  ')}\n`;
  }
  if (flags.format !== undefined) return formatList(flags.format, rows, PS_HEADINGS);
  const columns = [...COLUMNS, ...(flags.pod ? POD_COLUMNS : []), ...(flags.size ? (['Size'] as const) : [])];
  const heading = flags.noheading ? [] : [columns.map((column) => PS_HEADINGS[column])];
  return formatTable([...heading, ...rows.map((row) => columns.map((column) => row[column]))]);
}

/** Clears a terminal (console_codes(4)). */
const CLEAR = '\x1b[H\x1b[2J';

/** `ps`: podman-ps(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-a, --all', 'show all containers; else those that run')
    .option('-q, --quiet', 'print IDs alone')
    .option('--no-trunc', 'show whole IDs and commands')
    .option('--format <format>', 'json, or a Go template')
    .option(
      '-f, --filter <name=value>',
      'id=, name=, label=, status=, exited=, ancestor=, network=, volume=, ...',
      collect,
    )
    .option('-n, --last <number>', 'the last created containers, in any state')
    .option('-l, --latest', 'the last created container')
    .option('-p, --pod', 'show the ID and the name of the pod too')
    .option('-s, --size', 'show the bytes that each wrote, and those of its root')
    .option('--sort <by>', 'command, created, id, image, names, runningfor, size or status', 'created')
    .option('--noheading', 'leave out the heading')
    .option('--ns', 'show the namespaces')
    .option('--external', 'those of other engines too: there are none in this store')
    .option('--sync', 'look at the containers themselves, as is done always')
    .option('-w, --watch <seconds>', 'print again and again, so often')
    .action(async () => {
      const flags = command.opts<PsFlags>();
      if (flags.quiet && flags.format !== undefined)
        throw new UsageError('quiet and format cannot be used together');
      if (flags.ns && (flags.size || flags.pod || flags.format !== undefined || flags.quiet))
        throw new UsageError('--ns cannot be used together with --size, --pod, --format or --quiet');
      // A field that does not exist is a mistake also where there is nothing to show.
      if (flags.format !== undefined && flags.format !== 'json')
        formatList(flags.format, [templateRow(SAMPLE, true)], PS_HEADINGS);
      const count = flags.latest ? 1 : flags.last === undefined ? -1 : parseWhole('last', flags.last, -1);
      const interval = flags.watch === undefined ? undefined : parseWhole('watch', flags.watch, 1);
      await withRuntime(command, async (runtime) => {
        process.stdout.write(await look(runtime, flags, count));
        while (interval !== undefined) {
          await sleep(interval * 1000);
          const text = await look(runtime, flags, count);
          process.stdout.write(process.stdout.isTTY ? `${CLEAR}${text}` : text);
        }
      });
    });
}
