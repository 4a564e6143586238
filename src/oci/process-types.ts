import type { IoPriorityClass, RlimitType, SchedulerFlag, SchedulerPolicy } from './names.js';

/** The size of a terminal in characters. */
export interface ConsoleSize {
  height: number;
  width: number;
}

/** Who a process is: numbers of the container's user namespace, 0 to 4294967294. */
export interface User {
  uid: number;
  gid: number;
  /** The file mode creation mask: umask(2). */
  umask?: number | undefined;
  additionalGids?: number[] | undefined;
  /** Informative; on Linux no runtime looks it up. */
  username?: string | undefined;
}

/** Sets of capabilities(7), each a list of names such as `CAP_CHOWN`. */
export interface LinuxCapabilities {
  effective?: string[] | undefined;
  bounding?: string[] | undefined;
  inheritable?: string[] | undefined;
  permitted?: string[] | undefined;
  ambient?: string[] | undefined;
}

/** A limit of getrlimit(2); RLIM_INFINITY of names.ts is none. */
export interface PosixRlimit {
  type: RlimitType;
  soft: number;
  hard: number;
}

/** How a process is scheduled: sched_setattr(2). Times in nanoseconds. */
export interface Scheduler {
  policy: SchedulerPolicy;
  nice?: number | undefined;
  priority?: number | undefined;
  flags?: SchedulerFlag[] | undefined;
  runtime?: number | undefined;
  deadline?: number | undefined;
  period?: number | undefined;
}

/** The priority of a process in queues of disks: ioprio_set(2). */
export interface LinuxIOPriority {
  class: IoPriorityClass;
  /** 0, the highest, to 7. */
  priority: number;
}

/** The CPUs on which an exec session begins and continues. */
export interface CPUAffinity {
  initial?: string | undefined;
  final?: string | undefined;
}

/** A process of a container: config.md, "Process". */
export interface Process {
  terminal?: boolean | undefined;
  consoleSize?: ConsoleSize | undefined;
  user: User;
  /** The program and its arguments: at least the program. */
  args: string[];
  /** Entries `NAME=value`. */
  env?: string[] | undefined;
  /** Absolute, inside the container. */
  cwd: string;
  capabilities?: LinuxCapabilities | undefined;
  rlimits?: PosixRlimit[] | undefined;
  noNewPrivileges?: boolean | undefined;
  apparmorProfile?: string | undefined;
  /** -1000 to 1000. */
  oomScoreAdj?: number | undefined;
  scheduler?: Scheduler | undefined;
  selinuxLabel?: string | undefined;
  ioPriority?: LinuxIOPriority | undefined;
  execCPUAffinity?: CPUAffinity | undefined;
}
