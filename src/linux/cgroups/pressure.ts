import { constants, openSync, writeSync } from 'node:fs';
import { fileError } from '../../base/errno.js';
import { parsePressure, type Pressure } from './text.js';
import { watchDescriptors } from '../files/descriptor-watch.js';
import { Descriptor, readFromStart } from '../files/descriptor.js';
import { invalid, kernelError } from '../kernel-error.js';

/** When to tell of pressure (Documentation/accounting/psi.rst, "Monitoring for pressure thresholds"). */
export interface PressureTrigger {
  /** At least one process waiting, or all of them; `some` unless given. */
  readonly kind?: 'some' | 'full' | undefined;
  /** Microseconds that were lost to waiting... */
  readonly stallUsec: number;
  /** ...within so many: half a second to ten. Without CAP_SYS_RESOURCE a multiple of two seconds. */
  readonly windowUsec: number;
}

/**
 * Tells whenever processes have waited for a resource for longer than allowed, at most once in each window.
 *
 * @param file a pressure file of a cgroup, or /proc/pressure/memory
 */
export async function* watchPressureFile(
  file: string,
  trigger: PressureTrigger,
  signal?: AbortSignal,
): AsyncGenerator<Pressure, void, void> {
  const { kind = 'some', stallUsec, windowUsec } = trigger;
  if (kind !== 'some' && kind !== 'full')
    throw invalid(`the kind of pressure must be some or full, not ${JSON.stringify(kind)}`);
  for (const [name, value] of Object.entries({ stallUsec, windowUsec }))
    if (!Number.isSafeInteger(value) || value <= 0)
      throw invalid(`${name} must be a whole number of microseconds from 1, not ${JSON.stringify(value)}`);
  using descriptor = openTrigger(file, `${kind} ${stallUsec} ${windowUsec}`);
  const changes = watchDescriptors(`watch ${file}`, [{ fd: descriptor.fd, priority: true }], signal);
  await changes.next(); // that it has begun
  for await (const _ of changes) yield parsePressure(readFromStart(descriptor));
}

/** The trigger lives as long as its descriptor. */
function openTrigger(file: string, text: string): Descriptor {
  let opened: Descriptor | undefined;
  try {
    opened = new Descriptor(openSync(file, constants.O_RDWR | constants.O_NONBLOCK));
    // With the NUL: /proc/pressure puts one over the last byte.
    writeSync(opened.fd, `${text}\0`);
    return opened;
  } catch (error) {
    opened?.[Symbol.dispose]();
    const { errno = 0, syscall = 'open' } = fileError(`watch ${file}`, error);
    throw kernelError(
      `watch ${file} (${text})`,
      { errno, stage: syscall },
      {
        EINVAL: 'the window must be from half a second to ten, and not shorter than the stall',
        EPERM: 'without CAP_SYS_RESOURCE the window must be a multiple of two seconds',
        ENOTSUP: 'this kernel counts no pressure: start it with psi=1',
        ENOENT: 'the cgroup does not exist, or this kernel counts no pressure',
      },
    );
  }
}
