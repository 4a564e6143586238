import { parseArgs } from 'node:util';
import { LibpodError } from '../base/errors.js';

/** A flag: `--name`, and `-short` if it has one. */
export interface Flag {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: boolean;
  /** For the help. */
  readonly about: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What a flag was given. */
type ValueOf<F extends Flag> = F['multiple'] extends true
  ? string[]
  : F['type'] extends 'boolean'
    ? boolean
    : string;

export type Values<F extends Flags> = { readonly [Name in keyof F]?: ValueOf<F[Name]> | undefined };

/** Words of a command line, taken apart. */
export interface Parsed<F extends Flags> {
  readonly values: Values<F>;
  readonly words: readonly string[];
}

/** The words that Go's strconv.ParseBool takes, which runc's and podman's boolean flags have after `=`. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** The flag that a word names, `--name` or `-n` and no more, and its long name. */
function flagOf(word: string, flags: Flags): readonly [string, Flag] | undefined {
  return Object.entries(flags).find(([name, { short }]) => word === `--${name}` || word === `-${short}`);
}

/**
 * Spells flags as parseArgs of Node takes them without a doubt: `--flag=true` as `--flag`, `--flag=false` not at all, and
 * `--limit -1`, a value as getopt(3) and runc take it, as `--limit=-1`.
 *
 * @returns the words, and how many of those given they are made of: in order, up to the first that neither is a flag nor belongs
 * to one
 */
function spellOut(
  words: readonly string[],
  flags: Flags,
  inOrder: boolean,
): { readonly spelled: string[]; readonly taken: number } {
  const spelled: string[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    const isWord = !word.startsWith('-') || word === '-' || word === '--';
    if (isWord && inOrder) break;
    if (word === '--') return { spelled: [...spelled, ...words.slice(at)], taken: words.length };
    const value = words[at + 1];
    const [name, flag] = flagOf(word, flags) ?? [];
    if (flag?.type === 'string' && value !== undefined) {
      spelled.push(`--${name}=${value}`);
      at++;
    } else spelled.push(...withoutValue(word, flags));
  }
  return { spelled, taken: at };
}

function withoutValue(word: string, flags: Flags): string[] {
  const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  if (flags[name]?.type !== 'boolean') return [word];
  if (TRUE.includes(value)) return [`--${name}`];
  if (FALSE.includes(value)) return [];
  throw usage(`invalid value ${JSON.stringify(value)} for --${name}: give true or false`);
}

/** The error of words that are no command line. */
export function usage(message: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', message);
}

/**
 * Takes words apart.
 *
 * @param inOrder flags end with the first word that is none: what follows is another program's
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function parseWords<F extends Flags>(words: readonly string[], flags: F, inOrder: boolean): Parsed<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );
  const { spelled, taken } = spellOut(words, flags, inOrder);
  try {
    const { values, positionals } = parseArgs({
      args: spelled,
      options,
      allowPositionals: true,
      strict: true,
    });
    const rest = words.slice(taken);
    return {
      values: values as Values<F>,
      words: [...positionals, ...(rest[0] === '--' ? rest.slice(1) : rest)],
    };
  } catch (error) {
    // Its first sentence; the second speaks of how to write what nobody meant.
    throw usage((error as Error).message.split(/\.\s/)[0] ?? '');
  }
}

/** A whole number from 0. @throws LibpodError ERR_INVALID_ARGUMENT */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(`invalid value ${JSON.stringify(text)} for --${flag}: give a whole number`);
}
