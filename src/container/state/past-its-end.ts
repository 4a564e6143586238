import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';

/** How often to look again, and for how long: a monitor that is stopped says nothing. */
const LOOK_AGAIN_MS = 2;
const PATIENCE_MS = 10_000;

/** What entering a process answers that has ended since it was looked up. */
function hasEnded(error: unknown): boolean {
  return LibpodError.is(error, 'ERR_NO_SUCH_PROCESS') || hasErrno(error, 'ESRCH');
}

/**
 * Runs what enters the init of a container that runs. Between the end of an init and its monitor's word of it the state
 * names a process that is gone: then once more, until there is another state.
 *
 * @param run looks the state up anew each time, and leaves nothing behind when it fails
 */
export async function pastItsEnd<T>(run: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!hasEnded(error) || Date.now() > until) throw error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
