/**
 * The door to the addon: loads it, and types what it answers. Every function answers a value, or a Failure when a system
 * call failed; none throws. Arguments must be right, the addon checks none of them: `linux` is its only caller beside
 * this folder.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Failure } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';

/** One file operation of a list that runs in one trip to a worker thread. Paths are absolute host paths. */
export type FileStep =
  | { readonly op: 'mkdir'; readonly path: string; readonly mode: number }
  /** Makes missing parents too; an existing directory is fine. */
  | { readonly op: 'mkdirs'; readonly path: string }
  | { readonly op: 'write'; readonly path: string; readonly mode: number; readonly data: string }
  /** Fails with EEXIST if something is at `path`. */
  | { readonly op: 'symlink'; readonly path: string; readonly to: string }
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  /** Removes a file, link or whole tree without following symlinks; a missing one is fine. */
  | { readonly op: 'remove'; readonly path: string }
  /** The same for a path that others look at: it disappears whole, by rename to `.gone-NAME`, then is taken apart. */
  | { readonly op: 'discard'; readonly path: string }
  | { readonly op: 'fsync'; readonly path: string }
  /** Appends lines to the journal of events in a directory; never fails. */
  | { readonly op: 'tell'; readonly path: string; readonly data: string };

/** The numbers of the operations (native/addon/files.cc). */
export const FILE_OPS: Readonly<Record<FileStep['op'], number>> = {
  mkdir: 0,
  mkdirs: 1,
  write: 2,
  symlink: 3,
  rename: 4,
  chmod: 5,
  remove: 6,
  discard: 7,
  fsync: 8,
  tell: 9,
};

/** The operations inside namespaces, by the numbers of OperationKind (native/sys/operation.h); 0 is the helper's own. */
export const OPERATIONS = {
  open: 1,
  read: 2,
  list: 3,
  mount: 4,
  bind: 5,
  umount: 6,
  setHostname: 7,
  hostname: 8,
  socket: 9,
  clock: 10,
  unshare: 11,
  cloneTree: 12,
} as const;

/** A process in new namespaces, which ends when our end of its socket is closed. */
export interface RawHolder {
  readonly pid: number;
  readonly pidfd: number;
  readonly socket: number;
}

/** How a process ended; not known of one that is nobody's child here, or that somebody else has reaped. */
export interface RawEnd {
  readonly known: boolean;
  readonly signalled: boolean;
  /** The exit code, or the number of the signal. */
  readonly status: number;
}

/** The input of the seccomp compiler, in numbers of libseccomp and <linux/audit.h>. */
export interface SeccompInput {
  readonly defaultAction: number;
  readonly architectures: readonly number[];
  readonly rules: readonly {
    readonly name: string;
    readonly action: number;
    /** Argument index, comparison, value, second value. */
    readonly comparisons: readonly (readonly [number, number, bigint, bigint])[];
  }[];
}

/** A place (native/sys/place.h): its kind, a descriptor or -1, the root's path or '', the path. */
export type RawPlace = readonly [kind: number, fd: number, root: string, path: string];

/** The kinds of a place. */
export const PLACE_KINDS = { path: 0, descriptor: 1, inRoot: 2 } as const;

/** What mount_setattr(2) is to change: MOUNT_ATTR_* and MS_*, a user namespace's descriptor or -1. */
export type RawMountChange = readonly [
  set: number,
  clear: number,
  propagation: number,
  userNamespace: number,
  recursive: boolean,
];

/** Options of a file system, in one text (linux/mounts/options.ts). */
export type RawFsOptions = string;

/** The operations on extended attributes (native/addon/xattrs.cc). */
export const XATTR_OPS = { get: 0, set: 1, remove: 2, list: 3 } as const;

/** The kinds of steps of a tree writer (native/addon/archives.cc). */
export const TREE_STEPS = {
  directory: 0,
  file: 1,
  data: 2,
  endFile: 3,
  symlink: 4,
  hardLink: 5,
  node: 6,
  end: 7,
  whiteout: 8,
  opaque: 9,
  remove: 10,
} as const;

/** What failed, and the path at which it did, a character for each byte. */
export type FailureAt = Failure & { readonly path: string };

/** A range of a file to lock. */
export type RawLockRange = readonly [start: number, length: number, shared: boolean];

/** What the addon hands out to be handed back, and nothing else. */
declare const handle: unique symbol;
export interface Handle<Kind extends string> {
  readonly [handle]: Kind;
}

/** The addon's exports; native/addon documents each. */
export interface Addon {
  /** Four elements a step: the number of the operation, the path, the data or the other path, the mode. */
  files(steps: readonly (string | number)[]): Promise<undefined | Failure>;
  filesAtOnce(steps: readonly (string | number)[]): undefined | Failure;
  treeSize(path: string): Promise<bigint | Failure>;
  readText(path: string): string | undefined | Failure;
  readLockFile(path: string): readonly [alive: boolean, text: string] | undefined | Failure;
  fileStamps(paths: readonly string[]): Buffer;
  lock(path: string, ...range: RawLockRange): [Promise<number | Failure>, Handle<'lock'>];
  cancelLock(waiting: Handle<'lock'>): void;
  tryLock(path: string, ...range: RawLockRange): number | Failure;
  lockAgain(fd: number, ...range: RawLockRange): undefined | Failure;
  unlock(fd: number, ...range: RawLockRange): undefined | Failure;
  lockHolder(
    path: string,
    ...range: RawLockRange
  ): { start: number; length: number; shared: boolean; pid: number } | undefined | Failure;
  cgroupKill(path: string): Promise<undefined | Failure>;
  cgroupRemove(path: string): Promise<undefined | Failure>;
  cgroupPrepare(path: string, inherited: readonly string[]): undefined | Failure;
  cgroupCreate(
    paths: readonly string[],
    inherited: readonly (readonly string[])[],
  ): Promise<undefined | Failure>;
  writeKernelFiles(pathsAndTexts: readonly string[]): Promise<undefined | Failure>;
  writeKernelFilesAtOnce(pathsAndTexts: readonly string[]): undefined | Failure;
  /** A missing file leaves a hole. */
  readKernelFiles(paths: readonly string[]): Promise<(string | undefined)[] | Failure>;
  readKernelFilesAtOnce(paths: readonly string[]): (string | undefined)[] | Failure;
  attachDeviceFilter(path: string, program: Uint8Array): Promise<undefined | Failure>;
  makeRaw(fd: number): Uint8Array | Failure;
  restoreTerminal(fd: number, modes: Uint8Array): undefined | Failure;
  eventCounter(): number | Failure;
  watch(fd: number, priority: boolean, callback: () => void): Handle<'watch'> | Failure;
  unwatch(watching: Handle<'watch'>): void;
  createMount(
    type: string,
    options: RawFsOptions,
    target: RawPlace | undefined,
    ...change: RawMountChange
  ): Promise<number | undefined | Failure>;
  reconfigureMount(place: RawPlace, options: RawFsOptions): Promise<undefined | Failure>;
  cloneMount(
    source: RawPlace,
    recursive: boolean,
    target: RawPlace | undefined,
    ...change: RawMountChange
  ): Promise<number | undefined | Failure>;
  moveMount(source: RawPlace, target: RawPlace, beneath: boolean): Promise<undefined | Failure>;
  changeMount(place: RawPlace, ...change: RawMountChange): Promise<undefined | Failure>;
  unmount(place: RawPlace, flags: number): Promise<undefined | Failure>;
  xattr(
    op: number,
    place: RawPlace,
    name: string,
    value: Uint8Array,
    flags: number,
  ): Promise<Buffer | string | undefined | Failure>;
  xattrAtOnce(
    op: number,
    place: RawPlace,
    name: string,
    value: Uint8Array,
    flags: number,
  ): Buffer | string | undefined | Failure;
  /** `name` has a character for each byte, as all paths of archives have. */
  tarOpen(
    start: number,
    name: string,
    uid: number,
    gid: number,
    oneMount: boolean,
    layer: readonly string[] | undefined,
    uidMap: readonly number[],
    gidMap: readonly number[],
    gone: readonly string[],
  ): Handle<'tar'> | Failure;
  /** An empty piece is the end. One call at a time. */
  tarRead(tar: Handle<'tar'>, capacity: number): Promise<Buffer | FailureAt>;
  tarClose(tar: Handle<'tar'>): void;
  treeWriter(
    root: number,
    prefix: string,
    resolve: number,
    replace: boolean,
    uid: number,
    gid: number,
  ): Handle<'treeWriter'> | Failure;
  /** Five elements a step: kind, path, text or bytes, seven numbers or none, attributes as name and value by turns. */
  treeWrite(writer: Handle<'treeWriter'>, steps: readonly unknown[]): Promise<undefined | FailureAt>;
  /** For each difference a letter (native/sys/layer_diff.h), its path with a character for each byte, NUL. */
  compareLayers(upper: string, lower: number, copy: boolean): Promise<string | Failure>;
  closeTreeWriter(writer: Handle<'treeWriter'>): Promise<undefined>;
  readInRoot(root: string, path: string): string | undefined | Failure;
  openInRoot(root: number, path: string, flags: number): number | Failure;
  openBeneath(
    directory: number,
    path: string,
    flags: number,
    mode: number,
    resolve: number,
  ): number | Failure;
  openExecutable(
    directory: string,
    name: string,
    emptyDirectory: string,
  ): { fd: number; sealed: boolean } | Failure;
  spawnMonitor(
    executable: number,
    program: Uint8Array | undefined,
    cgroup: number,
    tasksFiles: readonly string[],
  ): Promise<{ pid: number; pidfd: number; socket: number } | Failure>;
  sendProgram(socket: number, program: Uint8Array, words: Uint8Array): undefined | Failure;
  /** Works on a copy of the descriptor, on the event loop, which it does not keep alive; `stop` answers undefined. */
  watchEnd(
    pidfd: number,
    reap: boolean,
  ): { readonly ended: Promise<RawEnd | undefined>; readonly stop: () => void } | Failure;
  /**
   * Entries are pairs of a descriptor and CLONE_NEW* flags; -1 among the descriptors is /dev/null. Works on copies of all of
   * them, which are made before it returns; so does operate.
   */
  spawnProcess(
    files: readonly string[],
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    descriptors: readonly number[],
    cgroup: number,
    tasksFiles: readonly string[],
    entries: readonly number[],
    session: boolean,
  ): Promise<{ pid: number; pidfd: number } | Failure> | Failure;
  /** The text of every /proc/PID/stat, each ended by a NUL. */
  processStats(): Promise<string | Failure>;
  namespaceFacts(fd: number): { type: number; device: number; inode: number } | Failure;
  namespaceOwner(fd: number): number | Failure;
  namespaceParent(fd: number): number | Failure;
  namespaceOwnerUid(fd: number): number | Failure;
  /** Ten numbers a process: PID, effective user, inodes of cgroup, ipc, mnt, net, pid, time, user, uts (0: unknown). */
  processNamespaces(): Promise<Float64Array | Failure>;
  /** `helper` is its executable, or -1 for a thread; entries as above. Answers what the operation has of the three. */
  operate(
    helper: number,
    kind: number,
    entries: readonly number[],
    root: number,
    numbers: readonly number[],
    texts: readonly string[],
  ): Promise<{ fd: number; number: bigint; data: Buffer } | Failure> | Failure;
  /** `together`: all messages go out in one piece, as a transaction of netfilter. Answers what came beside the acknowledgements. */
  netlink(fd: number, together: boolean, messages: Uint8Array): Promise<Buffer | Failure> | Failure;
  holdNamespaces(helper: number, types: number): Promise<RawHolder | Failure>;
  startTicks(pid: number): bigint;
  pidfdOpen(pid: number): number | Failure;
  pidfdSendSignal(pidfd: number, signal: number): undefined | Failure;
  compileSeccomp(input: SeccompInput): Promise<Buffer | Failure>;
  unknownSystemCalls(names: readonly string[]): string[] | Failure;
}

function load(): { addon: Addon; directory: string } {
  const require = createRequire(import.meta.url);
  const bindings = require('bindings') as (options: {
    bindings: string;
    path: true;
    module_root: string;
  }) => string;
  try {
    // Where nobody tells, `bindings` takes the nearest directory with a package.json, and dist/bundle has one.
    const file = bindings({
      bindings: 'addon',
      path: true,
      module_root: fileURLToPath(new URL('../../', import.meta.url)),
    });
    return { addon: require(file) as Addon, directory: file.slice(0, file.lastIndexOf('/')) };
  } catch (error) {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'the native part of libpod is not built: run "npm rebuild libpod" (it needs Linux, python3, make and g++)',
      { cause: error },
    );
  }
}

const loaded = load();

export const addon: Addon = loaded.addon;

/** The directory that holds the addon, and beside it the monitor's executable. */
export const nativeDirectory: string = loaded.directory;
