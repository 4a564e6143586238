import { closeSync, openSync, writeFileSync } from 'node:fs';
import { isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon, type RawHolder } from '../../native/index.js';
import { helperExecutable } from '../helper.js';
import { checkIdMap, formatIdMap, type IdMapping } from './id-map.js';
import { inside } from './inside.js';
import { kernelError } from '../kernel-error.js';
import { checkNamespaceType, Namespace, NAMESPACE_FLAGS, type NamespaceType } from './namespace.js';
import { ProcessHandle } from '../processes/handle.js';

/** MS_REC | MS_PRIVATE and the like (mount(2)). */
const PROPAGATION = { private: 0x4_4000, slave: 0x8_4000, shared: 0x10_4000, unchanged: 0 } as const;

/** What a new namespace is to be; each option belongs to some types, and is refused for others. */
export interface CreateNamespaceOptions {
  /** cgroup, ipc, mnt, net, time, uts: the user namespace that is to own it. This process's own unless given. */
  readonly owner?: Namespace;
  /**
   * mnt: what becomes of mounts that are made later on either side, recursively (mount_namespaces(7)).
   *
   * @defaultValue 'private', as unshare(1)
   */
  readonly propagation?: keyof typeof PROPAGATION;
  /** user: its IDs; none are mapped unless given, and the maps cannot be changed later. */
  readonly uidMap?: readonly IdMapping[];
  readonly gidMap?: readonly IdMapping[];
  /** time: how far its clocks are ahead of this process's, in nanoseconds; negative behind (time_namespaces(7)). */
  readonly clockOffsets?: { readonly monotonic?: bigint; readonly boottime?: bigint };
}

const OPTIONS_OF: Readonly<Record<NamespaceType, readonly (keyof CreateNamespaceOptions)[]>> = {
  cgroup: ['owner'],
  ipc: ['owner'],
  mnt: ['owner', 'propagation'],
  net: ['owner'],
  pid: [],
  time: ['owner', 'clockOffsets'],
  user: ['uidMap', 'gidMap'],
  uts: ['owner'],
};

function check(type: NamespaceType, options: CreateNamespaceOptions): void {
  checkNamespaceType(type);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !OPTIONS_OF[type].includes(name as keyof CreateNamespaceOptions))
      throw new LibpodError('ERR_INVALID_ARGUMENT', `a ${type} namespace has no option ${name}`);
  }
  if (options.owner !== undefined && options.owner.type !== 'user')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${options.owner.toString()} owns no namespaces: give a user namespace`,
    );
  for (const name of ['uidMap', 'gidMap'] as const)
    if (options[name] !== undefined) checkIdMap(`the option ${name}`, options[name]);
  if (options.propagation !== undefined && !Object.hasOwn(PROPAGATION, options.propagation))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `propagation must be one of ${Object.keys(PROPAGATION).join(', ')}`,
    );
}

/** Lines `clock seconds nanoseconds`, the nanoseconds never negative (time_namespaces(7)). */
export function formatClockOffsets(offsets: CreateNamespaceOptions['clockOffsets'] = {}): string {
  const SECOND = 1_000_000_000n;
  return Object.entries(offsets)
    .map(([clock, offset]) => {
      const nanoseconds = ((offset % SECOND) + SECOND) % SECOND;
      return `${clock} ${(offset - nanoseconds) / SECOND} ${nanoseconds}\n`;
    })
    .join('');
}

/** A process of the helper in new namespaces, which ends with `release`. */
async function hold(
  type: 'pid' | 'user',
): Promise<{ holder: RawHolder; handle: ProcessHandle; release: () => void }> {
  const holder = await addon.holdNamespaces(helperExecutable(), NAMESPACE_FLAGS[type]);
  if (isFailure(holder)) throw kernelError(`make a ${type} namespace`, holder);
  // Reaps it when it has ended.
  const handle = ProcessHandle.ofChild(holder.pid, holder.pidfd);
  const release = (): void => {
    closeSync(holder.socket);
    handle[Symbol.dispose]();
  };
  return { holder, handle, release };
}

/** The first process of a PID namespace is its life: it is ours, and goes when the namespace is disposed. */
async function createPid(): Promise<Namespace> {
  const { holder, release } = await hold('pid');
  let fd: number;
  try {
    fd = openSync(`/proc/${holder.pid}/ns/pid`, 'r');
  } catch (error) {
    release();
    throw kernelError('make a pid namespace', error);
  }
  return Namespace.adopt(fd, release);
}

/** Maps are written from outside, by whoever has the IDs; the process is needed no longer than that. */
async function createUser({ uidMap = [], gidMap = [] }: CreateNamespaceOptions): Promise<Namespace> {
  const maps = { uid_map: formatIdMap(uidMap), gid_map: formatIdMap(gidMap) };
  const { holder, handle, release } = await hold('user');
  try {
    for (const [file, text] of Object.entries(maps)) {
      if (text !== '') writeFileSync(`/proc/${holder.pid}/${file}`, text);
    }
    return Namespace.adopt(openSync(`/proc/${holder.pid}/ns/user`, 'r'));
  } catch (error) {
    throw kernelError('make a user namespace with these ID maps', error);
  } finally {
    release();
    await handle.ended();
  }
}

/**
 * Makes a namespace and holds it, without entering it: this process stays where it is. It lives for as long as somebody
 * holds it, is in it, or has it mounted. A PID namespace lives for as long as its first process, which is made with it and
 * ends, with all others inside, when the namespace is disposed.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NOT_PRIVILEGED; ERR_NO_SPACE at the limit of /proc/sys/user
 */
export async function createNamespace(
  type: NamespaceType,
  options: CreateNamespaceOptions = {},
): Promise<Namespace> {
  check(type, options);
  if (type === 'pid') return createPid();
  if (type === 'user') return createUser(options);
  const place = options.owner === undefined ? inside() : inside(options.owner);
  return place.unshare({
    type,
    propagation: type === 'mnt' ? PROPAGATION[options.propagation ?? 'private'] : 0,
    clockOffsets: formatClockOffsets(options.clockOffsets),
  });
}
