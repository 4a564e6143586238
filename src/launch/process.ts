import { DEFAULT_PATH } from '../base/default-path.js';
import { LibpodError } from '../base/errors.js';
import { CAPABILITIES, type CapabilityName } from '../base/capabilities.js';
import type { LinuxSeccomp, Process, RuntimeSpec } from '../oci/runtime-spec.js';
import { sysctlPath } from '../oci/sysctl.js';
import { addAttributes, type SharedAttributes } from './attributes.js';
import { addHooks } from './hooks.js';
import { addNetlink } from './netlink.js';
import { listenerPath, processState, type ListenedContainer } from './seccomp-listener.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

/** The numbers of getrlimit(2). */
export const RLIMITS: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** SECCOMP_FILTER_FLAG_* of seccomp(2). */
const SECCOMP_FLAGS: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
};

const SIGKILL = 9;

/** The set of capabilities as bits. */
export function capabilityMask(names: readonly string[] | undefined): bigint {
  let mask = 0n;
  for (const name of names ?? []) mask |= 1n << BigInt(CAPABILITIES[name as CapabilityName]);
  return mask;
}

/** A limit of the specification as 64 bits; JSON readers round RLIM_INFINITY up, past the largest value. */
export function limit(value: number): bigint {
  const wide = value < 0 ? RLIM_INFINITY : BigInt(value);
  return wide > RLIM_INFINITY ? RLIM_INFINITY : wide;
}

function addSeccomp(
  builder: ProgramBuilder,
  seccomp: LinuxSeccomp | undefined,
  filter: Uint8Array | undefined,
  listened: ListenedContainer | undefined,
): void {
  if (seccomp === undefined) return;
  if (filter === undefined) throw new LibpodError('ERR_LAUNCH', 'the seccomp filter was not compiled');
  const flags = (seccomp.flags ?? []).reduce((sum, name) => sum | (SECCOMP_FLAGS[name] ?? 0), 0);
  if (listenerPath(seccomp) === undefined) {
    builder.add('init', { op: 'seccomp', flags, filter }, 'install the seccomp filter');
    return;
  }
  if (listened === undefined)
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'nothing can be executed in a container whose seccomp filter has a listener (SCMP_ACT_NOTIFY): it hears of the first process alone',
    );
  // The kernel refuses both together, and the process is one thread.
  const alone = flags & ~(SECCOMP_FLAGS['SECCOMP_FILTER_FLAG_TSYNC'] ?? 0);
  const notify = { op: 'seccomp-notify', flags: alone, filter, ...processState(seccomp, listened) } as const;
  builder.add('init', notify, 'install the seccomp filter and hand its listener over');
}

function addSysctls(builder: ProgramBuilder, spec: RuntimeSpec): void {
  for (const [key, value] of Object.entries(spec.linux?.sysctl ?? {})) {
    const path = sysctlPath(key);
    if (path === undefined)
      throw new LibpodError('ERR_SPEC_INVALID', `sysctl ${JSON.stringify(key)} is no kernel parameter`);
    builder.add('init', { op: 'sysctl', path, value }, `set sysctl ${key} to ${JSON.stringify(value)}`);
  }
}

function searchPath(process: Process): string[] {
  const variable = process.env?.findLast((entry) => entry.startsWith('PATH='));
  // An empty element of PATH means the working directory.
  return (variable?.slice('PATH='.length) || DEFAULT_PATH).split(':').map((part) => part || '.');
}

/**
 * The sections `init`, `gate` and `exec`: what the child does to itself after pivot_root. The order is a chain of needs:
 * sysctls, limits and the bounding set need privileges and come before the user; the filter comes before the
 * capabilities go unless no_new_privs allows it last (then it has the least to let through); the parent-death signal
 * comes after the credentials, whose change clears it (prctl(2)); the program is looked up as the user who runs it.
 */
export function compileProcess(builder: ProgramBuilder, request: LaunchRequest): void {
  const { spec } = request;
  const { process } = spec;
  const terminal = process.terminal === true ? 1 : 0;
  builder.add('init', { op: 'session', terminal }, 'start a session');
  if (spec.hostname !== undefined)
    builder.add('init', { op: 'hostname', name: spec.hostname }, `set the host name ${spec.hostname}`);
  if (spec.domainname !== undefined)
    builder.add(
      'init',
      { op: 'domainname', name: spec.domainname },
      `set the domain name ${spec.domainname}`,
    );
  const network = spec.linux?.namespaces?.find(({ type }) => type === 'network');
  const joined = request.joined.some(({ type }) => type === 'network');
  if (network !== undefined && !network.path && !joined)
    builder.add('init', { op: 'loopback-up' }, 'bring the loopback interface up');
  for (const step of request.network?.inside ?? []) addNetlink(builder, 'init', step);
  addSysctls(builder, spec);
  compileConfinement(builder, {
    process,
    gate: true,
    atStart: () => addHooks(builder, request, 'startContainer'),
    pause: request.pause,
    shared: spec.linux ?? {},
    outlives: request.gate !== undefined,
    keepKeyring: request.keepKeyring,
    seccomp: spec.linux?.seccomp,
    seccompFilter: request.seccompFilter,
    listened: {
      id: request.id ?? request.events?.id ?? '',
      bundle: request.bundle ?? '',
      annotations: spec.annotations,
    },
  });
}

/** A process to be confined. */
interface Confinement {
  readonly process: Process;
  /** Whether it is a container's, which makes a missing working directory and waits to be started. */
  readonly gate: boolean;
  /** Adds what is done between the start and the program. */
  readonly atStart?: (() => void) | undefined;
  /** Whether its program is a pause of this engine. */
  readonly pause?: boolean | undefined;
  readonly shared: SharedAttributes;
  /** Whether it goes on when the process that launched it has gone. */
  readonly outlives?: boolean | undefined;
  /** Whether it keeps the session keyring of whoever launches it. */
  readonly keepKeyring?: boolean | undefined;
  readonly seccomp: LinuxSeccomp | undefined;
  readonly seccompFilter: Uint8Array | undefined;
  /** What a listener of the filter is told that it listens to; absent where none can be given one. */
  readonly listened?: ListenedContainer | undefined;
}

/** From the working directory to the program: the same for a container and for an exec session, but for the gate. */
export function compileConfinement(
  builder: ProgramBuilder,
  {
    process,
    gate,
    atStart,
    pause = false,
    outlives = false,
    keepKeyring = false,
    shared,
    seccomp,
    seccompFilter,
    listened,
  }: Confinement,
): void {
  // Before the credentials go, as the directory may be one that only root may enter or make; and before the limits, as a low
  // one of open files is meant for the program and leaves no room for ours.
  builder.add(
    'init',
    { op: 'working-directory', path: process.cwd, make: gate ? 1 : 0 },
    `enter the working directory ${process.cwd}`,
  );
  for (const { type, soft, hard } of process.rlimits ?? []) {
    const resource = RLIMITS[type];
    if (resource === undefined) throw new LibpodError('ERR_SPEC_INVALID', `unknown resource limit ${type}`);
    builder.add(
      'init',
      { op: 'rlimit', resource, soft: limit(soft), hard: limit(hard), clamp: 0 },
      `set ${type} to ${soft}:${hard}`,
    );
  }
  addAttributes(builder, process, shared);
  if (!keepKeyring) builder.add('init', { op: 'keyring', name: 'libpod' }, 'join a new session keyring');
  // A specification without capabilities grants none.
  const { bounding, effective, permitted, inheritable, ambient } = process.capabilities ?? {};
  builder.add('init', { op: 'bounding', capabilities: capabilityMask(bounding) }, 'drop capabilities');
  const late = process.noNewPrivileges === true;
  if (!late) addSeccomp(builder, seccomp, seccompFilter, listened);
  const { uid, gid } = process.user;
  builder.add(
    'init',
    { op: 'user', uid, gid, groups: process.user.additionalGids ?? [] },
    `become user ${uid}:${gid}`,
  );
  builder.add(
    'init',
    {
      op: 'capabilities',
      effective: capabilityMask(effective),
      permitted: capabilityMask(permitted),
      inheritable: capabilityMask(inheritable),
      // The kernel has only those ambient that are inheritable and permitted (capabilities(7)); "runc spec" and "crun spec"
      // ask for more, and both tools pass over what cannot be.
      ambient: capabilityMask(ambient) & capabilityMask(inheritable) & capabilityMask(permitted),
    },
    'set capabilities',
  );
  if (!outlives) builder.add('init', { op: 'death-signal', signal: SIGKILL }, 'set the parent-death signal');
  if (late) {
    builder.add('init', { op: 'no-new-privileges' }, 'set no_new_privs');
    addSeccomp(builder, seccomp, seccompFilter, listened);
  }
  builder.add('init', { op: 'umask', mask: process.user.umask ?? 0o022 }, 'set the umask');
  if (pause) {
    builder.add('gate', { op: 'await-start' });
    atStart?.();
    builder.add('exec', { op: 'pause' }, 'pause');
    return;
  }
  const [name = ''] = process.args;
  builder.add(
    'init',
    { op: 'find-executable', name, search: name.includes('/') ? [] : searchPath(process) },
    `find command ${JSON.stringify(name)}`,
  );
  if (gate) builder.add('gate', { op: 'await-start' });
  atStart?.();
  builder.add(
    'exec',
    { op: 'exec', arguments: process.args, environment: process.env ?? [] },
    `execute ${JSON.stringify(name)}`,
  );
}
