import { constants, statSync } from 'node:fs';
import { isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon, OPERATIONS } from '../../native/index.js';
import { Descriptor } from '../files/descriptor.js';
import { helperExecutable } from '../helper.js';
import { kernelError } from '../kernel-error.js';
import { checkNamespaceType, Namespace, NAMESPACE_FLAGS, type NamespaceType } from './namespace.js';
import type { ProcessHandle } from '../processes/handle.js';

/** A thread of a process with more than one cannot enter these (setns(2)): a process of the helper does. */
const BY_PROCESS = NAMESPACE_FLAGS.user | NAMESPACE_FLAGS.pid | NAMESPACE_FLAGS.time;

/** native/sys/operation.h */
const MOST_ENTRIES = 8;

/** Where a path begins. */
export interface PathOptions {
  /**
   * The descriptor of a directory: paths are resolved beneath it, and no symlink leads out. Without it they begin at the root
   * of the mount namespace that was entered, else at the host's.
   */
  readonly root?: number;
}

/** An entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly type:
    'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character device' | 'block device' | 'unknown';
}

/** The d_type of readdir(3). */
const ENTRY_TYPES: Readonly<Record<number, DirectoryEntry['type']>> = {
  1: 'fifo',
  2: 'character device',
  4: 'directory',
  6: 'block device',
  8: 'file',
  10: 'symlink',
  12: 'socket',
};

/** A mount of a new file system. */
export interface MountInsideRequest extends PathOptions {
  /** An existing path. */
  readonly target: string;
  /** A type of /proc/filesystems, such as `tmpfs` or `proc`. */
  readonly type: string;
  readonly source?: string;
  /** Options of the file system: `size=1m`, `hidepid=2`. */
  readonly options?: readonly string[];
  /** MOUNT_ATTR_* flags of mount_setattr(2). @defaultValue 0 */
  readonly attributes?: number;
}

/** A mount of what is at another path. */
export interface BindInsideRequest extends PathOptions {
  readonly target: string;
  readonly source: string;
  /** With the mounts beneath. @defaultValue false */
  readonly recursive?: boolean;
  /** MOUNT_ATTR_* flags to set. @defaultValue 0 */
  readonly attributes?: number;
}

/** A socket to make (socket(2)). */
export interface SocketRequest {
  /** AF_*: 1 unix, 2 inet, 10 inet6, 16 netlink, 17 packet. */
  readonly domain: number;
  /** SOCK_*: 1 stream, 2 datagram, 3 raw; SOCK_NONBLOCK 0o4000 may be added. */
  readonly type: number;
  /** @defaultValue 0 */
  readonly protocol?: number;
}

/** What unshare(2) is asked for beside the type; Namespace makers fill it (create.ts). */
export interface UnshareRequest {
  readonly type: NamespaceType;
  /** MS_* flags of the new mount namespace, 0 to leave it as it is. */
  readonly propagation: number;
  /** The text for timens_offsets, '' for none. */
  readonly clockOffsets: string;
}

type Answer = Exclude<Awaited<ReturnType<typeof addon.operate>>, { readonly errno: number }>;

/**
 * Operations inside namespaces. Each call is a thread of its own, or for user, PID and time namespaces a process of the
 * helper, that enters them all, does this one thing, and ends: no thread of this process is ever left in another namespace,
 * and nothing from inside is executed or loaded. A call waits for as long as the operation does: a file of a FUSE server
 * that does not answer holds that thread, and no other.
 *
 * Paths may be hostile where the mount namespace is: they are resolved beneath its root by openat2(2), RESOLVE_IN_ROOT, and
 * magic links of /proc are refused.
 *
 * All of them throw LibpodError: ERR_NOT_PRIVILEGED, ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY, ERR_NO_SUCH_PROCESS if the process
 * to be entered is gone, ERR_INVALID_ARGUMENT, or ERR_SYSTEM, with errno and system call.
 */
export class Inside {
  readonly #what: string;
  readonly #types: number;
  readonly #entries: () => number[];

  private constructor(what: string, types: number, entries: () => number[]) {
    this.#what = what;
    this.#types = types;
    this.#entries = entries;
  }

  /** @see inside */
  static of(namespaces: readonly Namespace[]): Inside {
    if (
      namespaces.length > MOST_ENTRIES ||
      new Set(namespaces.map(({ type }) => type)).size < namespaces.length
    )
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `give one namespace of each type to enter, not ${namespaces.join(', ')}`,
      );
    const ordered = inOrder(namespaces.filter((namespace) => !isOwnUser(namespace)));
    return new Inside(
      ordered.length === 0 ? '' : ` inside ${ordered.join(', ')}`,
      ordered.reduce((types, { type }) => types | NAMESPACE_FLAGS[type], 0),
      () => ordered.flatMap(({ fd, type }) => [fd, NAMESPACE_FLAGS[type]]),
    );
  }

  /** @see insideProcess */
  static ofProcess(process: ProcessHandle, types: readonly NamespaceType[]): Inside {
    for (const type of types) checkNamespaceType(type);
    if (types.length === 0)
      throw new LibpodError('ERR_INVALID_ARGUMENT', 'give at least one type of namespace to enter');
    let flags = types.reduce((all, type) => all | NAMESPACE_FLAGS[type], 0);
    if ((flags & NAMESPACE_FLAGS.user) !== 0) {
      using user = Namespace.ofProcess(process, 'user');
      if (isOwnUser(user)) flags &= ~NAMESPACE_FLAGS.user;
    }
    const what = ` inside the ${types.join(', ')} namespaces of process ${process.pid}`;
    return new Inside(what, flags, () => (flags === 0 ? [] : [process.fd, flags]));
  }

  /**
   * Opens a file.
   *
   * @param flags of open(2); opening a FIFO waits for the other side without O_NONBLOCK
   * @param options with the mode of a file that O_CREAT makes, 0o666 less the umask unless given
   * @returns a descriptor, which the caller closes; it works outside of the namespaces
   */
  async open(
    path: string,
    flags: number = constants.O_RDONLY,
    options: PathOptions & { readonly mode?: number } = {},
  ): Promise<number> {
    const creates = (flags & constants.O_CREAT) !== 0;
    const mode = creates ? (options.mode ?? 0o666) : 0;
    return (await this.#operate(`open ${path}`, 'open', [flags, mode], [path], options.root)).fd;
  }

  /** Reads a regular file of less than 1 MiB; one of /proc and /sys too, which shows what it shows inside. */
  async readFile(path: string, options: PathOptions = {}): Promise<Buffer> {
    return (await this.#operate(`read ${path}`, 'read', [], [path], options.root)).data;
  }

  /** Lists a directory, without `.` and `..`, in no order; the names take less than 1 MiB. */
  async readDirectory(path: string, options: PathOptions = {}): Promise<DirectoryEntry[]> {
    const { data } = await this.#operate(`list ${path}`, 'list', [], [path], options.root);
    const entries: DirectoryEntry[] = [];
    for (let at = 0; at < data.length;) {
      const end = data.indexOf(0, at + 1);
      entries.push({
        name: data.toString('utf8', at + 1, end),
        type: ENTRY_TYPES[data[at] ?? 0] ?? 'unknown',
      });
      at = end + 1;
    }
    return entries;
  }

  /** Mounts a new file system over an existing path (fsopen(2), fsmount(2), move_mount(2)). */
  async mount(request: MountInsideRequest): Promise<void> {
    const { target, type, source = '', options = [], attributes = 0 } = request;
    const texts = [target, type, source, options.map((option) => `${checked(option)}\0`).join('')];
    await this.#operate(`mount ${type} at ${target}`, 'mount', [attributes], texts, request.root);
  }

  /** Mounts what is at one path over another one (open_tree(2), OPEN_TREE_CLONE). */
  async bind(request: BindInsideRequest): Promise<void> {
    const { target, source, recursive = false, attributes = 0 } = request;
    const numbers = [recursive ? 1 : 0, attributes];
    await this.#operate(`bind ${source} to ${target}`, 'bind', numbers, [target, source], request.root);
  }

  /**
   * Copies a mount, attached nowhere, to be used or attached outside (open_tree(2), OPEN_TREE_CLONE).
   *
   * @param options with `recursive` the mounts beneath it too
   * @returns a descriptor, which the caller owns
   */
  async cloneMount(
    path: string,
    options: PathOptions & { readonly recursive?: boolean } = {},
  ): Promise<Descriptor> {
    const numbers = [options.recursive === true ? 1 : 0];
    const answer = await this.#operate(`copy the mount ${path}`, 'cloneTree', numbers, [path], options.root);
    return new Descriptor(answer.fd);
  }

  /** Unmounts what is mounted last at a path, which is no symlink; `detach` does so also while it is in use (umount2(2)). */
  async unmount(path: string, options: PathOptions & { readonly detach?: boolean } = {}): Promise<void> {
    const MNT_DETACH = 2;
    const flags = options.detach === true ? MNT_DETACH : 0;
    await this.#operate(`unmount ${path}`, 'umount', [flags], [path.replace(/(?<=.)\/+$/, '')], options.root);
  }

  /** Sets the host name of the UTS namespace, of at most 64 bytes (sethostname(2)). */
  async setHostname(name: string): Promise<void> {
    await this.#operate(`set the host name to ${JSON.stringify(name)}`, 'setHostname', [], [name]);
  }

  /** The host name of the UTS namespace (uname(2)). */
  async hostname(): Promise<string> {
    return (await this.#operate('read the host name', 'hostname', [], [])).data.toString();
  }

  /** Makes a socket, which belongs to the network namespace for ever. Answers its descriptor, which the caller closes. */
  async socket(request: SocketRequest): Promise<number> {
    const { domain, type, protocol = 0 } = request;
    return (await this.#operate('make a socket', 'socket', [domain, type, protocol], [])).fd;
  }

  /** A clock as the time namespace shows it, in nanoseconds (clock_gettime(2), time_namespaces(7)). */
  async clock(clock: 'monotonic' | 'boottime'): Promise<bigint> {
    const CLOCKS = { monotonic: 1, boottime: 7 };
    if (!Object.hasOwn(CLOCKS, clock))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `the clock must be monotonic or boottime, not ${JSON.stringify(clock)}`,
      );
    return (await this.#operate(`read the ${clock} clock`, 'clock', [CLOCKS[clock]], [])).number;
  }

  /** Makes a namespace by unshare(2): createNamespace is the door to this. */
  async unshare({ type, propagation, clockOffsets }: UnshareRequest): Promise<Namespace> {
    const numbers = [NAMESPACE_FLAGS[type], propagation];
    const answer = await this.#operate(`make a ${type} namespace`, 'unshare', numbers, [clockOffsets]);
    return Namespace.adopt(answer.fd);
  }

  async #operate(
    what: string,
    kind: keyof typeof OPERATIONS,
    numbers: readonly number[],
    texts: readonly string[],
    root = -1,
  ): Promise<Answer> {
    // The options of a mount are separated by NUL on purpose.
    for (const text of kind === 'mount' ? texts.slice(0, 3) : texts) checked(text);
    for (const number of [...numbers, root])
      if (!Number.isSafeInteger(number))
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `cannot ${what}: ${JSON.stringify(number)} is no whole number`,
        );
    const helper = (this.#types & BY_PROCESS) === 0 ? -1 : helperExecutable();
    const answer = await addon.operate(helper, OPERATIONS[kind], this.#entries(), root, numbers, texts);
    if (isFailure(answer)) throw kernelError(`${what}${this.#what}`, answer);
    return answer;
  }
}

function checked(text: string): string {
  if (typeof text === 'string' && !text.includes('\0')) return text;
  throw new LibpodError('ERR_INVALID_ARGUMENT', `${JSON.stringify(text)} is no text without a NUL byte`);
}

/** Whoever is in a user namespace cannot enter it again (setns(2), EINVAL), and need not. */
function isOwnUser(namespace: Namespace): boolean {
  if (namespace.type !== 'user') return false;
  const { dev, ino } = statSync('/proc/self/ns/user');
  return namespace.equals({ device: dev, inode: ino });
}

/**
 * With a user namespace go the privileges over all that it does not own: root enters it last. Anybody else has no
 * privileges but those inside it, and enters it first.
 */
function inOrder(namespaces: readonly Namespace[]): Namespace[] {
  const users = namespaces.filter(({ type }) => type === 'user');
  const others = namespaces.filter(({ type }) => type !== 'user');
  return process.geteuid?.() === 0 ? [...others, ...users] : [...users, ...others];
}

/**
 * The operations that can be done inside some namespaces, at most one of each type. Those that are not given stay this
 * process's own. The namespaces must not be disposed before the last call is made; a call under way holds them by itself.
 *
 *     using net = Namespace.ofProcess(pid, 'net');
 *     const socket = await inside(net).socket({ domain: 2, type: 1 });
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function inside(...namespaces: readonly Namespace[]): Inside {
  return Inside.of(namespaces);
}

/**
 * The same inside several namespaces of one process at once, through its pidfd (setns(2), Linux 5.8). The handle must not be
 * disposed before the last call is made.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_PROCESS, ERR_NOT_PRIVILEGED
 */
export function insideProcess(process: ProcessHandle, types: readonly NamespaceType[]): Inside {
  return Inside.ofProcess(process, types);
}
