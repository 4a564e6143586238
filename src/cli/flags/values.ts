import { readFileSync } from 'node:fs';
import type { UlimitOption } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';

/** Collects a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Collects a flag whose values may also be one list: `--cap-add A,B`. */
export function collectList(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter(Boolean)];
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/**
 * A size such as `64m`, `1.5g`, `512k` or a number of bytes: the units of podman-run(1), --memory. `-1` stands for no
 * limit where `unlimited` says so.
 */
export function parseSize(flag: string, text: string, unlimited = false): number {
  if (unlimited && text === '-1') return -1;
  const match = /^(\d+(?:\.\d+)?) ?([bkmgtp]?)(?:i?b)?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  if (match === null || unit === undefined) {
    throw new UsageError(
      `invalid value for ${flag}: invalid size: '${text}'; write a number and one of b, k, m, g`,
    );
  }
  return Math.floor(Number(match[1]) * unit);
}

/** A whole number, from `lowest` on. */
export function parseWhole(flag: string, text: string, lowest = 0): number {
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < lowest) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for ${JSON.stringify(`--${flag}`)} flag: give a whole number, ${lowest} or more`,
    );
  }
  return number;
}

/** `KEY=VALUE` pairs; one without `=` gets the value that `bare` answers, or is left out for undefined. */
export function parsePairs(
  flag: string,
  words: readonly string[],
  bare: (key: string) => string | undefined,
): Record<string, string> {
  const pairs: [key: string, value: string][] = [];
  for (const word of words) {
    const [key, value] = splitOnce(word, '=');
    if (key === '')
      throw new UsageError(
        `invalid argument ${JSON.stringify(word)} for ${JSON.stringify(`--${flag}`)} flag: the name is missing`,
      );
    const given = value ?? bare(key);
    if (given !== undefined) pairs.push([key, given]);
  }
  // Not set one by one, which `__proto__` would not take.
  return Object.fromEntries(pairs);
}

/** `KEY=VALUE` pairs that need a value. */
export function parseFullPairs(flag: string, words: readonly string[]): Record<string, string> {
  return parsePairs(flag, words, (key) => {
    throw new UsageError(
      `invalid argument ${JSON.stringify(key)} for ${JSON.stringify(`--${flag}`)} flag: write NAME=VALUE`,
    );
  });
}

/** Reads a file that a flag names. */
export function readNamedFile(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`);
  }
}

/**
 * `NAME=SOFT[:HARD]` of --ulimit (podman-run(1)); the hard limit is the soft one unless given, -1 is none.
 */
export function parseUlimit(text: string): UlimitOption {
  const match = /^([a-z_]+)=(-?\d+)(?::(-?\d+))?$/i.exec(text);
  if (match === null)
    throw new UsageError(
      `invalid ulimit argument: ${text}: write NAME=SOFT[:HARD], such as nofile=1024:2048`,
    );
  const soft = Number(match[2]);
  return { name: match[1] as string, soft, hard: match[3] === undefined ? soft : Number(match[3]) };
}

/** The values of --ulimit: limits, or the one word `host`. */
export function parseUlimits(words: readonly string[]): UlimitOption[] | 'host' {
  if (!words.includes('host')) return words.map(parseUlimit);
  if (words.length > 1) throw new UsageError('ulimit can use host only once, and with no other limit');
  return 'host';
}

/** `0022` of --umask: octal. */
export function parseUmask(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text))
    throw new UsageError(`invalid umask string ${text}: write an octal number such as 0022`);
  return parseInt(text, 8);
}

/** A command of --entrypoint: one word, or a JSON list of words. */
export function parseEntrypoint(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  if (!text.startsWith('[')) return [text];
  try {
    const words = JSON.parse(text) as unknown;
    if (Array.isArray(words) && words.every((word): word is string => typeof word === 'string')) return words;
  } catch {
    // The same sentence as for another kind of JSON.
  }
  throw new UsageError(`invalid entrypoint ${text}: write a word or a JSON list of words`);
}
