import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { endWithReader } from '../../output/end-with-reader.js';
import { formatTable } from '../../output/table.js';
import { formatList } from '../../output/template.js';
import { chosenPods, type PodChoice } from '../../pod/each.js';
import { statsRow, STATS_HEADINGS } from '../../pod/stats-row.js';
import { withRuntime } from '../../runtime.js';

interface StatsFlags extends PodChoice {
  readonly format?: string;
  readonly reset: boolean;
  readonly stream: boolean;
}

type Row = ReturnType<typeof statsRow>;

/** podman looks every five seconds. */
const INTERVAL_MS = 5000;
/** Clears the screen and goes to its first line: console_codes(4). */
const CLEAR = '\u001b[2J\u001b[H';

async function look(runtime: Runtime, names: readonly string[]): Promise<Row[]> {
  const rows = names.map(async (name) => {
    const pod = runtime.lookupPod(name);
    return (await pod.stats()).map((one) => statsRow(pod.id, one, totalmem()));
  });
  return (await Promise.all(rows)).flat();
}

function show(rows: readonly Row[], format: string | undefined): string {
  if (format === 'json') return `${JSON.stringify(rows, null, '  ')}\n`;
  if (format !== undefined) return formatList(format, rows, STATS_HEADINGS);
  const columns = Object.keys(STATS_HEADINGS) as (keyof Row)[];
  // podman says with dashes that there is nothing.
  const lines =
    rows.length === 0 ? [columns.map(() => '--')] : rows.map((row) => columns.map((one) => row[one]));
  return formatTable([Object.values(STATS_HEADINGS), ...lines]);
}

/** `pod stats`: podman-pod-stats(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [POD...]')
    .argument('[pods...]')
    .option('-a, --all', 'all pods; those that run unless pods are named')
    .option('--format <format>', 'json, or a Go template')
    .option('-l, --latest', 'the pod that was created last')
    .option('--no-reset', 'do not clear the screen between two looks')
    .option('--no-stream', 'look once')
    .action(async (names: string[]) => {
      const { format, reset, stream, ...choice } = command.opts<StatsFlags>();
      if ([choice.all, choice.latest, names.length > 0].filter(Boolean).length > 1)
        throw new UsageError('--all, --latest and arguments cannot be used together');
      if (stream) endWithReader();
      await withRuntime(command, async (runtime) => {
        const chosen = async (): Promise<string[]> =>
          choice.all || choice.latest || names.length > 0
            ? chosenPods(runtime, names, choice)
            : (await runtime.pods(({ status }) => status === 'Running' || status === 'Degraded')).map(
                ({ id }) => id,
              );
        for (;;) {
          const text = show(await look(runtime, await chosen()), format);
          process.stdout.write(stream && reset && format !== 'json' ? CLEAR + text : text);
          if (!stream) return;
          await sleep(INTERVAL_MS);
        }
      });
    });
}
