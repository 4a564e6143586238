import { uptime } from 'node:os';
import { closeSync } from 'node:fs';
import { errnoName, isFailure, systemError } from '../../base/errno.js';
import { addon } from '../../native/index.js';

/** One process for the life of the machine: a PID alone may come to mean another process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of /proc/PID/stat. */
  readonly startTicks: bigint;
}

/** When a process started, in clock ticks since boot; 0n if there is none. */
export function startTicks(pid: number): bigint {
  return addon.startTicks(pid);
}

/** USER_HZ is 100 wherever Linux runs today: time(7), "The software clock". */
const MS_PER_TICK = 10;

/** Milliseconds since a process started, in steps of a tick: by the time since boot, as the clock of the day may be set. */
export function millisecondsSince(startTicks: bigint): number {
  return Math.max(0, uptime() * 1000 - Number(startTicks) * MS_PER_TICK);
}

/** Whether this very process is still there (a zombie counts). */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return (
    identity.pid > 0 && identity.startTicks !== 0n && addon.startTicks(identity.pid) === identity.startTicks
  );
}

/**
 * Opens a process (pidfd_open(2)).
 *
 * @param process with a start time: this very one, and no other that got its number
 * @returns a descriptor, or undefined if the process is gone
 */
export function openPidfd(process: number | ProcessIdentity): number | undefined {
  const pid = typeof process === 'number' ? process : process.pid;
  const pidfd = addon.pidfdOpen(pid);
  if (isFailure(pidfd)) {
    if (errnoName(pidfd.errno) === 'ESRCH') return undefined;
    throw systemError(`open process ${pid}`, pidfd);
  }
  // The descriptor holds whoever has the number now: look at the start time after opening it.
  if (typeof process === 'number' || isSameProcess(process)) return pidfd;
  closeSync(pidfd);
  return undefined;
}

/** Sends a signal to the process of a pidfd (pidfd_send_signal(2)); false if it is gone. */
export function signalPidfd(pidfd: number, signal: number, pid: number): boolean {
  const answer = addon.pidfdSendSignal(pidfd, signal);
  if (!isFailure(answer)) return true;
  if (errnoName(answer.errno) === 'ESRCH') return false;
  throw systemError(`send signal ${signal} to process ${pid}`, answer);
}

/**
 * Sends a signal to this very process, through a pidfd, so never to another one that got its number.
 *
 * @returns false if the process is gone
 */
export function signalProcess(identity: ProcessIdentity, signal: number): boolean {
  const pidfd = openPidfd(identity);
  if (pidfd === undefined) return false;
  try {
    return signalPidfd(pidfd, signal, identity.pid);
  } finally {
    closeSync(pidfd);
  }
}
