import type { Container } from '../index.js';

/**
 * What is passed on to a container: what people and service managers send. The rest is left: KILL and STOP cannot be
 * caught, CHLD, PIPE and URG are about this process (podman leaves them too), faults are its own.
 */
const PROXIED: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGALRM', 'SIGCONT', 'SIGTSTP', 'SIGIO', 'SIGWINCH'] as const),
];

/** Signals on their way to a container. */
export interface SignalProxy {
  /** From now on signals are passed on at once; those that came before follow now. */
  started(): void;
  /** Leaves signals to their defaults again. */
  stop(): void;
}

/**
 * Passes the signals of this process on to a container's init: podman-run(1), --sig-proxy.
 *
 * @param tty leaves WINCH out: the kernel sends it in the container when its terminal's size is set
 */
export function proxySignals(container: Container, tty: boolean): SignalProxy {
  let early: NodeJS.Signals[] | undefined = [];
  const send = (signal: NodeJS.Signals): void => {
    // It may have ended a moment ago: then the signal has come too late, which is nobody's fault.
    container.kill(signal).catch(() => undefined);
  };
  const receive = (signal: NodeJS.Signals): void => {
    if (early === undefined) send(signal);
    else early.push(signal);
  };
  const signals = PROXIED.filter((signal) => !(tty && signal === 'SIGWINCH'));
  for (const signal of signals) process.on(signal, receive);
  return {
    started: () => {
      const waiting = early ?? [];
      early = undefined;
      waiting.forEach(send);
    },
    stop: () => {
      for (const signal of signals) process.off(signal, receive);
    },
  };
}
