import type { ContainerStats } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { parseWhole } from '../flags/values.js';
import { endWithReader } from '../output/end-with-reader.js';
import { formatTable } from '../output/table.js';
import { formatList } from '../output/template.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';
import { SAMPLE_STATS, STATS_HEADINGS, statsJson, statsRow } from '../stats/row.js';

interface StatsFlags {
  readonly all?: boolean;
  readonly format?: string;
  readonly interval: string;
  readonly latest?: boolean;
  readonly reset: boolean;
  readonly stream: boolean;
  readonly trunc: boolean;
}

const COLUMNS = [
  'ID',
  'Name',
  'CPUPerc',
  'MemUsage',
  'MemPerc',
  'NetIO',
  'BlockIO',
  'PIDS',
  'CPUTime',
  'AVGCPU',
] as const;

/** Clears the screen and goes to its upper left: console_codes(4), ED and CUP. */
const RESET = '\u001b[2J\u001b[1;1H';

/** A sample as it is printed. */
function textOf(sample: readonly ContainerStats[], { format, trunc }: StatsFlags): string {
  if (format === 'json')
    return `${JSON.stringify(
      sample.map((stats) => statsJson(stats, trunc)),
      null,
      ' ',
    )}\n`;
  const rows = sample.map((stats) => statsRow(stats, trunc));
  if (format !== undefined) return formatList(format, rows, STATS_HEADINGS);
  return formatTable([
    COLUMNS.map((column) => STATS_HEADINGS[column]),
    ...rows.map((row) => COLUMNS.map((column) => row[column])),
  ]);
}

/** `stats`: podman-stats(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'show all containers; else those that run')
    .option('--format <format>', 'json, or a Go template')
    .option('-i, --interval <seconds>', 'seconds between reports', '5')
    .option('-l, --latest', 'the container that was created last')
    .option('--no-reset', 'do not clear the screen between reports')
    .option('--no-stream', 'show the first report alone')
    .option('--no-trunc', 'show whole IDs')
    .action(async (names: string[]) => {
      const flags = command.opts<StatsFlags>();
      const { all, latest } = flags;
      if ([all, latest, names.length > 0].filter(Boolean).length > 1)
        throw new UsageError('--all, --latest and containers cannot be used together');
      const interval = parseWhole('interval', flags.interval, 1);
      // A field that does not exist is a mistake also where there is nothing to show.
      if (flags.format !== undefined) textOf([SAMPLE_STATS], flags);
      if (flags.stream) endWithReader();
      await withRuntime(command, async (runtime) => {
        const containers = await latestOrNames(runtime, names, latest);
        const given = containers.length > 0 ? { containers } : { all };
        for await (const sample of runtime.stats({ ...given, interval, stream: flags.stream })) {
          if (containers.length > 0 && sample.length === 0)
            throw new UsageError(`nothing is left to show: ${containers.join(', ')} was removed`);
          const clears = flags.stream && flags.reset && flags.format !== 'json' && process.stdout.isTTY;
          const sorted = [...sample].sort((a, b) => (a.id < b.id ? -1 : 1));
          process.stdout.write((clears ? RESET : '') + textOf(sorted, flags));
        }
      });
    });
}
