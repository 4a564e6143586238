import { closeSync } from 'node:fs';
import { errnoName, isFailure, systemError } from '../base/errno.js';
import { addon } from '../native/index.js';

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

/** Whether this very process is still there (a zombie counts). */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return (
    identity.pid > 0 && identity.startTicks !== 0n && addon.startTicks(identity.pid) === identity.startTicks
  );
}

/**
 * Sends a signal to this very process, through a pidfd, so never to another one that got its number.
 *
 * @returns false if the process is gone
 */
export function signalProcess(identity: ProcessIdentity, signal: number): boolean {
  const pidfd = addon.pidfdOpen(identity.pid);
  if (isFailure(pidfd)) {
    if (errnoName(pidfd.errno) === 'ESRCH') return false;
    throw systemError(`open process ${identity.pid}`, pidfd);
  }
  try {
    // The descriptor holds whoever has the number now: look at the start time after opening it.
    if (!isSameProcess(identity)) return false;
    const answer = addon.pidfdSendSignal(pidfd, signal);
    if (!isFailure(answer)) return true;
    if (errnoName(answer.errno) === 'ESRCH') return false;
    throw systemError(`send signal ${signal} to process ${identity.pid}`, answer);
  } finally {
    closeSync(pidfd);
  }
}
