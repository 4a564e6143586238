import { isatty } from 'node:tty';
import { onReaderGone } from '../../linux.js';
import { leave } from '../terminal.js';
import { BROKEN_PIPE_STATUS } from './broken-pipe.js';

/**
 * Ends the program as soon as the reader goes, and not with the next word for it (broken-pipe.ts): for commands that may have
 * nothing to say for hours.
 * Not for those that run or change something, which nobody has to read.
 */
export function endWithReader(): void {
  // A terminal that goes says so by SIGHUP.
  if (!isatty(process.stdout.fd)) onReaderGone(process.stdout.fd, () => leave(BROKEN_PIPE_STATUS));
}
