import { codeOfErrno, describeErrno, errnoName } from '../base/errno.js';
import { LibpodError, type ErrorCode } from '../base/errors.js';
import { SECTIONS, type Instruction } from './instructions.js';
import type { LaunchProgram } from './program.js';
import { runtimeFailure } from './runtime-failure.js';

/** A monitor's report that an instruction failed. */
export interface LaunchFailure {
  /** The number of the section, in the order of SECTIONS. */
  readonly section: number;
  readonly index: number;
  readonly stage: string;
  readonly errno: number;
  /** The kernel's own words, or ''. */
  readonly detail: string;
}

/** Errnos of execve(2) and of the look-up that mean "it is there, but cannot run". */
const NOT_EXECUTABLE = new Set(['EACCES', 'EPERM', 'ENOEXEC', 'EISDIR', 'ELIBBAD', 'EINVAL']);

/** What is done under the container's filter and limits by a process that is born late: compileSession. */
const LATE: ReadonlySet<string> = new Set(['session-clone', 'session', 'death-signal']);

/** CLONE_NEWUSER and CLONE_NEWPID: for these setns(2) has other reasons, too, to answer EINVAL. */
const JUDGED_NAMESPACES: readonly number[] = [0x10000000, 0x20000000];

/** netlink(7). */
const NETLINK_NETFILTER = 12;

/** The security module for want of which the kernel refuses a label. */
function missingModule(instruction: Instruction, errno: string): string | undefined {
  if (errno !== 'ENOENT' && errno !== 'EINVAL') return undefined;
  if (instruction.op === 'exec-label') return instruction.file === 'exec' ? 'SELinux' : 'AppArmor';
  const labelled =
    (instruction.op === 'mount' || instruction.op === 'root-overlay') &&
    instruction.options.some((option) => option.startsWith('context='));
  return labelled && errno === 'EINVAL' ? 'SELinux' : undefined;
}

/** Turns a failed instruction into a sentence that names what the user asked for. */
export function explainFailure(
  program: LaunchProgram,
  failure: LaunchFailure,
  containerId: string,
): LibpodError {
  const section = SECTIONS[failure.section];
  const step = section === undefined ? undefined : program[section][failure.index];
  const answer = describeErrno(failure);
  const options = { errno: failure.errno, syscall: failure.stage, containerId };
  if (step === undefined) return new LibpodError('ERR_LAUNCH', `the launch failed: ${answer}`, options);
  const { instruction, origin } = step;
  const errno = errnoName(failure.errno);
  if (instruction.op === 'find-executable') {
    const name = JSON.stringify(instruction.name);
    if (NOT_EXECUTABLE.has(errno)) {
      return new LibpodError(
        'ERR_COMMAND_NOT_EXECUTABLE',
        `command ${name} cannot be executed: ${answer}`,
        options,
      );
    }
    const where = instruction.name.includes('/') ? 'in the container' : "in the container's $PATH";
    return new LibpodError(
      'ERR_COMMAND_NOT_FOUND',
      `command ${name} was not found ${where}: ${answer}`,
      options,
    );
  }
  if (instruction.op === 'hook') {
    // Its own words, on one line.
    const how =
      failure.detail === '' ? answer : failure.detail.trim().replace(/[^\x20-\x7e\xa0-\uffff]+/g, ' ');
    return new LibpodError('ERR_HOOK', `cannot ${origin}: ${how}`, options);
  }
  if (instruction.op === 'runtime-create' || instruction.op === 'runtime-run')
    return runtimeFailure(instruction, origin, failure, containerId);
  const module = missingModule(instruction, errno);
  if (module !== undefined) {
    const message = `cannot ${origin}: this kernel runs without ${module}, or has no such label: ${answer}; leave the label out`;
    return new LibpodError('ERR_UNSUPPORTED', message, options);
  }
  if (instruction.op === 'exec') {
    const name = JSON.stringify(instruction.arguments[0]);
    if (errno === 'ENOENT') {
      const message = `command ${name} cannot be executed: its interpreter or dynamic linker is missing in the container: ${answer}`;
      return new LibpodError('ERR_COMMAND_NOT_FOUND', message, options);
    }
    const code: ErrorCode = NOT_EXECUTABLE.has(errno) ? 'ERR_COMMAND_NOT_EXECUTABLE' : 'ERR_LAUNCH';
    return new LibpodError(code, `command ${name} cannot be executed: ${answer}`, options);
  }
  const [birth] = program.clone;
  const late = birth?.instruction.op === 'session-clone' && birth.instruction.late !== 0;
  if (late && LATE.has(instruction.op)) {
    const why =
      errno === 'EAGAIN'
        ? 'the container, or its user, has as many processes as it may'
        : "the container's own seccomp filter has to allow clone(2), setsid(2) and prctl(2) for that";
    const message = `cannot ${origin}: ${answer}; as CAP_SYS_PTRACE is there, a command is confined before it enters the PID namespace, and ${why}`;
    return new LibpodError(codeOfErrno(failure.errno, 'ERR_LAUNCH'), message, options);
  }
  if (instruction.op === 'clone' && errno === 'EPERM') {
    const message = `cannot make the container's namespaces: ${answer}; this process lacks CAP_SYS_ADMIN`;
    return new LibpodError('ERR_NOT_PRIVILEGED', message, options);
  }
  const joins = instruction.op === 'namespace-join' || instruction.op === 'intermediate-join';
  if (
    joins &&
    failure.stage === 'setns' &&
    errno === 'EINVAL' &&
    !JUDGED_NAMESPACES.includes(instruction.type)
  ) {
    const message = `cannot ${origin}: that file is none: ${answer}`;
    return new LibpodError('ERR_NO_SUCH_NAMESPACE', message, options);
  }
  if (instruction.op === 'exclusive' && errno === 'EAGAIN') {
    const message = 'cannot start the container: another start of it was under way already';
    return new LibpodError('ERR_INVALID_STATE', message, options);
  }
  if (
    instruction.op === 'cgroup-write' &&
    /\/cpuset\.(cpus|mems)$/.test(instruction.path) &&
    (errno === 'ERANGE' || errno === 'EINVAL' || errno === 'EACCES')
  ) {
    const message = `cannot ${origin}: not all of them are there, on this machine or for the cgroups above: ${answer}`;
    return new LibpodError(codeOfErrno(failure.errno, 'ERR_LAUNCH'), message, options);
  }
  if (instruction.op === 'netlink' && errno === 'EEXIST' && instruction.protocol === NETLINK_NETFILTER) {
    const message = `cannot ${origin}: another container has published a port of these`;
    return new LibpodError('ERR_ADDRESS_IN_USE', message, options);
  }
  if (instruction.op === 'hold-port' && errno === 'EADDRINUSE') {
    const message = `cannot ${origin}: a program of the host has that port`;
    return new LibpodError('ERR_ADDRESS_IN_USE', message, options);
  }
  if (instruction.op === 'hold-port' && errno === 'EADDRNOTAVAIL') {
    const message = `cannot ${origin}: the host has no such address`;
    return new LibpodError('ERR_ADDRESS_IN_USE', message, options);
  }
  if (instruction.op === 'netlink' && errno === 'ENOTSUP') {
    const message = `cannot ${origin}: the kernel has no interfaces of this kind: load its module`;
    return new LibpodError('ERR_UNSUPPORTED', message, options);
  }
  if ((instruction.op === 'mask' || instruction.op === 'read-only') && errno === 'EXDEV') {
    const message = `cannot ${origin}: another process changes the root meanwhile, so what was mounted is no more at its place; give the container a root of its own (overlay)`;
    return new LibpodError('ERR_LAUNCH', message, options);
  }
  const words = failure.detail === '' ? '' : `; the kernel says: ${failure.detail}`;
  // fsopen answers ENODEV for a file system that the kernel does not have.
  const absent = failure.stage === 'fsopen' && errno === 'ENODEV';
  const code = absent ? 'ERR_UNSUPPORTED' : codeOfErrno(failure.errno, 'ERR_LAUNCH');
  return new LibpodError(code, `cannot ${origin}: ${answer}${words}`, options);
}
