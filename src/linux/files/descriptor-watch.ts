import { setImmediate } from 'node:timers/promises';
import { isFailure } from '../../base/errno.js';
import { addon, type Handle } from '../../native/index.js';
import { kernelError, throwIfAborted } from '../kernel-error.js';

/** A descriptor to wait for, and for which of poll(2)'s events. */
export interface Watched {
  readonly fd: number;
  /** POLLPRI, by which files of /proc and of cgroups tell that they changed; POLLIN unless given. */
  readonly priority?: boolean;
}

/**
 * Says when something happens on descriptors: yields once as soon as nothing can be missed any more, and then for one or more
 * events since the last look. The event loop polls them; no thread waits. What makes a descriptor ready must be taken away
 * before the next turn: an event counter read, a file of cgroups read again.
 *
 * @param what what is waited for, for the error: `watching mounts`
 * @param watched borrowed: they are closed after the iteration has ended
 * @throws LibpodError ERR_ABORTED when the signal fires
 */
export async function* watchDescriptors(
  what: string,
  watched: readonly Watched[],
  signal?: AbortSignal,
): AsyncGenerator<void, void, void> {
  let happened = false;
  let wake: (() => void) | undefined;
  const note = (): void => {
    happened = true;
    wake?.();
  };
  const handles: Handle<'watch'>[] = [];
  signal?.addEventListener('abort', note, { once: true });
  try {
    for (const { fd, priority = false } of watched) {
      const handle = addon.watch(fd, priority, note);
      if (isFailure(handle)) throw kernelError(what, handle);
      handles.push(handle);
    }
    // The event loop adds a descriptor to its epoll set when it polls next, at the latest before the second of these. A
    // mount table tells a change once to whoever asks, also to epoll_ctl(2), which keeps it to itself: what happened
    // until then is seen by looking, and not by waiting.
    await setImmediate();
    await setImmediate();
    throwIfAborted(what, signal);
    happened = false;
    yield;
    for (;;) {
      throwIfAborted(what, signal);
      if (!happened) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      happened = false;
      throwIfAborted(what, signal);
      yield;
    }
  } finally {
    signal?.removeEventListener('abort', note);
    for (const handle of handles) addon.unwatch(handle);
  }
}
