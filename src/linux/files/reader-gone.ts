import { isFailure } from '../../base/errno.js';
import { addon } from '../../native/index.js';

/**
 * Tells, once, that nobody is left who could read what is written: of a pipe the last reader has closed it, of a socket the
 * other end. A write would say the same (EPIPE), but whoever waits for something to write may wait for hours. The event loop
 * polls; the process lives on for it. Of a file or a terminal nothing is told: the one has no readers, the other has SIGHUP.
 *
 * @param fd the end that is written to, which may be closed meanwhile
 * @param told called on a later turn, also if nobody was there to begin with
 * @returns gives it up
 * @see poll(2), POLLERR and POLLHUP; pipe(7); unix(7)
 */
export function onReaderGone(fd: number, told: () => void): () => void {
  // Errors and hangups are told whatever is asked for; what POLLPRI itself stands for, pipes and such sockets do not have.
  const handle = addon.watch(fd, true, () => {
    stop();
    told();
  });
  // EPERM: a file, of which epoll has nothing to tell.
  if (isFailure(handle)) return () => undefined;
  let watching = true;
  const stop = (): void => {
    if (watching) addon.unwatch(handle);
    watching = false;
  };
  return stop;
}
