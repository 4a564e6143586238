import { openSync, readSync } from 'node:fs';
import { isFailure, nodeErrorCode, fileError } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { addon } from '../../native/index.js';
import { defined } from './limits.js';
import { parseMemoryEvents, type MemoryEvents } from './stats.js';
import { parseFlat } from './text.js';
import { watchDescriptors } from '../files/descriptor-watch.js';
import { Descriptor, readFromStart } from '../files/descriptor.js';
import { kernelError } from '../kernel-error.js';

/** What a cgroup's event files tell; what no hierarchy of the machine tells is absent. */
export interface CgroupState {
  /** Whether a process is here or beneath; what a release agent would be called for. */
  readonly populated?: boolean;
  readonly frozen?: boolean;
  /**
   * How often memory's limits were met. Version 1 says when memory has run out, which `oom` counts from the first look on;
   * `oomKill` follows a moment later.
   */
  readonly memory?: MemoryEvents;
  /** How often a fork was refused. */
  readonly pidsRefused?: number;
}

/** Where a cgroup tells what happens. */
export interface EventSources {
  /** The cgroup, for errors. */
  readonly name: string;
  /** The directory of version 2. */
  readonly unified?: string;
  /** The directory of version 1's memory controller. */
  readonly memoryV1?: string;
  /** The directory of the pids controller, of either version. */
  readonly pids?: string | undefined;
}

function openIfThere(file: string | undefined): Descriptor | undefined {
  if (file === undefined) return undefined;
  try {
    return new Descriptor(openSync(file, 'r'));
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`watch ${file}`, error);
  }
}

/** An event counter that counts when memory has run out (Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control"). */
class OomCounter implements Disposable {
  readonly #counter: Descriptor;
  readonly #control: Descriptor;
  #oom = 0;

  constructor(directory: string, control: Descriptor) {
    this.#control = control;
    const counter = addon.eventCounter();
    if (isFailure(counter)) throw kernelError(`watch ${directory}`, counter);
    this.#counter = new Descriptor(counter);
    const answer = addon.writeKernelFilesAtOnce([
      `${directory}/cgroup.event_control`,
      `${counter} ${control.fd}`,
    ]);
    if (!isFailure(answer)) return;
    this[Symbol.dispose]();
    throw kernelError(`watch ${directory}/memory.oom_control`, answer);
  }

  get fd(): number {
    return this.#counter.fd;
  }

  look(): MemoryEvents {
    try {
      const count = Buffer.alloc(8);
      readSync(this.#counter.fd, count);
      this.#oom += Number(count.readBigUInt64LE());
    } catch (error) {
      // Nothing has happened since.
      if (nodeErrorCode(error) !== 'EAGAIN') throw fileError('read the counter of memory.oom_control', error);
    }
    return defined({ oom: this.#oom, oomKill: parseFlat(readFromStart(this.#control))['oom_kill'] });
  }

  [Symbol.dispose](): void {
    this.#counter[Symbol.dispose]();
    this.#control[Symbol.dispose]();
  }
}

/** The state of a cgroup, now and after each change of one of its event files. */
export async function* watchCgroup(
  sources: EventSources,
  signal?: AbortSignal,
): AsyncGenerator<CgroupState, void, void> {
  const { name, unified, memoryV1, pids } = sources;
  using events = openIfThere(unified && `${unified}/cgroup.events`);
  using memory = openIfThere(unified && `${unified}/memory.events`);
  using refused = openIfThere(pids && `${pids}/pids.events`);
  const control = openIfThere(memoryV1 && `${memoryV1}/memory.oom_control`);
  using oom = control === undefined || memoryV1 === undefined ? undefined : new OomCounter(memoryV1, control);
  const files = [events, memory, refused].filter((file) => file !== undefined);
  if (files.length === 0 && oom === undefined)
    throw new LibpodError('ERR_NOT_FOUND', `cgroup ${name} does not exist, or tells nothing`);

  // Reading a file also takes away the condition under which it is ready.
  const look = (): CgroupState => {
    const flags = events === undefined ? {} : parseFlat(readFromStart(events));
    return defined({
      populated: flags['populated'] === undefined ? undefined : flags['populated'] !== 0,
      frozen: flags['frozen'] === undefined ? undefined : flags['frozen'] !== 0,
      memory: memory === undefined ? oom?.look() : parseMemoryEvents(readFromStart(memory)),
      pidsRefused: refused === undefined ? undefined : parseFlat(readFromStart(refused))['max'],
    });
  };
  const changes = watchDescriptors(
    `watch cgroup ${name}`,
    [...files.map(({ fd }) => ({ fd, priority: true })), ...(oom === undefined ? [] : [{ fd: oom.fd }])],
    signal,
  );
  try {
    let last = '';
    for await (const _ of changes) {
      const state = look();
      const text = JSON.stringify(state);
      // One change may wake several times, or none of what is told here.
      if (text === last) continue;
      last = text;
      yield state;
    }
  } catch (error) {
    // The cgroup was removed: its files end with it, and so do its events.
    if (error instanceof Error && 'code' in error && error.code === 'ENODEV') return;
    throw error;
  }
}
