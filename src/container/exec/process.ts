import { LibpodError } from '../../base/errors.js';
import { capabilityNames, ownBoundingSet } from '../../linux/processes/capabilities.js';
import { readInRoot } from '../../linux/files/read-in-root.js';
import type { LinuxCapabilities, Process, User } from '../../oci/runtime-spec.js';
import { resolveUser as specUser } from '../../spec/process.js';
import { resolveUser } from '../../spec/user.js';
import type { ContainerCore } from '../core.js';
import type { ExecProcessOptions } from './options.js';

/** Checks a command: a program, and arguments that can be handed over. */
function checkCommand(command: readonly string[]): readonly string[] {
  const usable =
    Array.isArray(command) &&
    command.every((word: unknown) => typeof word === 'string' && !word.includes('\0'));
  if (usable && command.length > 0 && command[0] !== '') return command as readonly string[];
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `the command ${JSON.stringify(command)} is none: give a list of strings without NUL, the program first`,
  );
}

/**
 * The capabilities of a session, as podman has them: root gets what the container may have at most, another user none;
 * whoever is not named is as the container's own process. None is inheritable (CVE-2022-29162).
 */
function capabilitiesOf(own: LinuxCapabilities | undefined, uid: number, all: boolean): LinuxCapabilities {
  const bounding = all ? capabilityNames(ownBoundingSet()) : [...(own?.bounding ?? [])];
  const held = uid === 0 ? bounding : [];
  return { bounding, effective: held, permitted: held, inheritable: [], ambient: [] };
}

function environmentOf(
  base: readonly string[],
  { env = {}, tty }: ExecProcessOptions,
  home: string | undefined,
): string[] {
  const variables = new Map(
    base.map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  if (home !== undefined) variables.set('HOME', home);
  if (tty === true && !variables.has('TERM')) variables.set('TERM', 'xterm');
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || name.includes('\0') || value.includes('\0')) {
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `the variable ${JSON.stringify(name)} of env is not usable: a name has no "=", and neither has a NUL`,
      );
    }
    variables.set(name, value);
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/**
 * The process of an exec session: the container's own, with what the options say in place of it.
 *
 * @param pid the container's init, through whose root the container's own files are read
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function execProcess(
  { config }: ContainerCore,
  pid: number,
  command: readonly string[],
  options: ExecProcessOptions,
): Process {
  const base = config.spec.process;
  const { tty = false, privileged = false, rows, columns } = options;
  const named =
    options.user === undefined || options.user === ''
      ? undefined
      : resolveUser(options.user, (file) => readInRoot(`/proc/${pid}/root`, file));
  const user: User = named === undefined ? base.user : specUser(named, base.user.umask);
  const { cwd = base.cwd } = options;
  if (typeof cwd !== 'string' || !cwd.startsWith('/') || cwd.includes('\0'))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the working directory ${JSON.stringify(cwd)} must be an absolute path in the container`,
    );
  const inherits = named === undefined && !privileged;
  return {
    ...base,
    args: [...checkCommand(command)],
    terminal: tty,
    ...(rows !== undefined && columns !== undefined && { consoleSize: { height: rows, width: columns } }),
    user,
    env: environmentOf(base.env ?? [], options, named?.home),
    cwd,
    ...(!inherits && { capabilities: capabilitiesOf(base.capabilities, user.uid, privileged) }),
  };
}
