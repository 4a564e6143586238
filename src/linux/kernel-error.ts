import { codeOfErrno, errnoName, failureOf, isFailure, systemError, type Failure } from '../base/errno.js';
import { LibpodError, type ErrorCode } from '../base/errors.js';

/** The codes of answers that mean the same whatever was asked for. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  EPERM: 'ERR_NOT_PRIVILEGED',
  EACCES: 'ERR_NOT_PRIVILEGED',
  ENOENT: 'ERR_NOT_FOUND',
  ENOTDIR: 'ERR_NOT_A_DIRECTORY',
  ESRCH: 'ERR_NO_SUCH_PROCESS',
  ECANCELED: 'ERR_ABORTED',
};

/** What to do about an answer, by its errno's name, where it has a known cause. */
export type Advice = Readonly<Record<string, string>>;

/**
 * The error of a primitive: what was asked for, the kernel's answer, and what to do if that is known.
 *
 * @param what what was tried: `mount tmpfs at /mnt`
 * @param answer what native code answered, or node:fs threw
 */
export function kernelError(what: string, answer: unknown, advice: Advice = {}): LibpodError {
  const failure: Failure = isFailure(answer) ? answer : failureOf(answer);
  const name = errnoName(failure.errno);
  const { code, message } = systemError(what, failure, { code: CODES[name] ?? codeOfErrno(failure.errno) });
  return new LibpodError(code, advice[name] === undefined ? message : `${message}: ${advice[name]}`, {
    errno: failure.errno,
    syscall: failure.stage,
    ...(answer instanceof Error ? { cause: answer } : {}),
  });
}

/** The error of an argument. */
export function invalid(sentence: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

/** Ends an operation whose AbortSignal has fired. @param what what was tried, as a sentence's end: `lock /a` */
export function throwIfAborted(what: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new LibpodError('ERR_ABORTED', `cannot ${what}: it was aborted`, { cause: signal.reason });
}
