import type { SeccompAction, SeccompArchitecture, SeccompFlag, SeccompOperator } from './names.js';

/** A condition on one argument of a system call. */
export interface LinuxSeccompArg {
  /** Which argument, 0 to 5. */
  index: number;
  /** What it is compared with; for SCMP_CMP_MASKED_EQ the mask. */
  value: number;
  /** For SCMP_CMP_MASKED_EQ, what the masked argument must be. */
  valueTwo?: number | undefined;
  op: SeccompOperator;
}

/** What a filter answers to some system calls. */
export interface LinuxSyscall {
  /** At least one name; a name that the architecture lacks is skipped. */
  names: string[];
  action: SeccompAction;
  /** The errno of SCMP_ACT_ERRNO and the message of SCMP_ACT_TRACE; EPERM where it is absent. */
  errnoRet?: number | undefined;
  /** All of them must hold. */
  args?: LinuxSeccompArg[] | undefined;
}

/** A system call filter: config-linux.md, "Seccomp". */
export interface LinuxSeccomp {
  /** The answer to a system call that no entry names. */
  defaultAction: SeccompAction;
  /** The errno of a default SCMP_ACT_ERRNO; EPERM where it is absent. */
  defaultErrnoRet?: number | undefined;
  /** Architectures whose system calls are filtered; those of the others kill. */
  architectures?: SeccompArchitecture[] | undefined;
  flags?: SeccompFlag[] | undefined;
  /** The socket that is sent the descriptor of SCMP_ACT_NOTIFY. */
  listenerPath?: string | undefined;
  listenerMetadata?: string | undefined;
  syscalls?: LinuxSyscall[] | undefined;
}
