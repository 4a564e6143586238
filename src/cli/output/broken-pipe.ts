import { FAILED } from '../errors.js';
import { leave } from '../terminal.js';

/** The status of a program that SIGPIPE ended, as a shell counts: 128 + 13 (signal(7)). */
export const BROKEN_PIPE_STATUS = 141;

/** Whether nobody is left who could read a stream: its pipe has no other end, or its terminal is gone. */
export function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO';
}

/**
 * Ends the program without a word when nobody reads its output any more, as in `libpod ps | head -1`; with one sentence if
 * it cannot be written, as on a full disk. Node ignores SIGPIPE, and would otherwise print a stack trace.
 */
export function exitOnUnwritableOutput(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (isReaderGone(error)) leave(BROKEN_PIPE_STATUS);
      if (name === 'stdout') process.stderr.write(`Error: ${unwritable(error)}\n`);
      leave(FAILED);
    });
  }
}

/** What keeps stdout from being written, as a sentence. */
export function unwritable(error: NodeJS.ErrnoException): string {
  return `cannot write to stdout: ${error.message.replace(/^[A-Z]+: |, write$/g, '')}`;
}
