import { parseDetachKeys } from '../../index.js';
import type { PodmanCommand } from '../command.js';

/** The flag of podman-attach(1) and of all that attach. */
export interface DetachKeysFlag {
  readonly detachKeys?: string;
}

/** Adds --detach-keys. Keys that are none are refused while the line is read, before anything is made or started. */
export function addDetachKeysFlag(command: PodmanCommand, what: 'container' | 'command'): void {
  command.option(
    '--detach-keys <keys>',
    `the keys that leave the ${what} to itself: ctrl-p,ctrl-q`,
    (keys: string) => {
      parseDetachKeys(keys);
      return keys;
    },
  );
}
