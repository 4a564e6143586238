import type { RawFsOptions } from '../../native/index.js';
import type { HasDescriptor } from '../files/descriptor.js';
import { invalid } from '../kernel-error.js';
import { checkText, fdOf } from '../place.js';

/** The value of an option: a text or number, true for a flag, a descriptor; a list is the option several times. */
export type FsOption =
  string | number | boolean | HasDescriptor | readonly (string | HasDescriptor)[] | undefined;

/**
 * Options of a file system by name, as its page under Documentation/filesystems and mount(8) tell them, handed over in
 * order by fsconfig(2): `{ size: '64m', mode: '0755' }`. False and undefined leave one out.
 */
export type FsOptions = Readonly<Record<string, FsOption>>;

/** Array.isArray does not tell a readonly list from what is none. */
function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** The longest value that fsconfig(2) takes (FSCONFIG_SET_STRING). */
export const MAX_OPTION_BYTES = 255;

/** What begins an option in the text that the addon takes; a key and, but for a flag, a value follow, each with a NUL. */
const SIGNS = { flag: '-', string: '=', descriptor: '#' } as const;

function rawOption(key: string, value: string | number | HasDescriptor): string {
  if (typeof value === 'object') return `${SIGNS.descriptor}${key}\0${fdOf(`mount option ${key}`, value)}\0`;
  const text = String(value);
  checkText(`mount option ${key}`, text);
  // No character has more than three bytes for each of its units.
  if (text.length * 3 > MAX_OPTION_BYTES && Buffer.byteLength(text) > MAX_OPTION_BYTES)
    throw invalid(
      `mount option ${key} has ${Buffer.byteLength(text)} bytes, and the kernel takes ${MAX_OPTION_BYTES}: give a shorter path, such as /proc/self/fd/N of a descriptor`,
    );
  return `${SIGNS.string}${key}\0${text}\0`;
}

/**
 * Options as the addon takes them: one text, since reading lists of JavaScript costs it more than the mount itself.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a value of another shape, or a longer one than the kernel takes
 */
export function rawOptions(options: FsOptions): RawFsOptions {
  let raw = '';
  for (const key of Object.keys(options)) {
    const given = options[key];
    checkText('the name of a mount option', key);
    if (given === undefined || given === false) continue;
    if (given === true) raw += `${SIGNS.flag}${key}\0`;
    else if (isList(given)) for (const value of given) raw += rawOption(key, value);
    else raw += rawOption(key, given);
  }
  return raw;
}

/** The name of the index-th option. */
export function optionName(raw: RawFsOptions, index: number): string {
  const words = raw.split('\0');
  let at = 0;
  for (let i = 0; i < index; i++) at += words[at]?.startsWith(SIGNS.flag) === true ? 1 : 2;
  return words[at]?.slice(1) ?? '';
}
