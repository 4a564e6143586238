import { errnoName } from '../base/errno.js';
import { LibpodError, type ErrorCode } from '../base/errors.js';
import type { Instruction } from './instructions.js';

/** What of a report is looked at here. */
interface Report {
  readonly stage: string;
  readonly errno: number;
  readonly detail: string;
}

/**
 * What crun, runc and libpod-oci say of a command that is not there, or that cannot be executed: podman tells the two by
 * such expressions, too.
 */
const NOT_FOUND =
  /executable file .*not found|exec: ".*": (stat .*: )?no such file or directory|command ".*" was not found/i;
const NOT_EXECUTABLE =
  /exec(utable)?\b.*(permission denied|is a directory|exec format error)|command ".*" cannot be executed/i;

/** What a line of a log says, as runc's library logrus writes it; the line may have been cut off. */
export function messageOfLine(line: string): string {
  const [, quoted] = /"msg":"((?:[^"\\]|\\.)*)/.exec(line) ?? [];
  if (quoted === undefined) return line;
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return quoted;
  }
}

/** One line for a sentence. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
}

/** The run of an OCI runtime that failed, in one sentence: what was asked, and what it answered. */
export function runtimeFailure(
  { path }: Extract<Instruction, { op: 'runtime-create' | 'runtime-run' }>,
  origin: string,
  { stage, errno, detail }: Report,
  containerId: string,
): LibpodError {
  const options = { errno, syscall: stage, containerId };
  const fail = (code: ErrorCode, answer: string): LibpodError =>
    new LibpodError(code, `cannot ${origin}: ${answer}`, options);
  const name = errnoName(errno);
  if (stage === 'execve')
    return fail(
      name === 'ENOENT' ? 'ERR_NOT_FOUND' : 'ERR_LAUNCH',
      `${path} cannot be executed: ${name}; install it, or choose another runtime`,
    );
  if (name === 'ETIMEDOUT')
    return fail('ERR_TIMEOUT', `it did not end in its time: ${oneLine(messageOfLine(detail))}`);
  if (detail === '' && name === 'ECHILD') return fail('ERR_LAUNCH', 'the process that ran it was killed');
  const said = oneLine(messageOfLine(detail)) || `it failed, and said nothing (${stage}: ${name})`;
  const code = NOT_FOUND.test(said)
    ? 'ERR_COMMAND_NOT_FOUND'
    : NOT_EXECUTABLE.test(said)
      ? 'ERR_COMMAND_NOT_EXECUTABLE'
      : 'ERR_LAUNCH';
  return fail(code, said);
}
