import { once } from 'node:events';
import type { Container, LogOptions } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { parseMoment } from '../flags/time.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

interface LogsFlags {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly until?: string;
  readonly names?: boolean;
}

const NEWLINE = Buffer.from('\n');

/** Writes a container's log to the streams that it came from, bytes as they were. */
async function print(
  container: Container,
  options: LogOptions,
  prefixOf: (time: string) => string,
): Promise<void> {
  const begun = { stdout: false, stderr: false };
  for await (const { stream, time, partial, data } of container.logs(options)) {
    const out = process[stream];
    const prefix = begun[stream] ? '' : prefixOf(time);
    begun[stream] = partial;
    const room = out.write(Buffer.concat([Buffer.from(prefix), data, ...(partial ? [] : [NEWLINE])]));
    if (!room) await once(out, 'drain');
  }
}

/** podman shows the log's nanoseconds with Z. */
function timestamp(time: string): string {
  return time.replace(/\+00:00$/, 'Z');
}

/** `logs`: podman-logs(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-f, --follow', 'go on until the container ends')
    .option('-t, --timestamps', 'show when each line was written')
    .option('--tail <lines>', 'only the last lines; -1 for all')
    .option('--since <moment>', 'only what was written since')
    .option('--until <moment>', 'only what was written before')
    .option('-n, --names', "put the container's name in front of each line")
    .action(async (names: string[]) => {
      const flags = command.opts<LogsFlags>();
      if (names.length === 0) throw new UsageError('specify at least one container name or ID to log');
      const tail = flags.tail === undefined || flags.tail === 'all' ? -1 : parseWhole('tail', flags.tail, -1);
      const options: LogOptions = {
        follow: flags.follow,
        tail: tail < 0 ? undefined : tail,
        since: flags.since === undefined ? undefined : parseMoment('since', flags.since),
        until: flags.until === undefined ? undefined : parseMoment('until', flags.until),
      };
      await withRuntime(command, async (runtime) => {
        const failures = new Failures();
        const one = async (written: string): Promise<void> => {
          const container = runtime.lookupContainer(written);
          // Several logs in one need something to tell them apart.
          const label = flags.names
            ? `${container.name} `
            : names.length > 1
              ? `${container.id.slice(0, 12)} `
              : '';
          await print(container, options, (time) => label + (flags.timestamps ? `${timestamp(time)} ` : ''));
        };
        if (flags.follow) {
          const ends = await Promise.allSettled(names.map(one));
          for (const end of ends) if (end.status === 'rejected') failures.add(end.reason);
        } else {
          for (const name of names) await one(name).catch((error: unknown) => failures.add(error));
        }
        failures.raise();
      });
    });
}
