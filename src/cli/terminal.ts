import { isatty } from 'node:tty';

/** Those of our standard streams that are a terminal, looked at before anything can have happened to it. */
const TERMINALS = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/** Whether a terminal that we had is gone: its window was closed, or the connection to it. */
export function isTerminalGone(): boolean {
  return TERMINALS.some((descriptor) => !isatty(descriptor));
}

/** Tells when the terminal goes, of which SIGHUP says so (termios(3), "hangup"). @returns gives it up */
export function onTerminalGone(told: () => void): () => void {
  const look = (): void => {
    if (isTerminalGone()) told();
  };
  process.on('SIGHUP', look);
  return () => process.off('SIGHUP', look);
}

/**
 * Ends this process. Without its terminal it ends by the signal that would have ended it then: Node wants to give the modes
 * back to a terminal that is not there, and aborts.
 */
export function leave(exitCode: number): never {
  if (isTerminalGone()) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(exitCode);
}

/** The sentence of podman for -t -i without a terminal. */
export function warnOfMissingTerminal(flags: {
  readonly tty?: boolean | undefined;
  readonly interactive?: boolean | undefined;
  readonly detach?: boolean | undefined;
}): void {
  if (!flags.tty || !flags.interactive || flags.detach || process.stdin.isTTY) return;
  process.stderr.write(
    'The input device is not a TTY. The --tty and --interactive flags might not work properly\n',
  );
}
