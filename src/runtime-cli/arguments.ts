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

/** Spells `--flag=true` as `--flag`, and leaves `--flag=false` out. */
function spellOut(words: readonly string[], flags: Flags): string[] {
  return words.flatMap((word) => {
    const match = /^--([^=]+)=(.*)$/s.exec(word);
    const [, name = '', value = ''] = match ?? [];
    if (match === null || flags[name]?.type !== 'boolean') return [word];
    if (TRUE.includes(value)) return [`--${name}`];
    if (FALSE.includes(value)) return [];
    throw usage(`invalid value ${JSON.stringify(value)} for --${name}: give true or false`);
  });
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
  const own = inOrder ? words.slice(0, flagsEnd(words, options)) : words;
  try {
    const { values, positionals } = parseArgs({
      args: spellOut(own, flags),
      options,
      allowPositionals: true,
      strict: true,
    });
    const rest = words.slice(own.length);
    return {
      values: values as Values<F>,
      words: [...positionals, ...(rest[0] === '--' ? rest.slice(1) : rest)],
    };
  } catch (error) {
    // Its first sentence; the second speaks of how to write what nobody meant.
    throw usage((error as Error).message.split('. ')[0] ?? '');
  }
}

/** Where the first word is that neither is a flag nor belongs to one. */
function flagsEnd(
  words: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
): number {
  const { tokens } = parseArgs({
    args: [...words],
    options: options ?? {},
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind !== 'option');
  return first?.index ?? words.length;
}

/** A whole number from 0. @throws LibpodError ERR_INVALID_ARGUMENT */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(`invalid value ${JSON.stringify(text)} for --${flag}: give a whole number`);
}
