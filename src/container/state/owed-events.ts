import type { EventWords } from '../../events/line.js';
import { nowInNanoseconds } from '../../events/line.js';
import type { OwedEvent } from '../../model/event.js';
import type { ContainerState } from '../../model/state.js';
import type { MonitorTrace, MonitorWord } from '../../monitor/journal.js';
import type { ContainerCore } from '../core.js';
import { lineOf, onceWords } from '../tell.js';

/** An event that a record speaks of, and which record that is: of each source the last one is remembered. */
export interface Owed {
  readonly source: 'creation' | 'settings' | 'state' | 'run';
  readonly words: EventWords;
}

const SOURCES = ['creation', 'settings', 'state', 'run'] as const satisfies readonly Owed['source'][];

/** What the last change of the settings owes; one of an earlier boot is in that boot's journal, or lost with it. */
function owedBySettings({ settings: { event }, services }: ContainerCore): Owed[] {
  if (event === undefined || event.run !== services.records.paths.run) return [];
  return [{ source: 'settings', words: wordsOf(event) }];
}

/** What the last run of a monitor that is gone owes: the same keys as in native/monitor/events.cc. */
function owedByRun(id: string, word: MonitorWord, now: string): EventWords[] {
  if (word.state === 'creating') return [];
  const run = `${id}.${word.pid}-${word.startTicks}`;
  const words = (status: EventWords['status'], time: string): EventWords => ({
    status,
    key: `${run}.${status}`,
    time,
  });
  if (word.state === 'stopped' || word.state === 'restarting') {
    const time = String(word.finishedNs);
    const died = { ...words('died', time), exitCode: word.exitCode };
    return word.oomKilled ? [words('oom', time), died] : [died];
  }
  const start = word.state === 'running' ? String(word.startedNs) : now;
  return [
    words('init', start),
    ...(word.state === 'running' ? [words('start', start)] : []),
    { ...words('died', now), exitCode: -1 },
  ];
}

/**
 * The events that the records of a container speak of, in order. Of a monitor that lives none: it tells itself. Pure.
 *
 * @param now the time at which an end that nobody saw is dated, in nanoseconds
 */
export function owedEvents(
  id: string,
  createdTime: string,
  recorded: ContainerState,
  { alive, word }: MonitorTrace,
  now: string,
): Owed[] {
  const owed: Owed[] = [];
  if (recorded.generation === 0 && word === undefined && !alive) {
    const created = `${Date.parse(createdTime)}000000`;
    owed.push({ source: 'creation', words: onceWords(id, 'create', created) });
  }
  if (recorded.event !== undefined) owed.push({ source: 'state', words: wordsOf(recorded.event) });
  if (!alive && word !== undefined)
    for (const words of owedByRun(id, word, now)) owed.push({ source: 'run', words });
  return owed;
}

function wordsOf({ status, key, time, generation }: OwedEvent): EventWords {
  return { status, key, time, generation };
}

/** Notes that an event is told, so that nobody in this process looks for it. */
export function noteTold(core: ContainerCore, source: Owed['source'], key: string): void {
  core.told.set(source, key);
}

/**
 * Tells the events that a process which was killed did not get to tell. Under the container's lock: whoever tells of a
 * record does so under the same lock, so one that is not there now will not come.
 */
export async function tellOwed(
  core: ContainerCore,
  recorded: ContainerState,
  trace: MonitorTrace,
): Promise<void> {
  const { config, services } = core;
  const all = [
    ...owedEvents(core.id, config.createdTime, recorded, trace, nowInNanoseconds()),
    ...owedBySettings(core),
  ];
  for (const source of SOURCES) {
    const owed = all.filter((one) => one.source === source);
    const last = owed.at(-1)?.words.key;
    if (last === undefined || core.told.get(source) === last) continue;
    for (const { words } of owed) {
      if (!services.events.has(words.key, words.time)) await services.events.tell(lineOf(core, words));
    }
    noteTold(core, source, last);
  }
}
