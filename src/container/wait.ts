import { setTimeout as sleep } from 'node:timers/promises';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import type { ContainerState } from '../model/state.js';
import { CONTAINER_STATUSES } from '../model/status.js';
import type { ExitMessage } from '../monitor/connection.js';
import { anything, number, object, requireShape } from '../spec/shape.js';
import type { ContainerCore } from './core.js';
import { healthStatusOf } from './health.js';
import { sync } from './state/state.js';

/** How a container ended. */
export interface ExitResult {
  /** The exit status; 128 + signal after a signal; -1 if the monitor was killed, so that nobody knows. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  /** Whether the kernel killed it for want of memory. */
  readonly oomKilled: boolean;
}

/** What may be waited for. */
export const WAIT_CONDITIONS = [...CONTAINER_STATUSES, 'healthy', 'unhealthy'] as const;
export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

export interface WaitOptions {
  /** Gives up waiting, not the container. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds to wait at most; for ever unless given. */
  readonly timeout?: number | undefined;
  /** The states, one of which is waited for; `exited` unless given. `healthy` and `unhealthy` are what a healthcheck says. */
  readonly condition?: WaitCondition | readonly WaitCondition[] | undefined;
  /** Milliseconds between two looks, for what no monitor tells; 250 unless given (podman's --interval). */
  readonly interval?: number | undefined;
}

const WAIT_OPTIONS = object<WaitOptions>({
  signal: anything,
  timeout: number,
  // Its words: checkConditions.
  condition: anything,
  interval: number,
});

/** How often to look at a container that nobody has started yet. podman's --interval. */
const INTERVAL_MS = 250;

function resultOf(state: ContainerState): ExitResult {
  return { exitCode: state.exitCode, signal: state.signal, oomKilled: state.oomKilled };
}

function resultOfMessage(exit: ExitMessage): ExitResult {
  return { exitCode: exit.exitCode, signal: exit.signal, oomKilled: exit.oomKilled !== 0 };
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined, name: string): Promise<T> {
  if (signal === undefined) return work;
  const aborted = () =>
    new LibpodError('ERR_ABORTED', `waiting for container ${name} was aborted`, { cause: signal.reason });
  if (signal.aborted) throw aborted();
  let stop!: () => void;
  const abort = new Promise<never>((_, reject) => {
    stop = () => reject(aborted());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, abort]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

/** Waits until the container has ended. No lock is held meanwhile. One that was not started yet is waited for too. */
async function waitForEnd(
  core: ContainerCore,
  interval: number,
  signal: AbortSignal | undefined,
): Promise<ExitResult> {
  for (;;) {
    const connection = await abortable(core.connect(), signal, core.name);
    const exited = connection && (await abortable(connection.next('exited'), signal, core.name));
    if (exited !== undefined) {
      core.lastExit = exited;
      return resultOfMessage(exited);
    }
    // Its monitor has taken the records along.
    if (core.config.autoRemove && core.lastExit !== undefined) return resultOfMessage(core.lastExit);
    const state = await core.locked(() => sync(core));
    if (state.state === 'exited') return resultOf(state);
    await abortable(sleep(interval), signal, core.name);
  }
}

/** Looks at the container now and then until it is in one of some states. */
async function waitForState(
  core: ContainerCore,
  wanted: readonly WaitCondition[],
  interval: number,
  signal: AbortSignal | undefined,
): Promise<ExitResult> {
  for (;;) {
    const look = core.locked(() => sync(core));
    const state = await abortable(look, signal, core.name);
    const health = healthStatusOf(core.config, core.paths, state);
    const found = wanted.includes(state.state) || wanted.some((condition) => condition === health);
    if (found) return resultOf(state);
    await abortable(sleep(interval), signal, core.name);
  }
}

function checkConditions(condition: WaitOptions['condition']): readonly WaitCondition[] {
  const wanted = condition === undefined ? (['exited'] as const) : [condition].flat();
  if (wanted.length === 0)
    throw new LibpodError('ERR_INVALID_ARGUMENT', 'no condition was given: name a state to wait for');
  for (const status of wanted) {
    if (!WAIT_CONDITIONS.includes(status)) {
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${JSON.stringify(status)} is no state of a container: give one of ${WAIT_CONDITIONS.join(', ')}`,
      );
    }
  }
  return wanted;
}

/**
 * Waits for the end of a container, or until it is in one of some states. The end is told by the monitor, so it is not
 * missed; another state is seen only if it lasts from one look to the next.
 *
 * @returns how it ended; for another state what is known of its last run
 * @throws LibpodError ERR_ABORTED, ERR_TIMEOUT, ERR_REMOVED, ERR_INVALID_ARGUMENT
 */
export async function wait(core: ContainerCore, options: WaitOptions = {}): Promise<ExitResult> {
  requireShape('wait', WAIT_OPTIONS, options);
  const { signal, timeout, interval = INTERVAL_MS } = options;
  millisecondsOf('the interval of a wait', interval / 1000);
  const patience = timeout === undefined ? 0 : millisecondsOf('the timeout of a wait', timeout);
  const wanted = checkConditions(options.condition);
  const ended = wanted.length === 1 && wanted[0] === 'exited';
  const work = (given: AbortSignal | undefined): Promise<ExitResult> =>
    ended ? waitForEnd(core, interval, given) : waitForState(core, wanted, interval, given);
  if (timeout === undefined) return work(signal);
  const limit = new AbortController();
  const late = new LibpodError(
    'ERR_TIMEOUT',
    `container ${core.name} was not ${wanted.join(' or ')} within ${timeout} seconds`,
    { containerId: core.id },
  );
  const timer = setTimeout(() => limit.abort(late), patience);
  const abort = (): void => limit.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(limit.signal);
  } catch (error) {
    throw limit.signal.reason === late && LibpodError.is(error, 'ERR_ABORTED') ? late : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
