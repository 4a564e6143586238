import { once } from 'node:events';
import { LogText, type Container, type LogOptions, type LogTextOptions } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { parseMoment } from '../flags/time.js';
import { parseWhole } from '../flags/values.js';
import { endWithReader } from './end-with-reader.js';

/** The flags that say what to show of logs. */
export interface LogsFlags {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly until?: string;
  readonly names?: boolean;
  readonly color?: boolean;
}

/** The colours of the SGR escape sequence that tell containers apart (ECMA-48), one after the other. */
const COLOURS = [31, 32, 33, 34, 35, 36];

/** What stands in front of the lines of a container, to tell several apart. */
function labelOf(container: Container, { names, color }: LogsFlags, index: number, several: boolean): string {
  if (!several && names !== true) return '';
  const label = names === true ? container.name : container.id.slice(0, 12);
  return color === true ? `\u001b[${COLOURS[index % COLOURS.length]}m${label}\u001b[0m ` : `${label} `;
}

/** Writes a container's log to the streams that it came from, bytes as they were. */
async function print(container: Container, options: LogOptions, form: LogTextOptions): Promise<void> {
  const text = new LogText(form);
  // A line of one container does not begin within that of another.
  const whole = form.prefix !== '';
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for await (const entries of container.logs(options).batches()) {
    const open = { stdout: false, stderr: false };
    for (const entry of entries) {
      text.push(entry, pieces[entry.stream]);
      open[entry.stream] = entry.partial;
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      if (pieces[stream].length === 0 || (whole && open[stream])) continue;
      if (!process[stream].write(Buffer.concat(pieces[stream]))) await once(process[stream], 'drain');
      pieces[stream] = [];
    }
  }
  for (const stream of ['stdout', 'stderr'] as const)
    if (pieces[stream].length > 0) process[stream].write(Buffer.concat([...pieces[stream], NEWLINE]));
}

const NEWLINE = Buffer.from('\n');

/** Gives a command the flags of `logs`. */
export function addLogOptions(command: PodmanCommand): void {
  command
    .option('-f, --follow', 'go on until the container ends')
    .option('-t, --timestamps', 'show when each line was written')
    .option('--tail <lines>', 'only the last lines; -1 for all')
    .option('--since <moment>', 'only what was written since')
    .option('--until <moment>', 'only what was written before')
    .option('-n, --names', "put the container's name in front of each line")
    .option('--color', 'show what stands in front of the lines in a colour for each container');
}

/**
 * Prints the logs of containers: one after the other, or all at once while they are followed.
 *
 * @param several whether lines say whose they are
 */
export async function printLogs(
  names: readonly string[],
  find: (name: string) => Container,
  flags: LogsFlags,
  several: boolean,
): Promise<void> {
  const all = flags.tail === undefined || flags.tail === 'all' || /^-\d+$/.test(flags.tail);
  const tail = all ? -1 : parseWhole('tail', flags.tail, -1);
  const options: LogOptions = {
    follow: flags.follow,
    tail: tail < 0 ? undefined : tail,
    since: flags.since === undefined ? undefined : parseMoment('since', flags.since),
    until: flags.until === undefined ? undefined : parseMoment('until', flags.until),
  };
  const failures = new Failures();
  const one = async (written: string, index: number): Promise<void> => {
    const container = find(written);
    const prefix = labelOf(container, flags, index, several);
    await print(container, options, { prefix, timestamps: flags.timestamps });
  };
  if (flags.follow) {
    endWithReader();
    const ends = await Promise.allSettled(names.map(one));
    for (const end of ends) if (end.status === 'rejected') failures.add(end.reason);
  } else {
    for (const [index, name] of names.entries())
      await one(name, index).catch((error: unknown) => failures.add(error));
  }
  failures.raise();
}
