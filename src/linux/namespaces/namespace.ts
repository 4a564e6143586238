import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { errnoName, isFailure } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { kernelError } from '../kernel-error.js';
import { ProcessHandle } from '../processes/handle.js';

/** The types of namespaces(7), by their names in /proc/PID/ns, with the flags of clone(2). */
export const NAMESPACE_FLAGS = {
  cgroup: 0x0200_0000,
  ipc: 0x0800_0000,
  mnt: 0x0002_0000,
  net: 0x4000_0000,
  pid: 0x2000_0000,
  time: 0x0000_0080,
  user: 0x1000_0000,
  uts: 0x0400_0000,
} as const;

export type NamespaceType = keyof typeof NAMESPACE_FLAGS;

export const NAMESPACE_TYPES = Object.keys(NAMESPACE_FLAGS) as NamespaceType[];

/** Throws ERR_INVALID_ARGUMENT for what is no name of a type. */
export function checkNamespaceType(type: string): asserts type is NamespaceType {
  if (!Object.hasOwn(NAMESPACE_FLAGS, type))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${JSON.stringify(type)} is no type of namespace: give one of ${NAMESPACE_TYPES.join(', ')}`,
    );
}

/** What keeps a namespace alive beside its descriptor: given back when the namespace is disposed. */
export type NamespaceKeeper = () => void;

/**
 * One namespace, held by a descriptor: the kernel keeps it for as long as the descriptor is open, whoever leaves it
 * (namespaces(7)). Dispose it to let go.
 */
export class Namespace implements Disposable {
  readonly type: NamespaceType;
  /** With `device`, what tells one namespace from all others that live: the number in `net:[4026531840]`. */
  readonly inode: number;
  /** The device of the kernel's nsfs, as st_dev of stat(2). */
  readonly device: number;
  #fd: number | undefined;
  readonly #keeper: NamespaceKeeper | undefined;

  private constructor(fd: number, what: string, keeper?: NamespaceKeeper) {
    const facts = addon.namespaceFacts(fd);
    const type = isFailure(facts)
      ? undefined
      : NAMESPACE_TYPES.find((name) => NAMESPACE_FLAGS[name] === facts.type);
    if (isFailure(facts) || type === undefined) {
      closeSync(fd);
      keeper?.();
      throw new LibpodError('ERR_NO_SUCH_NAMESPACE', `${what} is no namespace`);
    }
    this.type = type;
    this.inode = facts.inode;
    this.device = facts.device;
    this.#fd = fd;
    this.#keeper = keeper;
  }

  /**
   * Opens a namespace by a path: a file of /proc/PID/ns, or a place where one is mounted, such as /run/netns/NAME.
   *
   * @throws LibpodError ERR_NOT_FOUND, ERR_NO_SUCH_NAMESPACE if something else is there, ERR_NOT_PRIVILEGED
   */
  static open(path: string): Namespace {
    return new Namespace(openFile(path), path);
  }

  /**
   * Opens a namespace of a process (for PID and time: the one that it is in, not that of its children to come).
   *
   * @throws LibpodError ERR_NO_SUCH_PROCESS; ERR_NO_SUCH_NAMESPACE if the kernel lacks the type; ERR_NOT_PRIVILEGED
   */
  static ofProcess(process: number | ProcessHandle, type: NamespaceType): Namespace {
    checkNamespaceType(type);
    if (typeof process === 'number') {
      using handle = ProcessHandle.open(process);
      return Namespace.ofProcess(handle, type);
    }
    const { pid } = process;
    const path = `/proc/${pid}/ns/${type}`;
    try {
      const namespace = new Namespace(openFile(path), path);
      // The number may have come to another process before the file was opened.
      if (process.exists()) return namespace;
      namespace[Symbol.dispose]();
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_NOT_FOUND') && !LibpodError.is(error, 'ERR_NO_SUCH_PROCESS'))
        throw error;
      if (process.exists() && !existsSync(`/proc/self/ns/${type}`))
        throw new LibpodError('ERR_NO_SUCH_NAMESPACE', `this kernel has no ${type} namespaces`, {
          cause: error,
        });
    }
    throw new LibpodError('ERR_NO_SUCH_PROCESS', `process ${pid} is gone, and its ${type} namespace with it`);
  }

  /**
   * Takes over a descriptor of a namespace, which was received or opened elsewhere.
   *
   * @param keeper called when the namespace is disposed
   * @throws LibpodError ERR_NO_SUCH_NAMESPACE; the descriptor is closed then
   */
  static adopt(fd: number, keeper?: NamespaceKeeper): Namespace {
    return new Namespace(fd, `descriptor ${fd}`, keeper);
  }

  /** The descriptor; it belongs to this object. */
  get fd(): number {
    if (this.#fd === undefined)
      throw new LibpodError('ERR_INVALID_STATE', `the handle of ${this.toString()} was disposed`);
    return this.#fd;
  }

  /** Whether both are the same namespace. */
  equals(other: Pick<Namespace, 'device' | 'inode'>): boolean {
    return this.device === other.device && this.inode === other.inode;
  }

  /**
   * The user namespace that owns this one; of a user namespace, its parent (NS_GET_USERNS of ioctl_ns(2)).
   *
   * @returns undefined if it is outside of what this process may see: above its own user namespace
   */
  owner(): Namespace | undefined {
    return this.#relative('find the owner of', addon.namespaceOwner(this.fd));
  }

  /**
   * The parent of a PID or user namespace (NS_GET_PARENT of ioctl_ns(2)).
   *
   * @returns undefined for the first of all, and if it is outside of what this process may see
   * @throws LibpodError ERR_INVALID_ARGUMENT for other types, which have no parents
   */
  parent(): Namespace | undefined {
    if (this.type !== 'pid' && this.type !== 'user')
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${this.toString()} has no parent: only PID and user namespaces have`,
      );
    return this.#relative('find the parent of', addon.namespaceParent(this.fd));
  }

  /**
   * The user who made a user namespace, in the numbers of this process's own (NS_GET_OWNER_UID of ioctl_ns(2)).
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT for other types
   */
  ownerUid(): number {
    const answer = this.type === 'user' ? addon.namespaceOwnerUid(this.fd) : undefined;
    if (answer === undefined)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `${this.toString()} has no owner’s UID: only user namespaces have`,
      );
    if (isFailure(answer)) throw kernelError(`find the owner of ${this.toString()}`, answer);
    return answer;
  }

  #relative(what: string, answer: ReturnType<typeof addon.namespaceOwner>): Namespace | undefined {
    if (!isFailure(answer)) return Namespace.adopt(answer);
    if (errnoName(answer.errno) === 'EPERM') return undefined;
    throw kernelError(`${what} ${this.toString()}`, answer);
  }

  /** As the kernel writes it: `net:[4026531840]`. */
  toString(): string {
    return `${this.type}:[${this.inode}]`;
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    this.#keeper?.();
  }
}

/** Non-blocking: whoever gives the path of a FIFO shall be told so, and not wait for a writer. */
function openFile(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw kernelError(`open the namespace ${path}`, error);
  }
}
