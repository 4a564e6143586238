import { LibpodError } from '../../base/errors.js';
import { WAIT_CONDITIONS, type Container, type WaitCondition } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { parseGoDuration } from '../flags/time.js';
import { collect } from '../flags/values.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

interface WaitFlags {
  readonly ignore?: boolean;
  readonly latest?: boolean;
  readonly interval?: string;
  readonly condition?: readonly string[];
}

/** A word of --condition: libpod's own names, and `stopped` for `exited`. */
function stateOfWord(word: string): WaitCondition {
  const status = word === 'stopped' ? 'exited' : word;
  if (!(WAIT_CONDITIONS as readonly string[]).includes(status))
    throw new UsageError(`unknown container state: ${word}: invalid argument`);
  return status as WaitCondition;
}

async function hasEnded(container: Container): Promise<boolean> {
  try {
    return (await container.state()) === 'exited';
  } catch (error) {
    if (LibpodError.is(error, 'ERR_REMOVED')) return true;
    throw error;
  }
}

/**
 * `wait`: podman-wait(1). Prints exit codes; -1 for a container that was waited for until it runs. The end of one is told by
 * its monitor, so --interval is for the other conditions.
 */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option(
      '-i, --interval <duration>',
      'time between looks for another condition, such as 250ms (the end is noticed at once)',
    )
    .option(
      '--condition <state>',
      'what to wait for: configured, created, running, stopped, paused, exited, healthy ... (default stopped)',
      collect,
    )
    .option('-l, --latest', 'wait for the container that was created last')
    .option('--ignore', 'print -1 for containers that are not there')
    .action(async (names: string[]) => {
      const { ignore, interval, condition, latest } = command.opts<WaitFlags>();
      if (names.length === 0 && latest !== true)
        throw new UsageError('you must provide at least one name or id');
      // A bare number is in milliseconds there.
      const bare = interval !== undefined && /^\d+$/.test(interval);
      const milliseconds =
        interval === undefined ? undefined : bare ? Number(interval) : parseGoDuration(interval);
      const wanted = condition?.map(stateOfWord);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, await latestOrNames(runtime, names, latest), {
          ignoreMissing: ignore ? '-1' : false,
          work: async ({ container }) => {
            const { exitCode } = await container.wait({ condition: wanted, interval: milliseconds });
            const ended = wanted === undefined || (await hasEnded(container));
            return String(ended ? exitCode : -1);
          },
        });
      });
    });
}
