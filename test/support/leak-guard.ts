import { readdirSync, readFileSync, readlinkSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';

/** What belongs to one test and to no other, so that tests may run side by side. */
export interface LeakScope {
  /** The test's own directories: root, run root, root file systems. */
  readonly directories: readonly string[];
  /** Where its store is; beneath them only the fixed frame of a store may stay. */
  readonly root: string;
  readonly runRoot: string;
  readonly cgroupParent: string;
}

/** What a test may leave behind, each as a sorted list of words for a person. */
interface Snapshot {
  readonly descriptors: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly processes: readonly string[];
  readonly namespaces: readonly string[];
  readonly files: readonly string[];
}

/** Monitors are reaped, and cgroups emptied, a moment after they are done. */
const SETTLE_MS = 5000;
const LOOK_AGAIN_MS = 20;

// The event loop opens one inotify descriptor at its first watch and keeps it: that is no leak, so it comes first.
watch('/', { persistent: false }).close();

/**
 * Counts what the kernel holds for a test, before it and after it: this process's descriptors, mounts, cgroups, processes,
 * the namespaces of this process's threads, and files of the store. It looks at what is the test's own alone, since other
 * tests and programs live on the machine.
 */
export class LeakGuard {
  readonly #scope: LeakScope;
  readonly #before: Snapshot;

  constructor(scope: LeakScope) {
    this.#scope = scope;
    this.#before = snapshot(scope);
  }

  /** What is there now and was not before, or the reverse, in words; [] if nothing changed. Waits a while for stragglers. */
  async differences(patienceMs = SETTLE_MS): Promise<string[]> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const found = compare(this.#before, snapshot(this.#scope));
      if (found.length === 0 || Date.now() >= end) return found;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** Fails with the differences, if there are any. */
  async check(): Promise<void> {
    const found = await this.differences();
    if (found.length > 0) throw new Error(`the test left something behind:\n  ${found.join('\n  ')}`);
  }
}

function compare(before: Snapshot, after: Snapshot): string[] {
  return (Object.keys(before) as (keyof Snapshot)[]).flatMap((kind) => [
    ...subtract(after[kind], before[kind]).map((item) => `${kind}: ${item} is new`),
    ...subtract(before[kind], after[kind]).map((item) => `${kind}: ${item} is gone`),
  ]);
}

/** The items of one list that are not in the other, counting how often each is there. */
function subtract(from: readonly string[], what: readonly string[]): string[] {
  const left = [...what];
  return from.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function snapshot(scope: LeakScope): Snapshot {
  return {
    descriptors: descriptors(),
    mounts: mounts(scope),
    cgroups: cgroups(scope.cgroupParent),
    processes: processes(scope),
    namespaces: namespaces(),
    files: [...files(scope.root, ROOT_FRAME), ...files(scope.runRoot, RUN_FRAME)],
  };
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // A process that has ended, or a directory that was never made.
    return [];
  }
}

function link(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** This process's descriptors, by what they are open on; the one that lists them is closed by then. */
function descriptors(): string[] {
  return list('/proc/self/fd').flatMap((fd) => link(`/proc/self/fd/${fd}`) ?? []);
}

/** Mounts that name a directory of the test, and those over the places where a container's mounts would propagate to. */
function mounts({ directories }: LeakScope): string[] {
  const places = ['/proc/', '/sys/', '/dev/'];
  return parseMountinfo(text('/proc/self/mountinfo'))
    .filter(({ mountpoint, source, superOptions }) => {
      const words = [mountpoint, source, ...superOptions].join(' ');
      return (
        places.some((place) => mountpoint.startsWith(place)) ||
        directories.some((directory) => words.includes(directory))
      );
    })
    .map(({ type, mountpoint }) => `${type} at ${mountpoint}`);
}

/** The directories of the test's parent cgroup, in every hierarchy. */
function cgroups(parent: string): string[] {
  const roots = parseMountinfo(text('/proc/self/mountinfo')).filter(
    ({ type }) => type === 'cgroup' || type === 'cgroup2',
  );
  const beneath = (directory: string): string[] => {
    try {
      const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      return [directory, ...children.flatMap(({ name }) => beneath(path.join(directory, name)))];
    } catch {
      return [];
    }
  };
  return [...new Set(roots.flatMap(({ mountpoint }) => beneath(path.join(mountpoint, parent))))];
}

/**
 * Processes that are this one's children, stand in a cgroup of the test, or hold a file of it open. A zombie of another
 * parent has neither descriptors nor a cgroup of the test, and is passed over: who adopts it reaps when it likes.
 */
function processes({ directories, cgroupParent }: LeakScope): string[] {
  return list('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const stat = text(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = Number(parent) === process.pid;
    const inCgroup = text(`/proc/${pid}/cgroup`)
      .split('\n')
      .some((line) => line.includes(`:${cgroupParent}/`) || line.endsWith(`:${cgroupParent}`));
    const holds = list(`/proc/${pid}/fd`).some((fd) => {
      const target = link(`/proc/${pid}/fd/${fd}`) ?? '';
      return directories.some((directory) => target.startsWith(directory));
    });
    if (!own && (state === 'Z' || (!inCgroup && !holds))) return [];
    return [
      `process ${pid} ${stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1)}${state === 'Z' ? ', a zombie' : ''}`,
    ];
  });
}

/** The namespaces that the threads of this process are in: a thread that enters one for a moment must not stay. */
function namespaces(): string[] {
  const found = new Set<string>();
  for (const task of list('/proc/self/task')) {
    for (const kind of list(`/proc/self/task/${task}/ns`)) {
      const target = link(`/proc/self/task/${task}/ns/${kind}`);
      if (target !== undefined) found.add(`${kind} ${target}`);
    }
  }
  return [...found].sort();
}

/** What a store keeps when it holds no container and no image: its frame, skeletons of roots, compiled filters. */
const IMAGE_FRAME = /^images(\/(oci-layout|index\.json|lock|parts|blobs|blobs\/sha256))?$|^layers(\/lock)?$/;
const ROOT_FRAME = new RegExp(
  `${/^(|store\.json|containers|names|volumes|copies|networks|networks\/libpod\.json|networks\/\.cni|links|pods|infra-root|infra-root\/1(\/.*)?|host-root|host-root\/1(\/.*)?)$/.source}|${IMAGE_FRAME.source}`,
);
const RUN_FRAME =
  /^(|store\.json|[0-9a-f-]{36}|[0-9a-f-]{36}\/(containers|networks|networks\/\.lock|networks\/\.hosts|networks\/\.namespaces|networks\/libpod|networks\/libpod\/\.last[46]|links|pods|companies|empty|mounts|image-mounts|image-mounts\/lock|seccomp|seccomp\/[0-9a-f]{64}\.bpf|events|events\/\d+))$/;

function files(directory: string, frame: RegExp): string[] {
  const beneath = (relative: string): string[] => {
    const entries = readdirSync(path.join(directory, relative), { withFileTypes: true });
    return entries.flatMap((entry) => {
      const name = path.join(relative, entry.name);
      return [
        ...(frame.test(name) ? [] : [path.join(directory, name)]),
        ...(entry.isDirectory() ? beneath(name) : []),
      ];
    });
  };
  try {
    return beneath('').sort();
  } catch {
    // The store was not made yet, or a tree is just being taken apart: the next look tells.
    return list(directory)
      .map((name) => path.join(directory, name))
      .filter((file) => !frame.test(path.relative(directory, file)));
  }
}
