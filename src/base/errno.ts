import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { LibpodError, type ErrorCode, type LibpodErrorOptions } from './errors.js';

/** What native code answers instead of a value: the system call that failed, and its positive errno. */
export interface Failure {
  readonly stage: string;
  readonly errno: number;
  /** The place of the failed step in a list of steps. */
  readonly index?: number;
  /** The kernel's own words, where it left any (fsopen(2), "the message log"). */
  readonly message?: string;
}

const map = getSystemErrorMap();

/** Those that libuv has no words for, or none for files, and that kernels answer to what is done here: errno(3). */
const MORE = new Map<number, readonly [name: string, text: string]>([
  // Its words are about sockets.
  [constants.errno.EOPNOTSUPP, ['ENOTSUP', 'operation not supported']],
  [constants.errno.ENOEXEC, ['ENOEXEC', 'exec format error']],
  [constants.errno.EDEADLK, ['EDEADLK', 'resource deadlock avoided']],
  [constants.errno.EDQUOT, ['EDQUOT', 'disk quota exceeded']],
  [constants.errno.ENOLCK, ['ENOLCK', 'no locks available']],
  [constants.errno.ESTALE, ['ESTALE', 'stale file handle']],
  // Not among Node's constants; the numbers of every architecture that Node runs on.
  [65, ['ENOPKG', 'package not installed']],
  [80, ['ELIBBAD', 'accessing a corrupted shared library']],
]);

function lookUp(errno: number): readonly [name: string, text: string] {
  return MORE.get(errno) ?? map.get(-errno) ?? [`errno ${errno}`, 'unknown error'];
}

/** The name of an errno, such as `ENOENT`. */
export function errnoName(errno: number): string {
  return lookUp(errno)[0];
}

/** Whether an error of this library tells of one of these answers of the kernel, by name. */
export function hasErrno(error: unknown, ...names: readonly string[]): error is LibpodError {
  return LibpodError.is(error) && names.includes(errnoName(error.errno ?? 0));
}

/** The kernel's answer for a person: `no such file or directory (openat: ENOENT)`, and its own words if there are any. */
export function describeErrno(failure: Failure): string {
  const [name, text] = lookUp(failure.errno);
  const words = failure.message === undefined ? '' : `, "${failure.message}"`;
  return `${text} (${failure.stage}: ${name}${words})`;
}

/** The code under which an errno is reported when nothing better is known. */
export function codeOfErrno(errno: number, otherwise: ErrorCode = 'ERR_SYSTEM'): ErrorCode {
  switch (errnoName(errno)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'ERR_NO_SPACE';
    // ENOTSUP is Node's name for EOPNOTSUPP, which is the same number on Linux.
    case 'ENOSYS':
    case 'ENOTSUP':
    case 'ENOPKG':
    case 'EPROTONOSUPPORT':
    case 'EAFNOSUPPORT':
      return 'ERR_UNSUPPORTED';
    default:
      return otherwise;
  }
}

/** Makes the error for a failed native operation. `what` is what was tried: "lock container 1a2b". */
export function systemError(
  what: string,
  failure: Failure,
  options: LibpodErrorOptions & { readonly code?: ErrorCode } = {},
): LibpodError {
  return new LibpodError(
    options.code ?? codeOfErrno(failure.errno),
    `cannot ${what}: ${describeErrno(failure)}`,
    {
      ...options,
      errno: failure.errno,
      syscall: failure.stage,
    },
  );
}

/** Whether a value that native code answered is a failure. */
export function isFailure(answer: unknown): answer is Failure {
  return typeof answer === 'object' && answer !== null && 'errno' in answer && 'stage' in answer;
}

/** The `code` of an error thrown by node:fs and its like, such as `ENOENT`. */
export function nodeErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The kernel's answer in an error thrown by node:fs and its like. */
export function failureOf(error: unknown): Failure {
  const errno =
    error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? -error.errno : 0;
  return { stage: error instanceof Error && 'syscall' in error ? String(error.syscall) : 'fs', errno };
}

/** Makes the error for a failed call of node:fs. */
export function fileError(what: string, error: unknown, code?: ErrorCode): LibpodError {
  return systemError(what, failureOf(error), code === undefined ? { cause: error } : { cause: error, code });
}
