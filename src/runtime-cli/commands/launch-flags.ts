import type { StreamOptions } from '../../bundles/streams.js';
import { wholeNumber, type Flags, type Values } from '../arguments.js';
import type { Globals } from '../command.js';

/** The flags of create and run: those of runc, and crun's --config. */
export const LAUNCH_FLAGS = {
  bundle: { type: 'string', short: 'b', about: 'the directory of the bundle (default: the current one)' },
  config: { type: 'string', short: 'f', about: "another file in place of the bundle's config.json" },
  'console-socket': { type: 'string', about: "a unix socket that gets the terminal's master" },
  'pid-file': { type: 'string', about: "a file for the init's PID" },
  'preserve-fds': { type: 'string', about: 'how many descriptors from 3 on the container gets' },
  'no-pivot': {
    type: 'boolean',
    about: "move the root over the host's instead of pivoting to it: where that is an initramfs",
  },
  'no-new-keyring': { type: 'boolean', about: "keep the caller's session keyring" },
  'no-subreaper': { type: 'boolean', about: 'taken: this program never is a subreaper' },
} as const satisfies Flags;

/** What they ask for. */
export function launchOptions(
  values: Values<typeof LAUNCH_FLAGS>,
  { systemdCgroup }: Globals,
): StreamOptions & {
  readonly bundle: string;
  readonly config: string | undefined;
  readonly pidFile: string | undefined;
  readonly keepKeyring: boolean;
  readonly noPivot: boolean;
  readonly systemdCgroup: boolean;
} {
  return {
    bundle: values.bundle ?? '.',
    config: values.config,
    pidFile: values['pid-file'],
    noPivot: values['no-pivot'] === true,
    systemdCgroup,
    keepKeyring: values['no-new-keyring'] === true,
    ...streamOptions(values),
  };
}

/** The part that exec has too. */
export function streamOptions(values: {
  readonly 'console-socket'?: string | undefined;
  readonly 'preserve-fds'?: string | undefined;
}): StreamOptions {
  return {
    consoleSocket: values['console-socket'] || undefined,
    preserveFds: wholeNumber('preserve-fds', values['preserve-fds']),
  };
}
