import { fstatSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { startTicks } from '../linux/processes/processes.js';
import { LEFT_FREE, type PreservedDescriptors } from '../launch/request.js';
import { list, number, type Shape } from '../spec/shape.js';

/** native/monitor/stdio.h, kMostPreserved. */
const MOST = 64;

/** What a command is given beside its streams. */
export interface PreserveOptions {
  /**
   * Descriptors of this process that the command has too, the same open files: the first as 3, and so on; `undefined` leaves
   * its number free. At most 64. With one of a directory it can reach what is in there (podman's --preserve-fds).
   */
  readonly preserveFds?: readonly (number | undefined)[] | undefined;
}

export const PRESERVE_MEMBERS: Readonly<Record<keyof PreserveOptions, Shape>> = {
  preserveFds: list((one) => (one === undefined ? undefined : number(one))),
};

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

/**
 * The descriptors of this process that a command is given.
 *
 * @param verb begins the sentence of an error
 * @throws LibpodError ERR_INVALID_ARGUMENT for one that is not open
 */
export function preservedDescriptors(
  verb: string,
  descriptors: readonly (number | undefined)[] = [],
): PreservedDescriptors | undefined {
  if (descriptors.length === 0) return undefined;
  if (descriptors.length > MOST)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${verb}: preserveFds names ${descriptors.length} descriptors, and a command can be given ${MOST}`,
    );
  const wrong = descriptors.find(
    (one) => one !== undefined && (!Number.isInteger(one) || one < 0 || one > 0x7fffffff || !isOpen(one)),
  );
  if (wrong !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${verb}: descriptor ${wrong} of preserveFds is not open in this process`,
    );
  return {
    pid: process.pid,
    startTicks: startTicks(process.pid),
    descriptors: Array.from(descriptors, (one) => one ?? LEFT_FREE),
  };
}
