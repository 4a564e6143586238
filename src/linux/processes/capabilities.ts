import { readFileSync } from 'node:fs';
import {
  CAPABILITIES,
  CAPABILITY_NAMES,
  isCapabilityName,
  type CapabilityName,
} from '../../base/capabilities.js';
import { invalid } from '../kernel-error.js';
import { readFilesOfProcess } from './proc-files.js';

/** The sets of a thread (capabilities(7)), by the names of capabilities in the order of their numbers. */
export interface ProcessCapabilities {
  /** Kept over an execve(2) of a program that inherits them. */
  readonly inheritable: readonly string[];
  /** What may be made effective. */
  readonly permitted: readonly string[];
  /** What the kernel checks. */
  readonly effective: readonly string[];
  /** What an execve(2) can give at most. */
  readonly bounding: readonly string[];
  /** Kept over an execve(2) of a program without file capabilities. */
  readonly ambient: readonly string[];
}

/**
 * The number of a capability.
 *
 * @param name `CAP_CHOWN`, `chown`, or a number
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function capabilityNumber(name: string | number): number {
  const upper = String(name).toUpperCase();
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (isCapabilityName(full)) return CAPABILITIES[full];
  const number = /^(CAP_)?\d{1,2}$/.test(upper) ? Number(upper.replace('CAP_', '')) : NaN;
  if (number >= 0 && number < 64) return number;
  throw invalid(
    `capability ${JSON.stringify(name)} is not known: give a name such as CAP_CHOWN or a number from 0 to 63`,
  );
}

/** The name of a capability; one that came after Linux 6 is `CAP_41` and so on, which capabilityNumber knows too. */
export function capabilityName(number: number): string {
  const name: CapabilityName | undefined = CAPABILITY_NAMES[number];
  return name ?? `CAP_${number}`;
}

/** The names of a set, in which bit N is capability N. */
export function capabilityNames(set: bigint): string[] {
  const names: string[] = [];
  // By halves, as numbers: to shift a bigint for each bit takes ten times as long as the reading of a set.
  for (const first of [0, 32]) {
    let rest = Number(BigInt.asUintN(32, set >> BigInt(first)));
    for (let number = first; rest !== 0; number++, rest >>>= 1)
      if ((rest & 1) !== 0) names.push(capabilityName(number));
  }
  return names;
}

/** The set of some names or numbers. */
export function capabilitySet(names: Iterable<string | number>): bigint {
  let set = 0n;
  for (const name of names) set |= 1n << BigInt(capabilityNumber(name));
  return set;
}

/** The five sets in the text of a /proc/PID/status, which stand together (proc_pid_status(5)). */
const SETS =
  /\nCapInh:\t([0-9a-f]+)\nCapPrm:\t([0-9a-f]+)\nCapEff:\t([0-9a-f]+)\nCapBnd:\t([0-9a-f]+)\nCapAmb:\t([0-9a-f]+)\n/;

function parseSet(digits: string | undefined): bigint {
  return BigInt(`0x${digits ?? '0'}`);
}

/** The bounding set in the text of a /proc/PID/status. */
export function parseBoundingSet(status: string): bigint {
  return parseSet(SETS.exec(status)?.[4]);
}

/** The five sets in the text of a /proc/PID/status. */
export function parseCapabilities(status: string): ProcessCapabilities {
  const found = SETS.exec(status) ?? [];
  const names = (index: number): string[] => capabilityNames(parseSet(found[index]));
  return {
    inheritable: names(1),
    permitted: names(2),
    effective: names(3),
    bounding: names(4),
    ambient: names(5),
  };
}

/**
 * The capabilities of a process, those of its main thread.
 *
 * @param pid this process unless given
 * @throws LibpodError ERR_NOT_FOUND if there is no such process
 */
export function readCapabilities(pid: number | 'self' = 'self'): ProcessCapabilities {
  const [status] = readFilesOfProcess(pid, ['status']);
  return parseCapabilities(status ?? '');
}

let own: bigint | undefined;

/**
 * The capabilities that this process, and so its children, can have at most (capabilities(7), bounding set). Asked for
 * once: a set that became smaller since then is the kernel's to tell.
 */
export function ownBoundingSet(): bigint {
  return (own ??= parseBoundingSet(readFileSync('/proc/self/status', 'utf8')));
}
