import { LibpodError } from '../base/errors.js';
import type { IoPriorityClass, MemoryPolicyMode, SchedulerPolicy } from '../oci/names.js';
import { numberListMask } from '../oci/number-list.js';
import type { LinuxMemoryPolicy, LinuxPersonality, Process } from '../oci/runtime-spec.js';
import type { ProgramBuilder } from './program.js';

/** SCHED_* of sched(7). */
const POLICIES: Readonly<Record<SchedulerPolicy, number>> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

/** SCHED_FLAG_* of sched_setattr(2). */
const SCHEDULER_FLAGS: Readonly<Record<string, bigint>> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01n,
  SCHED_FLAG_RECLAIM: 0x02n,
  SCHED_FLAG_DL_OVERRUN: 0x04n,
  SCHED_FLAG_KEEP_POLICY: 0x08n,
  SCHED_FLAG_KEEP_PARAMS: 0x10n,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20n,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40n,
};

/** IOPRIO_CLASS_* of ioprio_set(2), which stands above 13 bits of data. */
const IO_CLASSES: Readonly<Record<IoPriorityClass, number>> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};
const IO_CLASS_SHIFT = 13;

/** MPOL_* of set_mempolicy(2) (<linux/mempolicy.h>). */
const MEMORY_MODES: Readonly<Record<MemoryPolicyMode, number>> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};
const MEMORY_FLAGS: Readonly<Record<string, number>> = {
  MPOL_F_STATIC_NODES: 1 << 15,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_NUMA_BALANCING: 1 << 13,
};

/** PER_LINUX32 of personality(2); PER_LINUX is 0. */
const LINUX32 = 8n;

/** The mask of a list of numbers. @throws LibpodError ERR_SPEC_INVALID */
export function maskOf(field: string, list: string): Uint8Array {
  const mask = numberListMask(list);
  if (mask !== undefined) return mask;
  throw new LibpodError(
    'ERR_SPEC_INVALID',
    `${field} is ${JSON.stringify(list.slice(0, 80))}, but must be a list such as 0-3,7`,
  );
}

/** What of a specification belongs to every process of a container, exec sessions included. */
export interface SharedAttributes {
  readonly personality?: LinuxPersonality | undefined;
  readonly memoryPolicy?: LinuxMemoryPolicy | undefined;
}

function addScheduler(builder: ProgramBuilder, { scheduler }: Process): void {
  if (scheduler === undefined) return;
  const { policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0 } = scheduler;
  builder.add(
    'init',
    {
      op: 'scheduler',
      policy: POLICIES[policy],
      flags: flags.reduce((sum, flag) => sum | (SCHEDULER_FLAGS[flag] ?? 0n), 0n),
      nice: BigInt(nice),
      priority,
      runtime: BigInt(runtime),
      deadline: BigInt(deadline),
      period: BigInt(period),
    },
    `set the scheduling policy ${policy} (process.scheduler)`,
  );
}

function addMemoryPolicy(builder: ProgramBuilder, policy: LinuxMemoryPolicy | undefined): void {
  if (policy === undefined) return;
  const { mode, nodes = '', flags = [] } = policy;
  const bits = flags.reduce((sum, flag) => sum | (MEMORY_FLAGS[flag] ?? 0), MEMORY_MODES[mode]);
  const mask = nodes === '' ? new Uint8Array() : maskOf('linux.memoryPolicy.nodes', nodes);
  builder.add(
    'init',
    { op: 'memory-policy', mode: bits, nodes: mask },
    `set the memory policy ${mode} (linux.memoryPolicy)`,
  );
}

/** Labels of security modules, which hold from execve on. */
function addLabels(builder: ProgramBuilder, { apparmorProfile, selinuxLabel }: Process): void {
  if (apparmorProfile) {
    builder.add(
      'init',
      { op: 'exec-label', file: 'apparmor/exec', label: `exec ${apparmorProfile}` },
      `set process.apparmorProfile ${JSON.stringify(apparmorProfile)}`,
    );
  }
  if (selinuxLabel) {
    builder.add(
      'init',
      { op: 'exec-label', file: 'exec', label: selinuxLabel },
      `set process.selinuxLabel ${JSON.stringify(selinuxLabel)}`,
    );
  }
}

/** Adds what the kernel hands on through execve: it is set while root's capabilities are there. */
export function addAttributes(builder: ProgramBuilder, process: Process, shared: SharedAttributes): void {
  const { personality, memoryPolicy } = shared;
  if (personality !== undefined) {
    const persona = personality.domain === 'LINUX32' ? LINUX32 : 0n;
    builder.add(
      'init',
      { op: 'personality', persona },
      `set the execution domain ${personality.domain} (linux.personality)`,
    );
  }
  addMemoryPolicy(builder, memoryPolicy);
  addScheduler(builder, process);
  if (process.ioPriority !== undefined) {
    const { class: name, priority } = process.ioPriority;
    builder.add(
      'init',
      { op: 'io-priority', priority: (IO_CLASSES[name] << IO_CLASS_SHIFT) | priority },
      `set the I/O priority ${name} ${priority} (process.ioPriority)`,
    );
  }
  addLabels(builder, process);
}
