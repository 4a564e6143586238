import { readFileSync } from 'node:fs';

/** The bounding set in the text of a /proc/PID/status (proc_pid_status(5), CapBnd): bit N is capability N. */
export function parseBoundingSet(status: string): bigint {
  const digits = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

let own: bigint | undefined;

/**
 * The capabilities that this process, and so its children, can have at most (capabilities(7), bounding set). Asked for
 * once: a set that became smaller since then is the kernel's to tell.
 */
export function ownBoundingSet(): bigint {
  return (own ??= parseBoundingSet(readFileSync('/proc/self/status', 'utf8')));
}
