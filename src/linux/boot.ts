import { readFileSync } from 'node:fs';

/** The random ID of this boot (random(4)): what was true before a reboot is not true under another one. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
