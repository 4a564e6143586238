/*
 * The formats of cgroup files (the kernel's Documentation/admin-guide/cgroup-v2.rst, "Interface Files"), which those of
 * version 1 have too, less strictly.
 */

/** A limit, `max` where there is none. */
export type Limit = number | 'max';

/** Version 1 writes "no limit" as the largest multiple of a page, whose size differs; nothing has an exbibyte. */
const UNLIMITED = 2 ** 60;

/** `max`, or a number; of version 1 also -1, and a number that nothing reaches. */
export function parseLimit(text: string): Limit {
  const word = text.trim();
  const number = Number(word);
  return word === 'max' || number < 0 || number >= UNLIMITED || !Number.isFinite(number) ? 'max' : number;
}

/** One number, as of memory.current. */
export function parseNumber(text: string): number {
  const number = Number(text.trim());
  return Number.isFinite(number) ? number : 0;
}

/** Flat keyed: lines `key value`. What is no number is passed over. */
export function parseFlat(text: string): Record<string, number> {
  const entries: [string, number][] = [];
  for (const line of text.split('\n')) {
    const match = /^(\S+) (\d+|max)$/.exec(line);
    if (match?.[1] !== undefined) entries.push([match[1], match[2] === 'max' ? Infinity : Number(match[2])]);
  }
  return Object.fromEntries(entries);
}

/** Nested keyed: lines `name key=value key=value`, such as io.stat's `8:0 rbytes=1459200 wbytes=314773504`. */
export function parseNested(text: string): Map<string, Record<string, Limit>> {
  const found = new Map<string, Record<string, Limit>>();
  for (const line of text.split('\n')) {
    const [name, ...pairs] = line.split(' ');
    if (name === undefined || name === '') continue;
    const values = pairs.flatMap((pair): [string, Limit][] => {
      const match = /^([^=]+)=(\d+|max)$/.exec(pair);
      return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], parseLimit(match[2])]];
    });
    found.set(name, Object.fromEntries(values));
  }
  return found;
}

/** blkio files of version 1: lines `8:0 Read 4096`, and a total that has no device. */
export function parseOperations(text: string): Map<string, Record<string, number>> {
  const found = new Map<string, Record<string, number>>();
  for (const line of text.split('\n')) {
    const match = /^(\d+:\d+) (\w+) (\d+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const device = found.get(match[1]) ?? {};
    device[match[2]] = Number(match[3]);
    found.set(match[1], device);
  }
  return found;
}

/** Lines `8:0 1048576` of a throttle file of version 1. */
export function parseRates(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\d+:\d+) (\d+)$/.exec(line);
    if (match?.[1] !== undefined) found.set(match[1], Number(match[2]));
  }
  return found;
}

/** A list of CPUs or memory nodes (cpuset(7), "List format"): `0-3,7`; the numbers, in order, each once. */
export function parseIdList(text: string): number[] {
  const ids = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim());
    if (match === null) continue;
    const last = Number(match[2] ?? match[1]);
    for (let id = Number(match[1]); id <= last; id++) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/** The list that parseIdList reads, as short as it gets. */
export function formatIdList(ids: readonly number[]): string {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const id of sorted) {
    const last = ranges.at(-1);
    if (last?.[1] === id - 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** Processes that waited for a resource: shares of the time in percent, and all of it in microseconds. */
export interface Stall {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly totalUsec: number;
}

/** Pressure stall information (Documentation/accounting/psi.rst). */
export interface Pressure {
  /** At least one process waited. */
  readonly some?: Stall;
  /** All of them did at once. */
  readonly full?: Stall;
}

/** Parses a pressure file: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`. */
export function parsePressure(text: string): Pressure {
  const stall = (kind: string): Stall | undefined => {
    const match = new RegExp(
      `^${kind} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)$`,
      'm',
    ).exec(text);
    if (match === null) return undefined;
    const [avg10 = 0, avg60 = 0, avg300 = 0, totalUsec = 0] = match.slice(1).map(Number);
    return { avg10, avg60, avg300, totalUsec };
  };
  const [some, full] = [stall('some'), stall('full')];
  return { ...(some === undefined ? {} : { some }), ...(full === undefined ? {} : { full }) };
}
