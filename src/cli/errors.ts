import { CommanderError } from 'commander';
import { errnoName } from '../base/errno.js';
import { LibpodError, type ErrorCode } from '../base/errors.js';
import { isWarning } from '../base/warnings.js';
import { printable } from './output/printable.js';

/** podman-run(1), "Exit Status": the error is with this program itself. */
export const FAILED = 125;

/** Exit codes for errors of the library that are not 125: podman-run(1), "Exit Status". */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  ERR_COMMAND_NOT_EXECUTABLE: 126,
  ERR_COMMAND_NOT_FOUND: 127,
};

/** The same for a working directory, which podman does not tell from the command there. */
const CHDIR_CODES: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };

/** A wrong use of the command line: one sentence, perhaps with a hint where the help is. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The end of a program whose errors are printed already. */
export class ExitError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
  if (LibpodError.is(error, 'ERR_LAUNCH') && error.syscall === 'chdir')
    return CHDIR_CODES[errnoName(error.errno ?? 0)] ?? FAILED;
  return (LibpodError.is(error) && EXIT_CODES[error.code]) || FAILED;
}

/**
 * Prints an error as podman does: `Error: ` and one sentence, on stderr. Only an error that nobody foresaw shows where it
 * came from.
 */
export function reportError(error: unknown): void {
  // Help and version were printed, and are no errors.
  if (error instanceof ExitError || (error instanceof CommanderError && error.exitCode === 0)) return;
  process.stderr.write(`Error: ${sentenceOf(error).split('\n').map(printable).join('\n')}\n`);
  if (error instanceof UsageError && error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
}

/** Prints the library's warnings as one sentence each, on stderr, and leaves others to Node. */
export function reportWarnings(): void {
  const others = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (isWarning(warning)) process.stderr.write(`Warning: ${printable(warning.message)}\n`);
    else for (const listener of others) listener(warning);
  });
}

/** What an option of the library that a sentence begins with is called here. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['networks', '--network'],
  ['ports', '--publish'],
  ['dns', '--dns'],
  ['dnsServers', '--dns'],
  ['dnsSearch', '--dns-search'],
  ['dnsOptions', '--dns-option'],
  ['addHosts', '--add-host'],
]);

/** A sentence about an option of the library, about the flag that was given. */
function aboutFlag(sentence: string): string {
  return sentence.replace(/^\w+(?= (?:has|publishes|is) )/, (word) => FLAGS.get(word) ?? word);
}

function sentenceOf(error: unknown): string {
  if (LibpodError.is(error, 'ERR_INVALID_ARGUMENT')) return aboutFlag(error.message);
  const foreseen = LibpodError.is(error) || error instanceof UsageError || error instanceof CommanderError;
  if (foreseen || (error instanceof Error && 'syscall' in error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
