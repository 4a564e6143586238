import { constants } from 'node:os';
import { signalProcess } from '../linux/processes/processes.js';

/** What people and service managers send. CHLD, PIPE and URG are about this process, faults are its own. */
const PROXIED: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGALRM', 'SIGCONT', 'SIGTSTP', 'SIGIO'] as const),
];

/** Passes the signals of this process on to another; answers what ends that. */
export function proxySignals(target: { readonly pid: number; readonly startTicks: string }): () => void {
  const to = { pid: target.pid, startTicks: BigInt(target.startTicks) };
  const pass = (signal: NodeJS.Signals): void => void signalProcess(to, constants.signals[signal]);
  for (const signal of PROXIED) process.on(signal, pass);
  return () => {
    for (const signal of PROXIED) process.off(signal, pass);
  };
}
