import { fstatSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { startTicks } from '../linux/processes.js';
import type { SessionRequest } from '../launch/session.js';

/** native/monitor/stdio.h, kMostPreserved. */
const MOST = 64;

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

/**
 * The descriptors of this process that a session is given.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for one that is not open
 */
export function preservedDescriptors(descriptors: readonly number[] = []): SessionRequest['preserve'] {
  if (descriptors.length === 0) return undefined;
  if (descriptors.length > MOST)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `exec: preserveFds names ${descriptors.length} descriptors, and a command can be given ${MOST}`,
    );
  const wrong = descriptors.find(
    (one) => !Number.isInteger(one) || one < 0 || one > 0x7fffffff || !isOpen(one),
  );
  if (wrong !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `exec: descriptor ${wrong} of preserveFds is not open in this process`,
    );
  return { pid: process.pid, startTicks: startTicks(process.pid), descriptors };
}
