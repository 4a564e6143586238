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
