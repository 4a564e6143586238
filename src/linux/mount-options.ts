import type { RawFsOptions } from '../native/index.js';
import type { HasDescriptor } from './descriptor.js';
import { invalid } from './kernel-error.js';
import { checkText, fdOf } from './place.js';

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

/**
 * Options as the addon takes them, by turns key and value.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a value of another shape, or a longer one than the kernel takes
 */
export function rawOptions(options: FsOptions): RawFsOptions {
  return Object.entries(options).flatMap(([key, given]): (string | number | undefined)[] => {
    checkText('the name of a mount option', key);
    if (given === undefined || given === false) return [];
    if (given === true) return [key, undefined];
    const values: readonly (string | number | HasDescriptor)[] = isList(given) ? given : [given];
    return values.flatMap((value) => {
      if (typeof value === 'object') return [key, fdOf(`mount option ${key}`, value)];
      const text = String(value);
      checkText(`mount option ${key}`, text);
      if (Buffer.byteLength(text) > MAX_OPTION_BYTES)
        throw invalid(
          `mount option ${key} has ${Buffer.byteLength(text)} bytes, and the kernel takes ${MAX_OPTION_BYTES}: give a shorter path, such as /proc/self/fd/N of a descriptor`,
        );
      return [key, text];
    });
  });
}
