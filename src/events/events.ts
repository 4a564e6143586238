import { LibpodError } from '../base/errors.js';
import type { LibpodEvent } from '../model/event.js';
import { eventTest, type EventFilters } from './filter.js';
import { followEvents } from './follow.js';
import type { EventJournal } from './journal.js';

export interface EventOptions {
  /** Whether to wait for what happens next; true unless given. */
  readonly follow?: boolean | undefined;
  /** Only what happened since. Unless given it begins now with `follow`, and else with the oldest event that is kept. */
  readonly since?: Date | undefined;
  /** Only what happened before; with `follow` it ends then. */
  readonly until?: Date | undefined;
  readonly filters?: EventFilters | undefined;
  /** Gives up: the iteration throws ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** The longest time that a timer of Node's takes: setTimeout. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function timeOf(name: string, date: Date | undefined): bigint | undefined {
  if (date === undefined) return undefined;
  if (Number.isNaN(date.getTime()))
    throw new LibpodError('ERR_INVALID_ARGUMENT', `${name} of events is no date: give a valid Date`);
  return BigInt(date.getTime()) * 1_000_000n;
}

/**
 * What happened, and what happens. Nothing that happens after this call is missed, though the iteration begins later.
 *
 * @param end ends the iteration: the runtime was closed
 * @throws LibpodError ERR_INVALID_ARGUMENT; while iterating ERR_ABORTED
 */
export function events(
  journal: EventJournal,
  options: EventOptions,
  end: AbortSignal,
): AsyncGenerator<LibpodEvent, void> {
  const { follow = true, signal } = options;
  const since = timeOf('since', options.since);
  const until = timeOf('until', options.until);
  const wanted = eventTest(options.filters ?? {});
  const from = follow && since === undefined ? journal.end() : { file: 1, offset: 0 };
  const fits = (event: LibpodEvent): boolean =>
    (since === undefined || event.timeNs >= since) &&
    (until === undefined || event.timeNs <= until) &&
    wanted(event);
  return (async function* () {
    const over = new AbortController();
    const stop = (): void => over.abort();
    for (const given of [end, signal]) {
      if (given?.aborted === true) stop();
      given?.addEventListener('abort', stop, { once: true });
    }
    const rest = options.until === undefined ? undefined : options.until.getTime() - Date.now();
    const timer = rest === undefined || rest > MAX_TIMER_MS ? undefined : setTimeout(stop, Math.max(0, rest));
    if (rest !== undefined && rest <= 0) stop();
    try {
      for await (const event of followEvents(journal, from, follow ? over.signal : undefined)) {
        if (signal?.aborted === true) break;
        if (fits(event)) yield event;
      }
      if (signal?.aborted === true)
        throw new LibpodError('ERR_ABORTED', 'following events was aborted', { cause: signal.reason });
    } finally {
      clearTimeout(timer);
      for (const given of [end, signal]) given?.removeEventListener('abort', stop);
    }
  })();
}
