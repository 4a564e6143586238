import { readFileSync } from 'node:fs';
import { execInContainer } from '../../bundles/exec.js';
import { fileError } from '../../base/errno.js';
import { validateRuntimeSpec } from '../../oci/validate.js';
import type { LinuxCapabilities, Process, RuntimeSpec } from '../../oci/runtime-spec.js';
import { usage, wholeNumber, type Flags, type Values } from '../arguments.js';
import { command, containerOf } from '../command.js';
import { proxySignals } from '../signals.js';
import { streamOptions } from './launch-flags.js';

const FLAGS = {
  process: { type: 'string', short: 'p', about: 'a file with the process, as JSON of the specification' },
  detach: { type: 'boolean', short: 'd', about: 'leave the process alone as soon as it runs' },
  tty: { type: 'boolean', short: 't', about: 'give it a terminal' },
  user: { type: 'string', short: 'u', about: 'UID[:GID]' },
  'additional-gids': { type: 'string', short: 'g', multiple: true, about: 'a further group' },
  cwd: { type: 'string', about: 'the working directory' },
  env: { type: 'string', short: 'e', multiple: true, about: 'NAME=VALUE' },
  cap: { type: 'string', short: 'c', multiple: true, about: 'a capability more' },
  'no-new-privs': { type: 'boolean', about: 'gain no privileges by execve' },
  'pid-file': { type: 'string', about: "a file for the process's PID" },
  'console-socket': { type: 'string', about: "a unix socket that gets the terminal's master" },
  'preserve-fds': { type: 'string', about: 'how many descriptors from 3 on it gets' },
  'process-label': { type: 'string', about: 'an SELinux label' },
  apparmor: { type: 'string', about: 'an AppArmor profile' },
  cgroup: { type: 'string', about: "refused: its cgroup is a new one beneath the container's" },
  'ignore-paused': { type: 'boolean', about: 'let it wait in a paused container' },
} as const satisfies Flags;

type ExecValues = Values<typeof FLAGS>;

/** UID[:GID], in numbers: no file of the container's is looked into. */
function userOf(text: string): { uid: number; gid: number } {
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text);
  if (match === null)
    throw usage(`invalid value ${JSON.stringify(text)} for --user: give UID or UID:GID, in numbers`);
  return { uid: Number(match[1]), gid: Number(match[2] ?? 0) };
}

function withCapabilities(own: LinuxCapabilities | undefined, more: readonly string[]): LinuxCapabilities {
  const names = more.map(
    (name) => (name.toUpperCase().startsWith('CAP_') ? '' : 'CAP_') + name.toUpperCase(),
  );
  const sets = ['bounding', 'effective', 'permitted'] as const;
  return {
    ...own,
    ...Object.fromEntries(sets.map((set) => [set, [...new Set([...(own?.[set] ?? []), ...names])]])),
  };
}

/** The container's own process, with what the flags say in place of it. */
function processOfFlags(own: Process, values: ExecValues, args: readonly string[]): Process {
  if (args.length === 0)
    throw usage('a command is missing: write it behind the container ID, or give --process');
  const { user, cwd, env, cap, apparmor } = values;
  const groups = values['additional-gids']?.map((gid) => wholeNumber('additional-gids', gid) ?? 0);
  return {
    ...own,
    args: [...args],
    terminal: values.tty === true,
    consoleSize: undefined,
    user: {
      ...own.user,
      ...(user === undefined ? {} : { ...userOf(user), additionalGids: [] }),
      ...(groups === undefined ? {} : { additionalGids: groups }),
    },
    ...(cwd !== undefined && { cwd }),
    env: [...(own.env ?? []), ...(env ?? [])],
    ...(cap !== undefined && { capabilities: withCapabilities(own.capabilities, cap) }),
    ...(values['no-new-privs'] !== undefined && { noNewPrivileges: values['no-new-privs'] }),
    ...(apparmor !== undefined && { apparmorProfile: apparmor }),
    ...(values['process-label'] !== undefined && { selinuxLabel: values['process-label'] }),
  };
}

function processOfFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fileError(`read the process ${file}`, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${file}: process is not JSON (${(error as Error).message})`);
  }
}

function processOf(spec: RuntimeSpec, values: ExecValues, args: readonly string[]): Process {
  const { process: file } = values;
  const process = file === undefined ? processOfFlags(spec.process, values, args) : processOfFile(file);
  return validateRuntimeSpec({ ...spec, process }, file ?? 'the flags of exec').process;
}

export const definition = command({
  flags: FLAGS,
  words: 'CONTAINER-ID COMMAND [ARGUMENTS]',
  inOrder: true,
  // As runc's: 1 is what the process itself may say.
  failure: 255,
  async run(values, words, globals) {
    if (values.cgroup !== undefined)
      throw usage(
        '--cgroup is not supported: a process of exec has a cgroup of its own beneath that of the container',
      );
    const [id, ...args] = words;
    return execInContainer(containerOf(id === undefined ? [] : [id], globals), {
      ...streamOptions(values),
      detach: values.detach === true,
      pidFile: values['pid-file'],
      ignorePaused: values['ignore-paused'] === true,
      process: (spec) => processOf(spec, values, args),
      whileRunning: proxySignals,
    });
  },
});
