import { isatty } from 'node:tty';
import { onReaderGone } from '../../linux.js';
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

/**
 * The same as soon as the reader goes, and not with the next word for it: for commands that may have nothing to say for hours.
 * Not for those that run or change something, which nobody has to read.
 */
export function endWithReader(): void {
  // A terminal that goes says so by SIGHUP.
  if (!isatty(process.stdout.fd)) onReaderGone(process.stdout.fd, () => leave(BROKEN_PIPE_STATUS));
}

/** What keeps stdout from being written, as a sentence. */
export function unwritable(error: NodeJS.ErrnoException): string {
  return `cannot write to stdout: ${error.message.replace(/^[A-Z]+: |, write$/g, '')}`;
}
