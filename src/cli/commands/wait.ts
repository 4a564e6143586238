import { LibpodError } from '../../base/errors.js';
import { WAIT_CONDITIONS, type Container, type WaitCondition } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
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
  readonly exitFirstMatch?: boolean;
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

/** Waits for all of them, and prints in the order of their names; -1 for one that is not there. */
async function waitForAll(
  containers: readonly (Container | undefined)[],
  exitCodeOf: (container: Container, signal?: AbortSignal) => Promise<number>,
): Promise<void> {
  const failures = new Failures();
  const work = containers.map((container) =>
    container === undefined ? Promise.resolve(-1) : exitCodeOf(container),
  );
  for (const one of await Promise.allSettled(work)) {
    if (one.status === 'rejected') failures.add(one.reason);
    else process.stdout.write(`${one.value}\n`);
  }
  failures.raise();
}

/** Waits for whichever comes first, and lets the others be; those that are not there count only if all are. */
async function waitForFirst(
  containers: readonly (Container | undefined)[],
  exitCodeOf: (container: Container, signal?: AbortSignal) => Promise<number>,
): Promise<void> {
  const others = new AbortController();
  const there = containers.filter((container) => container !== undefined);
  const work = there.map((container) => exitCodeOf(container, others.signal));
  const first = work.length === 0 ? -1 : await Promise.race(work);
  others.abort();
  await Promise.allSettled(work);
  process.stdout.write(`${first}\n`);
}

/**
 * `wait`: podman-wait(1). Prints exit codes; -1 for a container that was waited for until it runs. A name that nobody has is
 * an error before anything is waited for. The end of one is told by its monitor, so --interval is for the other conditions.
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
    .option('--exit-first-match', 'wait for the first of them only, and print its exit code alone')
    .option('--ignore', 'print -1 for containers that are not there')
    .action(async (names: string[]) => {
      const { ignore, interval, condition, latest, exitFirstMatch } = command.opts<WaitFlags>();
      if (names.length === 0 && latest !== true)
        throw new UsageError('you must provide at least one name or id');
      // A bare number is in milliseconds there.
      const bare = interval !== undefined && /^\d+$/.test(interval);
      const milliseconds =
        interval === undefined ? undefined : bare ? Number(interval) : parseGoDuration(interval);
      const wanted = condition?.map(stateOfWord);
      const exitCodeOf = async (container: Container, signal?: AbortSignal): Promise<number> => {
        const { exitCode } = await container.wait({ condition: wanted, interval: milliseconds, signal });
        const ended = wanted === undefined || (await hasEnded(container));
        return ended ? exitCode : -1;
      };
      await withRuntime(command, async (runtime) => {
        const containers = (await latestOrNames(runtime, names, latest)).map((name) =>
          ignore === true && !runtime.hasContainer(name) ? undefined : runtime.lookupContainer(name),
        );
        await (exitFirstMatch ? waitForFirst : waitForAll)(containers, exitCodeOf);
      });
    });
}
