import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Runtime, type RuntimeOptions, type StorageDriver } from '../../src/index.js';
import { LeakGuard } from './leak-guard.js';

/** A store of one test's own, under a leak guard. */
export class TestStore implements AsyncDisposable {
  /** The test's directory; root file systems and other files of the test go here too. */
  readonly directory: string;
  readonly root: string;
  readonly runRoot: string;
  readonly cgroupParent: string;
  readonly #guard: LeakGuard;
  readonly #runtimes: Runtime[] = [];

  /** @param storageDriver the engine's choice unless given; LIBPOD_TEST_STORAGE_DRIVER chooses for all tests that do not */
  private constructor(readonly storageDriver: StorageDriver | undefined) {
    this.directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
    this.root = path.join(this.directory, 'root');
    this.runRoot = path.join(this.directory, 'run');
    this.cgroupParent = `/libpod-test-${randomBytes(6).toString('hex')}`;
    const { root, runRoot, cgroupParent } = this;
    this.#guard = new LeakGuard({ directories: [this.directory], root, runRoot, cgroupParent });
  }

  /** Makes the store's places; the runtime is opened by `open`. */
  static make(storageDriver?: StorageDriver): TestStore {
    const everywhere = process.env['LIBPOD_TEST_STORAGE_DRIVER'] as StorageDriver | undefined;
    return new TestStore(storageDriver ?? everywhere);
  }

  /** The options that open this store, also in another process. */
  get options(): { root: string; runRoot: string; cgroupParent: string; storageDriver?: StorageDriver } {
    const storageDriver = this.storageDriver && { storageDriver: this.storageDriver };
    return { root: this.root, runRoot: this.runRoot, cgroupParent: this.cgroupParent, ...storageDriver };
  }

  /**
   * Opens a runtime on the store; it is closed with the store.
   *
   * @param places another root or run root in the test's directory, over the same cgroups
   */
  async open(
    places: Partial<TestStore['options']> = {},
    more: Pick<RuntimeOptions, 'readyMonitors' | 'runtimeTimeout'> = {},
  ): Promise<Runtime> {
    const runtime = await Runtime.open({ ...this.options, ...places, ...more });
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** Makes a directory of the test. */
  makeDirectory(name: string): string {
    const directory = path.join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** Removes every pod and container, without grace. */
  async removeContainers(places: Partial<TestStore['options']> = {}): Promise<Runtime> {
    const runtime = await this.open(places, { readyMonitors: 0 });
    for (const { id } of await runtime.pods()) await runtime.getPod(id).remove({ force: true, timeout: 0 });
    for (const { id } of await runtime.containers()) {
      if (runtime.hasContainer(id)) await runtime.getContainer(id).remove({ force: true, timeout: 0 });
    }
    return runtime;
  }

  /** Removes every container and the store, after a failure. */
  async abandon(places: Partial<TestStore['options']> = {}): Promise<void> {
    const runtime = await this.removeContainers(places);
    for (const { name } of runtime.volumes()) await runtime.removeVolume(name);
    for (const { id } of runtime.images.mounts()) await runtime.images.unmount(id, { force: true });
    for (const open of this.#runtimes) await open.close();
    // The next test must not begin in the middle of what goes on here.
    await this.#guard.differences();
    if (places.root === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * A monitor that another process started may outlive the last runtime by a moment, and then its cgroup does too, until
   * the next runtime closes. Only when nothing but those cgroups is left is there such a next one.
   */
  async #releaseCgroups(): Promise<void> {
    const ends = [this.cgroupParent, `${this.cgroupParent}/monitors`];
    const left = await this.#guard.differences(1000);
    if (
      left.length === 0 ||
      !left.every((line) =>
        ends.some((end) => line.startsWith('cgroups: ') && line.endsWith(`${end} is new`)),
      )
    )
      return;
    await (await Runtime.open(this.options)).close();
  }

  /** Closes what is open and fails if anything is left of the containers; then removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.close();
    try {
      await this.#releaseCgroups();
      await this.#guard.check();
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}

/**
 * Runs a test body with a store and a runtime of its own; fails if the body leaves anything behind. A body that failed
 * cannot have cleared up: then its own failure is told, and its containers are removed.
 */
export function withStore(
  body: (runtime: Runtime, store: TestStore) => Promise<void>,
  storageDriver?: StorageDriver,
): () => Promise<void> {
  return async () => {
    const store = TestStore.make(storageDriver);
    const runtime = await store.open();
    try {
      await body(runtime, store);
    } catch (failure) {
      await store.abandon();
      throw failure;
    }
    await store[Symbol.asyncDispose]();
  };
}

/** Runs a test body of the primitives, with a directory and a cgroup parent of its own; fails if it leaves anything behind. */
export function guarded(body: (store: TestStore) => Promise<void>): () => Promise<void> {
  return async () => {
    const store = TestStore.make();
    try {
      await body(store);
    } catch (failure) {
      rmSync(store.directory, { recursive: true, force: true });
      throw failure;
    }
    await store[Symbol.asyncDispose]();
  };
}
