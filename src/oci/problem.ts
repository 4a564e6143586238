import { LibpodError, type ErrorCode } from '../base/errors.js';

/**
 * Refuses a specification.
 *
 * @param path the field, such as `linux.namespaces[3].type`
 * @param problem the rest of the sentence: what the field is and what it must be
 */
export type Refuse = (path: string, problem: string) => never;

/** Makes a Refuse that throws an error of this code whose sentence begins with `where`, the document. */
export function refuseIn(where: string, code: ErrorCode = 'ERR_SPEC_INVALID'): Refuse {
  return (path, problem) => {
    throw new LibpodError(code, `${where}: ${path === '' ? 'the specification' : path} ${problem}`);
  };
}

/** Longest part of a user's string that a message repeats. */
const SHOWN_LENGTH = 80;

/** As many members as nobody counts. */
const SHOWN_MEMBERS = 1000;

/**
 * A value as a message shows it: escaped, so that it cannot break the line, and cut, so that it cannot drown
 * the sentence.
 */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return 'an empty array';
    return value.length > SHOWN_MEMBERS ? `an array of ${value.length} members` : 'an array';
  }
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'symbol' || typeof value === 'function' ? `a ${typeof value}` : String(value);
}

/** The path of a member of an object: `a.b` for plain names and `a["x.y"]` for others. */
export function memberPath(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${show(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** PATH_MAX of limits.h, without the NUL. */
const LONGEST_PATH = 4095;

/** Refuses a path that no system call takes: what the kernel says of it would repeat it whole. */
export function refuseLongPath(field: string, path: string, refuse: Refuse): void {
  if (path.length > LONGEST_PATH)
    refuse(
      field,
      `is ${show(path)}, of ${path.length} characters, but no path may have more than ${LONGEST_PATH}`,
    );
}
