import type { MonitorMessage } from './messages.js';

/** SIGSYS of signal(7): what a system call filter kills with. */
const SIGSYS = 31;

/** How the first process of a container ended before its program ran, as a part of a sentence. */
export function earlyEnd({
  exitCode,
  signal,
  oomKilled,
}: Pick<Extract<MonitorMessage, { type: 'exited' }>, 'exitCode' | 'signal' | 'oomKilled'>): string {
  const first = "the container's first process";
  if (signal === 0) return `${first} ended early with status ${exitCode}`;
  if (oomKilled !== 0) return `${first} was killed for want of memory; give it a higher limit of memory`;
  if (signal === SIGSYS)
    return `${first} was killed by the system call filter (SIGSYS); allow in linux.seccomp what it needs to start`;
  return `${first} was killed by signal ${signal}`;
}
