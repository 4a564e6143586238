import { closeSync, constants, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { describeErrno, errnoName, isFailure, type Failure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { Namespace, NAMESPACE_FLAGS } from '../namespaces/namespace.js';
import { ProcessHandle } from './handle.js';

/** execvp(3)'s, when the environment has no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** What to start, and how. */
export interface SpawnProcessOptions {
  /** A path; or a name without a slash, which is searched for in the PATH of `env`. */
  readonly file: string;
  /** The arguments after argv[0]. @defaultValue [] */
  readonly args?: readonly string[];
  /** @defaultValue `file` */
  readonly argv0?: string;
  /** The whole environment. @defaultValue this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue this process's */
  readonly cwd?: string;
  /**
   * What becomes descriptor 0, 1, 2 and so on: a descriptor of this process's, which may be closed after the call, or /dev/null
   * for `ignore`. The program gets no other one.
   *
   * @defaultValue ['ignore', 'ignore', 'ignore']
   */
  readonly stdio?: readonly (number | 'ignore')[];
  /** Directories of cgroups to be in from the first instruction: at most one of version 2, and any of version 1. */
  readonly cgroups?: readonly string[];
  /**
   * Namespaces to be in, at most one of each type. With a mount namespace file, cwd and cgroups are paths inside it, and so
   * it is what is inside that is executed. User and time namespaces cannot be given.
   */
  readonly namespaces?: readonly Namespace[];
  /** Whether it leads a session of its own, without a terminal (setsid(2)). @defaultValue false */
  readonly session?: boolean;
}

/** Namespaces that a thread of a larger process cannot enter, which is what starts the program. */
const REFUSED = ['user', 'time'];

function check(options: SpawnProcessOptions): void {
  const {
    file,
    args = [],
    argv0 = '',
    env = {},
    cwd = '',
    cgroups = [],
    namespaces = [],
    stdio = [],
  } = options;
  const refuse = (why: string): never => {
    throw new LibpodError('ERR_INVALID_ARGUMENT', why);
  };
  if (typeof file !== 'string' || file === '') refuse('the file to execute must be a text that is not empty');
  for (const text of [file, argv0, cwd, ...args, ...cgroups, ...Object.entries(env).flat()]) {
    if (text !== undefined && (typeof text !== 'string' || text.includes('\0')))
      refuse(`${JSON.stringify(text)} is no text without a NUL byte`);
  }
  for (const name of Object.keys(env)) {
    if (name === '' || name.includes('='))
      refuse(`${JSON.stringify(name)} is no name of an environment variable`);
  }
  for (const fd of stdio) {
    if (fd !== 'ignore' && (!Number.isInteger(fd) || fd < 0))
      refuse(`stdio holds ${JSON.stringify(fd)}: give a descriptor or 'ignore'`);
  }
  const types = namespaces.map(({ type }) => type);
  if (new Set(types).size < types.length) refuse('give at most one namespace of each type');
  const wrong = types.find((type) => REFUSED.includes(type));
  if (wrong !== undefined)
    refuse(`a process cannot be started in a ${wrong} namespace: only a process of one thread can enter it`);
}

/** What is tried in turn, as execvp(3) does. */
function candidates(file: string, searchPath: string): string[] {
  if (file.includes('/')) return [file];
  return searchPath.split(':').map((directory) => `${directory === '' ? '.' : directory}/${file}`);
}

function failure(options: SpawnProcessOptions, answer: Failure): LibpodError {
  const { file, cwd = '' } = options;
  const name = errnoName(answer.errno);
  if (answer.stage === 'chdir') return kernelError(`start ${file} in ${cwd}`, answer);
  if (answer.stage !== 'execve') return kernelError(`start ${file}`, answer);
  const missing = name === 'ENOENT' || name === 'ENOTDIR';
  const hint = !missing
    ? ''
    : file.includes('/')
      ? ': it, or the interpreter that it names, does not exist'
      : ': no directory of PATH has it';
  return new LibpodError(
    missing ? 'ERR_COMMAND_NOT_FOUND' : 'ERR_COMMAND_NOT_EXECUTABLE',
    `cannot start ${file}${hint}: ${describeErrno(answer)}`,
    { errno: answer.errno, syscall: answer.stage },
  );
}

/**
 * Starts a program without forking this process: clone3(2) with CLONE_VM and CLONE_VFORK, then execve(2), on a worker
 * thread, so the cost depends neither on the size of the heap nor does the event loop wait. The program begins with every
 * signal at its default and none blocked, whatever Node has set, and with the descriptors of `stdio` alone.
 *
 * The handle's `ended` tells how it ended; it is reaped here, also when nobody asks. It outlives this process.
 *
 * @throws LibpodError ERR_COMMAND_NOT_FOUND, ERR_COMMAND_NOT_EXECUTABLE, ERR_NOT_FOUND (cwd, a cgroup), ERR_NOT_PRIVILEGED,
 *   ERR_INVALID_ARGUMENT; no process is left then
 */
export async function spawnProcess(options: SpawnProcessOptions): Promise<ProcessHandle> {
  check(options);
  const env = options.env ?? process.env;
  const { file, args = [], argv0 = file, stdio = ['ignore', 'ignore', 'ignore'] } = options;
  const { cgroups = [], namespaces = [] } = options;
  const v1 = cgroups.filter((directory) => existsSync(path.join(directory, 'tasks')));
  const [v2, ...more] = cgroups.filter((directory) => !v1.includes(directory));
  if (more.length > 0)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `a process is in one cgroup of version 2, not in ${v2} and ${more.join(', ')}`,
    );
  const cgroup = v2 === undefined ? -1 : openCgroup(v2);
  try {
    const answer = await addon.spawnProcess(
      candidates(file, env['PATH'] ?? DEFAULT_PATH),
      [argv0, ...args],
      Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      options.cwd ?? '',
      stdio.map((fd) => (fd === 'ignore' ? -1 : fd)),
      cgroup,
      v1.map((directory) => path.join(directory, 'tasks')),
      namespaces.flatMap((namespace) => [namespace.fd, NAMESPACE_FLAGS[namespace.type]]),
      options.session ?? false,
    );
    if (isFailure(answer)) throw failure(options, answer);
    return ProcessHandle.ofChild(answer.pid, answer.pidfd);
  } finally {
    if (cgroup >= 0) closeSync(cgroup);
  }
}

function openCgroup(directory: string): number {
  try {
    return openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw kernelError(`start a process in cgroup ${directory}`, error);
  }
}
