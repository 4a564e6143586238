import { setTimeout as sleep } from 'node:timers/promises';
import { LibpodError } from '../base/errors.js';
import type { ContainerState } from '../model/state.js';
import type { ExitMessage } from '../monitor/connection.js';
import type { ContainerCore } from './core.js';
import { sync } from './state.js';

/** How a container ended. */
export interface ExitResult {
  /** The exit status; 128 + signal after a signal; -1 if the monitor was killed, so that nobody knows. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
  /** Whether the kernel killed it for want of memory. */
  readonly oomKilled: boolean;
}

export interface WaitOptions {
  /** Gives up waiting, not the container. */
  readonly signal?: AbortSignal | undefined;
}

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

/**
 * Waits until the container has ended. No lock is held meanwhile. A container that was not started yet is waited for too.
 *
 * @throws LibpodError ERR_ABORTED, ERR_REMOVED
 */
export async function wait(core: ContainerCore, { signal }: WaitOptions = {}): Promise<ExitResult> {
  for (;;) {
    const connection = await abortable(core.connect(), signal, core.name);
    const exited = connection && (await abortable(connection.next('exited'), signal, core.name));
    if (exited !== undefined) return resultOfMessage(exited);
    // Its monitor has taken the records along.
    if (core.config.autoRemove && core.lastExit !== undefined) return resultOfMessage(core.lastExit);
    const state = await core.locked(() => sync(core));
    if (state.state === 'exited') return resultOf(state);
    await abortable(sleep(INTERVAL_MS), signal, core.name);
  }
}
