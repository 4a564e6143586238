import { UsageError } from '../errors.js';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
};

/** A duration as Go writes it: `250ms`, `1h30m`; in milliseconds. */
export function parseGoDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text) {
    throw new UsageError(`time: invalid duration ${JSON.stringify(text)}; write one such as 250ms or 1h30m`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit as string] as number), 0);
}

/** A moment as --since and --until take it (podman-logs(1)): a date, seconds since 1970, or a duration before now. */
export function parseMoment(flag: string, text: string): Date {
  if (/^\d+(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return new Date(Date.now() - parseGoDuration(text));
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new UsageError(`parsing --${flag} ${JSON.stringify(text)}: unable to interpret time value`);
  return date;
}
