/** The status of a program that SIGPIPE ended, as a shell counts: 128 + 13 (signal(7)). */
export const BROKEN_PIPE_STATUS = 141;

/**
 * Ends the program without a word when nobody reads its output any more, as in `libpod ps | head -1`. Node ignores
 * SIGPIPE, and would otherwise print a stack trace for EPIPE.
 */
export function exitQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_STATUS);
      throw error;
    });
  }
}
