import { EVENT_STATUSES, type EventStatus, type EventSubject, type LibpodEvent } from '../model/event.js';

/** How every line begins; nothing inside of one can, as its quotes would be escaped there. */
const BEGINNING = '{"version":1,"time":"';

/** What a line says beside whom it is about. */
export interface EventWords {
  readonly status: EventStatus;
  readonly key: string;
  /** Nanoseconds since 1970-01-01 UTC, decimal. */
  readonly time: string;
  readonly generation?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly healthStatus?: string | undefined;
}

/** The time now, for a line. */
export function nowInNanoseconds(): string {
  const now = performance.timeOrigin + performance.now();
  return `${Math.floor(now)}${String(Math.floor((now % 1) * 1e6)).padStart(6, '0')}`;
}

/** Whom an event is about, as members of a line's JSON: a monitor puts them behind its own words. */
export function subjectMembers({ type, id, name, image, pod, attributes }: EventSubject): string {
  return JSON.stringify({ type, id, name, image, pod, attributes }).slice(1, -1);
}

/** One line of the journal, with its newline. A monitor writes the same (native/monitor/events.cc). */
export function eventLine(words: EventWords, members: string): string {
  const { status, key, time, generation, exitCode, healthStatus } = words;
  const rest = JSON.stringify({ generation, exitCode, healthStatus }).slice(1, -1);
  const first = `${BEGINNING}${time}","event":${JSON.stringify(status)},"key":${JSON.stringify(key)}`;
  return `${first}${rest === '' ? '' : `,${rest}`},${members}}\n`;
}

interface LineRecord {
  readonly time: string;
  readonly event: EventStatus;
  readonly key: string;
  readonly generation?: number;
  readonly exitCode?: number;
  readonly healthStatus?: string;
  readonly type: EventSubject['type'];
  readonly id: string;
  readonly name: string;
  readonly image?: string;
  readonly pod?: string;
  readonly attributes: Record<string, string>;
}

/**
 * Reads a line. On a full disk a line may have been cut short; the next one then stands behind its rest, from where it
 * begins.
 *
 * @returns undefined if it is none, or of a kind that this version does not know
 */
export function parseEventLine(line: string): LibpodEvent | undefined {
  const at = line.lastIndexOf(BEGINNING);
  if (at < 0) return undefined;
  try {
    const { time, event, key, type, id, name, image, pod, attributes, ...more } = JSON.parse(
      line.slice(at),
    ) as LineRecord;
    if (!EVENT_STATUSES.includes(event)) return undefined;
    const timeNs = BigInt(time);
    return {
      ...{ type, id, name, ...(image !== undefined && { image }), ...(pod !== undefined && { pod }) },
      ...{ attributes, status: event, time: new Date(Number(timeNs / 1_000_000n)), timeNs, key },
      ...(more.generation !== undefined && { generation: more.generation }),
      ...(more.exitCode !== undefined && { exitCode: more.exitCode }),
      ...(more.healthStatus !== undefined && { healthStatus: more.healthStatus }),
    };
  } catch {
    return undefined;
  }
}
