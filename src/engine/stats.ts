import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import { glimpse } from '../container/state/glimpse.js';
import type { Services } from '../container/services.js';
import { measure, type ContainerStats, type Measured } from '../container/stats.js';

/** What is to be measured, and how often. */
export interface StatsOptions {
  /** Names or IDs; those that run unless given. */
  readonly containers?: readonly string[] | undefined;
  /** All containers, also those that do not run. */
  readonly all?: boolean | undefined;
  /** Seconds between samples; 5 unless given. */
  readonly interval?: number | undefined;
  /** Go on for ever; true unless given. */
  readonly stream?: boolean | undefined;
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_INTERVAL = 5;
const LIVE = ['running', 'stopping', 'paused'];

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A container as it is to be measured; undefined for one that is gone, or whose records cannot be read. */
function measured(services: Services, id: string): Measured | undefined {
  try {
    const config = services.records.config(id);
    const state = config === undefined ? undefined : glimpse(services, config);
    if (config === undefined || state === undefined) return undefined;
    const { pid } = state;
    const { name } = services.records.settings(config);
    return { config, name, state: state.state, pid, startTicks: BigInt(state.startTicks) };
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
    return undefined;
  }
}

/**
 * Measures containers again and again, each time all of them at once; one that goes is left out from then on.
 *
 * @param lookup the full ID of a name; throws for one that no container has
 */
export async function* statsOf(
  services: Services,
  lookup: (nameOrId: string) => string,
  options: StatsOptions,
): AsyncGenerator<ContainerStats[], void, void> {
  const { all = false, stream = true, interval = DEFAULT_INTERVAL, signal } = options;
  const pause = millisecondsOf('the interval of stats', interval);
  const named = options.containers?.map(lookup);
  let before = new Map<string, ContainerStats>();
  while (!isAborted(signal)) {
    const ids = named ?? (await services.records.ids());
    const found = ids.flatMap((id) => measured(services, id) ?? []);
    const chosen = named !== undefined || all ? found : found.filter(({ state }) => LIVE.includes(state));
    const stats = await measure(services.cgroups, chosen, totalmem(), before);
    before = new Map(stats.map((one) => [one.id, one]));
    yield stats;
    if (!stream) return;
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (!isAborted(signal)) throw error;
    });
  }
}
