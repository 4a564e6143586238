import { keepAlive } from '../base/keep-alive.js';
import { isId, randomName } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { Container } from '../container/container.js';
import { refuseInsideBatch } from '../container/locking/batch.js';
import { ContainerCore, type CoreHome } from '../container/core.js';
import { hostnameOf } from '../container/hostname.js';
import { lockAll } from '../container/locking/lock-all.js';
import { hostMountOf } from '../container/files/counted-mount.js';
import type { Services } from '../container/services.js';
import { noteTold } from '../container/state/owed-events.js';
import { lineOf, onceWords } from '../container/tell.js';
import { prepare } from '../container/start.js';
import type { ContainerStats } from '../container/stats.js';
import { stop } from '../container/stop.js';
import { printProgram } from '../launch/print.js';
import { bootId } from '../linux/boot.js';
import { MonitorExecutable } from '../linux/processes/monitor.js';
import { EventJournal } from '../events/journal.js';
import { events, type EventOptions } from '../events/events.js';
import { eventLine, nowInNanoseconds, subjectMembers } from '../events/line.js';
import { ContainerLocks } from '../locks/container-locks.js';
import type { RemoveOptions } from '../container/remove.js';
import type { ContainerConfig, StorageDriver } from '../model/config.js';
import type { EventStatus, LibpodEvent } from '../model/event.js';
import { dependenciesOf } from '../model/dependencies.js';
import { isWatched } from '../model/status.js';
import type { NetworkChanges, NetworkConfig, NetworkOptions } from '../network/config.js';
import { Networks } from '../network/networks.js';
import { MonitorPool } from '../monitor/pool.js';
import type { Pod } from '../pod/pod.js';
import type { PodRemoveOptions } from '../pod/remove.js';
import { PodRecords } from '../records/pod-records.js';
import { FileLock } from '../linux/files/file-lock.js';
import { ContainerRecords } from '../records/container-records.js';
import { StorePaths } from '../records/paths.js';
import { BuiltinRuntime } from '../runtimes/builtin.js';
import { Runtimes } from '../runtimes/runtimes.js';
import { SeccompCache } from '../runtimes/seccomp-cache.js';
import type { CloneOptions, ContainerCloneOptions } from './clone.js';
import { makeConfig, type CreateContext } from './create.js';
import { requireShape } from '../spec/shape.js';
import { makeCgroupManager } from './cgroups/choose.js';
import type { CgroupManager } from './cgroups/manager.js';
import { RUNTIME_OPTIONS } from './options/shapes.js';
import { autoRanges } from './options/id-ranges.js';
import { imageUsers } from './image-users.js';
import { Images } from './images.js';
import type { CreateOptions, RuntimeOptions } from './options/options.js';
import { SandboxRun, type RunOptions } from './run.js';
import { Listing } from './listing.js';
import type { ContainerFilter, ContainerSummary } from './snapshot.js';
import type { PodCreateOptions } from './options/pod.js';
import { PodRegistry, type PodFilter, type PodSummary } from './pod-registry.js';
import { prune, removeAll, removeMany, type PruneReport } from './upkeep/prune.js';
import { openStore, realPath } from './store.js';
import {
  createNetwork,
  isHeld,
  pruneNetworks,
  removeNetwork,
  updateNetwork,
  usersOf,
  type NetworkFilter,
  type NetworkRemoveOptions,
} from './networks.js';
import { runtimeInfo, type RuntimeInfo } from './info.js';
import { statsOf, type StatsOptions } from './stats.js';
import { checkSystem, type SystemCheckOptions, type SystemCheckReport } from './upkeep/system-check.js';
import { diskUsage, type DiskUsage } from './upkeep/disk-usage.js';
import {
  VolumeRegistry,
  volumeEvents,
  type VolumeFilter,
  type VolumePruneReport,
  type VolumeRemoveOptions,
  type VolumeSummary,
} from './volumes.js';
import { wantsIds } from './options/user-namespace.js';
import type { VolumeOptions } from '../volume/options.js';
import { Volumes } from '../volume/volumes.js';
import type { Readable } from 'node:stream';
import { sweep, sweepNames } from './upkeep/sweep.js';
import { removeUnreadable } from './upkeep/damaged.js';
import { isUnreadable } from '../records/unreadable.js';

export const DEFAULT_ROOT = '/var/lib/libpod-node';
export const DEFAULT_RUN_ROOT = '/run/libpod-node';
/** One for the next start, and one for the start that comes before it is replaced. */
const DEFAULT_READY_MONITORS = 2;

function requirePrivileges(): void {
  if (process.geteuid?.() !== 0) {
    throw new LibpodError(
      'ERR_NOT_PRIVILEGED',
      `libpod needs root privileges: this process runs as user ${process.geteuid?.() ?? '?'}; use sudo`,
    );
  }
}

/**
 * A container engine over one store. Any number may be open at once, in any number of processes; each may end at any
 * moment, and what runs goes on.
 *
 *     await using runtime = await Runtime.open();
 */
export class Runtime implements AsyncDisposable {
  readonly #services: Services;
  readonly #executable: MonitorExecutable;
  readonly #monitors: MonitorPool;
  readonly #cgroups: CgroupManager;
  readonly #cores = new Map<string, ContainerCore>();
  readonly #ending = new AbortController();
  readonly #listing: Listing;
  readonly #pods: PodRegistry;
  readonly #volumes: VolumeRegistry;
  readonly #home: CoreHome = {
    find: (id) => {
      const config = this.#services.records.config(id);
      return config && this.#core(config);
    },
    gone: ({ id }) => this.#cores.delete(id),
  };
  /** Images: pulled, listed, removed. */
  readonly images: Images;
  #closed = false;

  private constructor(
    services: Services,
    executable: MonitorExecutable,
    monitors: MonitorPool,
    cgroups: CgroupManager,
    /** How the roots of this store are kept. */
    readonly storageDriver: StorageDriver,
  ) {
    this.#services = services;
    this.#listing = new Listing(services);
    this.#executable = executable;
    this.#monitors = monitors;
    this.#cgroups = cgroups;
    this.images = new Images({
      root: services.records.paths.root,
      imageMounts: services.records.paths.imageMounts,
      storageDriver,
      users: () => imageUsers(services.records),
      removeContainer: (id) => this.removeContainer(id, { force: true, timeout: 0 }),
      lookupContainer: (nameOrId) => this.lookupContainer(nameOrId),
    });
    this.#volumes = new VolumeRegistry(this, services);
    this.#pods = new PodRegistry(
      { containers: services, pods: new PodRecords(services.records), find: (id) => this.#home.find(id) },
      { context: () => this.#context(), publish: (config) => this.#publish(config) },
    );
  }

  /**
   * Opens a store, making it if need be, and sweeps away what nobody owns.
   *
   * @throws LibpodError ERR_NOT_PRIVILEGED, ERR_STORE_MISMATCH, ERR_UNSUPPORTED, ERR_NO_SPACE
   */
  static async open(options: RuntimeOptions = {}): Promise<Runtime> {
    requireShape('Runtime.open', RUNTIME_OPTIONS, options);
    requirePrivileges();
    const paths = new StorePaths(
      realPath(options.root ?? DEFAULT_ROOT),
      realPath(options.runRoot ?? DEFAULT_RUN_ROOT),
      bootId(),
    );
    const cgroups = makeCgroupManager(options.cgroupManager ?? 'cgroupfs', options.cgroupParent, paths.scope);
    const storageDriver = await openStore(paths, options.storageDriver);
    const executable = new MonitorExecutable(paths.empty);
    const monitors = new MonitorPool(executable, cgroups, options.readyMonitors ?? DEFAULT_READY_MONITORS);
    const records = new ContainerRecords(paths);
    const journal = new EventJournal(paths.events);
    const services: Services = {
      records,
      locks: new ContainerLocks(),
      cgroups: cgroups.hierarchies,
      events: journal,
      volumes: new Volumes(paths.volumes, volumeEvents(journal)),
      networks: new Networks(paths, (id) => isHeld(records, id), options.cni),
      runtimes: new Runtimes(
        new BuiltinRuntime(monitors, new SeccompCache(paths.seccompCache)),
        monitors,
        options,
      ),
    };
    const runtime = new Runtime(services, executable, monitors, cgroups, storageDriver);
    await runtime.#pods.removeOrphans(await sweep(services, cgroups.parent));
    return runtime;
  }

  get root(): string {
    return this.#services.records.paths.root;
  }

  get runRoot(): string {
    return this.#services.records.paths.runRoot;
  }

  #context(): CreateContext {
    const { records, runtimes } = this.#services;
    return {
      hostRootDirectory: records.paths.hostRoot,
      storageDriver: this.storageDriver,
      cgroupParent: this.#cgroups.parent,
      runtimeOf: (asked) => runtimes.choose(asked),
      networks: this.#services.networks,
      cgroupName: (id) => records.paths.cgroupName(id),
      configOf: (nameOrId) => this.lookupContainer(nameOrId).config(),
      idPool: () => ({ ranges: autoRanges(), taken: records.idRanges() }),
      podOf: (nameOrId) => this.#pods.lookupCore(nameOrId).config,
      podIdOf: (id) => this.#services.records.config(id)?.pod,
      imageRoot: (nameOrId, policy) => this.images.rootOf(nameOrId, policy),
      hostnameOf: (id) => hostnameOf(this.#core(this.#requireConfig(id))),
    };
  }

  #requireOpen(): void {
    if (this.#closed) throw new LibpodError('ERR_INVALID_STATE', 'the runtime is closed');
  }

  #core(config: ContainerConfig): ContainerCore {
    // Damaged settings are told here, not by the first getter that needs them.
    this.#services.records.settings(config);
    let core = this.#cores.get(config.id);
    if (core === undefined) {
      core = new ContainerCore(this.#services, config, this.#home);
      this.#cores.set(config.id, core);
    }
    return core;
  }

  /**
   * Creates a container; nothing of it runs yet.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE, ERR_NOT_FOUND, ERR_NOT_A_DIRECTORY, ERR_SPEC_*
   */
  async createContainer(options: CreateOptions): Promise<Container> {
    this.#requireOpen();
    // Until the container is there and says that it has the image, nobody takes that away.
    using _kept = typeof options?.image === 'string' ? await this.images.keep() : undefined;
    using _ids = await this.#keepIds(options);
    let config = await makeConfig(options, this.#context());
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#publish(config);
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NAME_IN_USE')) throw error;
        // Two words by chance are not always free; only a name that was asked for is the caller's business.
        if (options.name === undefined) config = { ...config, name: randomName(attempt) };
        // A crash may have left a name without a container.
        else if (attempt > 1 || this.hasContainer(config.name)) throw error;
        else await sweepNames(this.#services);
      }
    }
  }

  /**
   * Makes a container like another one, as that is now: its limits, networks and restart policy are those that hold. Its
   * root begins as the original's did; volumes that were made for the original alone are made anew.
   *
   *     const clone = await runtime.cloneContainer('web', { resources: { memory: 512 * 1024 ** 2 } });
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_NAME_IN_USE, ERR_INVALID_ARGUMENT; ERR_INVALID_STATE for an original that is to be
   *   destroyed and runs
   */
  async cloneContainer(nameOrId: string, options: ContainerCloneOptions = {}): Promise<Container> {
    this.#requireOpen();
    using _kept = await this.images.keep();
    const { cloneContainer } = await import('./clone-container.js');
    return await cloneContainer(
      {
        context: () => this.#context(),
        lookup: (wanted) => this.#core(this.lookupContainer(wanted).config()),
        podOf: (id) => this.#pods.core(id).config,
        publish: (config) => this.#publish(config),
      },
      nameOrId,
      options,
    );
  }

  /** Until it is recorded which IDs a container has, nobody else looks for free ones. */
  async #keepIds(options: CreateOptions | PodCreateOptions | undefined): Promise<FileLock | undefined> {
    return wantsIds(options) ? FileLock.acquire(this.#services.records.paths.storeFile) : undefined;
  }

  async #publish(config: ContainerConfig): Promise<Container> {
    const core = new ContainerCore(this.#services, config, this.#home);
    // What it depends on is still there when it appears: a removal takes the same locks, and sees it then.
    const needed = dependenciesOf(config).map((id) => this.#core(this.#requireConfig(id)));
    for (const one of needed) refuseInsideBatch(one, 'create a container that depends on');
    const publish = (): Promise<void> => lockAll(needed, () => this.#publishLocked(core));
    // The pod's lock comes first. An infra container is made before its pod is.
    if (config.pod === undefined || config.isInfra === true) await publish();
    else await this.#pods.core(config.pod).locked(publish);
    this.#cores.set(config.id, core);
    return new Container(core);
  }

  async #publishLocked(core: ContainerCore): Promise<void> {
    const { config } = core;
    // The launch is worked out while a worker thread writes the records. One that cannot be is refused, and they go again.
    const [published, prepared] = await Promise.allSettled([
      this.#services.records.publish(config),
      prepare(core),
    ]);
    if (published.status === 'rejected') throw published.reason;
    if (prepared.status === 'rejected') {
      await this.#services.records.remove(config);
      throw prepared.reason;
    }
    const words = onceWords(config.id, 'create');
    await this.#services.events.tell(lineOf(core, words));
    noteTold(core, 'creation', words.key);
    // After the container, which keeps them from being removed: what a crash leaves is nobody's only if nobody has it.
    for (const { name, isAnonymous } of core.config.namedVolumes ?? [])
      if (!isAnonymous || !core.config.autoRemove) await this.#services.volumes.ensure(name, isAnonymous);
  }

  /**
   * The launch program that a container with these options would have, for a person: one instruction a line. Makes
   * nothing.
   */
  async dryRun(options: CreateOptions): Promise<string> {
    this.#requireOpen();
    const config = await makeConfig(options, this.#context());
    return printProgram(await new Container(new ContainerCore(this.#services, config, this.#home)).plan());
  }

  /**
   * Runs a command in a container of its own, in one call: a promise of how it ended, and at once its streams. When it
   * settles nothing of it is left, whatever happened: abort, timeout, want of memory, an error. If this process dies
   * before, the container is killed and removed all the same.
   *
   *     const { stdout, exitCode } = await runtime.run({ hostRoot: true, command: ['sort'], input: 'b\na\n', timeout: 5 });
   *
   * An exit code other than 0 is a result. Errors are those of `createContainer` and `start`, ERR_ABORTED, ERR_OUTPUT_LIMIT,
   * and ERR_EXEC_FAILED with `reject`.
   */
  run(options: RunOptions & { readonly encoding: 'buffer' }): SandboxRun<Buffer>;
  run(options: RunOptions): SandboxRun;
  run(options: RunOptions): SandboxRun | SandboxRun<Buffer> {
    return new SandboxRun<string>((more) => this.createContainer(more), options);
  }

  /**
   * The container with this full ID.
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  getContainer(id: string): Container {
    this.#requireOpen();
    return new Container(this.#core(this.#requireConfig(id)));
  }

  #requireConfig(id: string): ContainerConfig {
    const config = isId(id) ? this.#services.records.config(id) : undefined;
    if (config === undefined)
      throw new LibpodError('ERR_NO_SUCH_CONTAINER', `no container with ID ${JSON.stringify(id)}`);
    return config;
  }

  /**
   * The container with this ID, with this name, or with an ID that starts so. Whoever has a whole ID means it, whatever somebody
   * else has called a container.
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_AMBIGUOUS
   */
  lookupContainer(nameOrId: string): Container {
    this.#requireOpen();
    const { records } = this.#services;
    const own = isId(nameOrId) ? records.config(nameOrId) : undefined;
    if (own !== undefined) return new Container(this.#core(own));
    const named = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(nameOrId) ? records.ownerOfName(nameOrId) : undefined;
    const config = named === undefined ? undefined : records.config(named);
    if (config !== undefined) return new Container(this.#core(config));
    const found = /^[0-9a-f]+$/.test(nameOrId)
      ? records.idsSync().filter((id) => id.startsWith(nameOrId))
      : [];
    if (found.length > 1) {
      throw new LibpodError(
        'ERR_AMBIGUOUS',
        `more than one container has an ID that starts with ${nameOrId}: give more digits`,
      );
    }
    const [only] = found;
    if (only === undefined)
      throw new LibpodError(
        'ERR_NO_SUCH_CONTAINER',
        `no container with name or ID ${JSON.stringify(nameOrId)}: no such container${this.#pods.has(nameOrId) ? '; a pod has that name or ID' : ''}`,
      );
    return this.getContainer(only);
  }

  /** Whether there is a container with this name or ID; also one whose records cannot be read. */
  hasContainer(nameOrId: string): boolean {
    try {
      this.lookupContainer(nameOrId);
      return true;
    } catch (error) {
      if (LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) return false;
      if (isUnreadable(error)) return true;
      throw error;
    }
  }

  /**
   * All containers, the oldest first: a snapshot, taken without locks.
   *
   * @param filter answers which of them to list; several must all agree
   */
  async containers(...filters: readonly ContainerFilter[]): Promise<ContainerSummary[]> {
    this.#requireOpen();
    const all = await this.#listing.containers();
    return filters.length === 0 ? all : all.filter((one) => filters.every((filter) => filter(one)));
  }

  /** The containers that run, also those that are just stopping. */
  runningContainers(): Promise<ContainerSummary[]> {
    return this.containers(({ state }) => state === 'running' || state === 'stopping');
  }

  /**
   * The container that was created last.
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER if there is none
   */
  async latestContainer(): Promise<Container> {
    const last = (await this.containers()).at(-1);
    if (last === undefined) throw new LibpodError('ERR_NO_SUCH_CONTAINER', 'there is no container');
    return this.getContainer(last.id);
  }

  /**
   * What containers use, again and again: each sample has all of them, read at once. Nothing is locked.
   *
   *     for await (const sample of runtime.stats({ interval: 1, signal })) console.log(sample);
   *
   * @throws LibpodError ERR_NO_SUCH_CONTAINER, ERR_AMBIGUOUS, ERR_INVALID_ARGUMENT
   */
  stats(options: StatsOptions = {}): AsyncGenerator<ContainerStats[], void, void> {
    this.#requireOpen();
    return statsOf(this.#services, (name) => this.lookupContainer(name).id, options);
  }

  /** Where the root of a container is mounted on the host, by `mount` or while it is copied; undefined if it is not. */
  hostMountOf(nameOrId: string): string | undefined {
    const { id, autoRemove } = this.lookupContainer(nameOrId);
    return hostMountOf(this.#services.records.paths.container(id, autoRemove));
  }

  #removing(): Parameters<typeof removeAll>[0] {
    return {
      containers: (...filters) => this.containers(...filters),
      find: (id) => this.#home.find(id),
      removeUnreadable: (id) => removeUnreadable(this.#services, this.#cgroups.parent, id),
    };
  }

  /**
   * Creates a pod, with its infra container; nothing of it runs yet.
   *
   *     const pod = await runtime.createPod({ name: 'web', share: ['network', 'ipc', 'uts', 'pid'] });
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE
   */
  async createPod(options: PodCreateOptions = {}): Promise<Pod> {
    this.#requireOpen();
    using _ids = await this.#keepIds(options);
    return await this.#pods.create(options);
  }

  /**
   * The pod with this full ID.
   *
   * @throws LibpodError ERR_NO_SUCH_POD
   */
  getPod(id: string): Pod {
    this.#requireOpen();
    return this.#pods.get(id);
  }

  /**
   * The pod with this name, or with an ID that starts so.
   *
   * @throws LibpodError ERR_NO_SUCH_POD, ERR_AMBIGUOUS
   */
  lookupPod(nameOrId: string): Pod {
    this.#requireOpen();
    return this.#pods.lookup(nameOrId);
  }

  /** Whether there is a pod with this name or ID. */
  hasPod(nameOrId: string): boolean {
    this.#requireOpen();
    return this.#pods.has(nameOrId);
  }

  /**
   * All pods, the oldest first: a snapshot, taken without locks.
   *
   * @param filter answers which of them to list; several must all agree
   */
  async pods(...filters: readonly PodFilter[]): Promise<PodSummary[]> {
    this.#requireOpen();
    return Promise.resolve(this.#pods.list(filters));
  }

  /**
   * Makes a pod like another one, with clones of its containers, which depend on each other as the originals do. Nothing of it runs.
   *
   * @throws LibpodError ERR_NO_SUCH_POD, ERR_NAME_IN_USE, ERR_INVALID_ARGUMENT
   */
  async clonePod(nameOrId: string, options: CloneOptions = {}): Promise<Pod> {
    this.#requireOpen();
    using _kept = await this.images.keep();
    return await this.#pods.clone(nameOrId, options);
  }

  /** Removes the pod with this name, or with an ID that starts so, and all its containers. */
  async removePod(nameOrId: string, options?: PodRemoveOptions): Promise<void> {
    return this.lookupPod(nameOrId).remove(options);
  }

  /**
   * Removes the pods that have ended: none of their containers runs, and some did.
   *
   * @param filters which of them; all unless given
   */
  async prunePods(...filters: readonly PodFilter[]): Promise<PruneReport> {
    this.#requireOpen();
    return this.#pods.prune(filters);
  }

  /**
   * Removes several containers, each after those among them that depend on it.
   *
   * @param ids full IDs; one that is gone is passed over
   * @returns the IDs of those that were removed, and what kept others from it
   */
  async removeContainers(ids: readonly string[], options?: RemoveOptions): Promise<PruneReport> {
    this.#requireOpen();
    return removeMany(this.#removing(), ids, options);
  }

  /**
   * Removes the container with this name, or with an ID that starts so. By force also one whose records cannot be read,
   * which no `Container` stands for.
   */
  async removeContainer(nameOrId: string, options?: RemoveOptions): Promise<void> {
    try {
      await this.lookupContainer(nameOrId).remove(options);
    } catch (error) {
      if (options?.force !== true || !isUnreadable(error) || error.containerId === undefined) throw error;
      await removeUnreadable(this.#services, this.#cgroups.parent, error.containerId);
    }
  }

  /**
   * Removes containers that do not run: those that ended, and those that were never started.
   *
   * @param filters which of them; all unless given
   * @returns the IDs of those that were removed, and what kept others from it
   */
  async prune(...filters: readonly ContainerFilter[]): Promise<PruneReport> {
    const report = await prune(this.#removing(), filters);
    await this.#tellSystem('prune');
    return report;
  }

  /** Tells what was done to the store as a whole. */
  async #tellSystem(status: EventStatus): Promise<void> {
    const time = nowInNanoseconds();
    const members = subjectMembers({ type: 'system', id: '', name: '', attributes: {} });
    await this.#services.events.tell(eventLine({ status, key: `system.${time}.${status}`, time }, members));
  }

  /**
   * What happens to the containers of the store, whoever does it, in the order in which it is told; it waits for more
   * until the runtime is closed. Nothing that happens after this call is missed, though the iteration begins later.
   *
   *     for await (const { status, name } of runtime.events({ filters: { event: ['start', 'died'] } }))
   *       console.log(name, status);
   *
   * Those of earlier boots are gone. Of this boot the last 1.5 MiB are kept, some 5,000.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT; while iterating ERR_ABORTED
   */
  events(options: EventOptions = {}): AsyncGenerator<LibpodEvent, void> {
    this.#requireOpen();
    return events(this.#services.events, options, this.#ending.signal);
  }

  /**
   * Makes a network, into which containers may be put. Its bridge is made when the first one starts.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE; ERR_ADDRESS_IN_USE for a subnet of another
   */
  async createNetwork(options: NetworkOptions): Promise<NetworkConfig> {
    this.#requireOpen();
    return createNetwork(this.#services, options);
  }

  /**
   * All networks, by name. The default one is there once a container was in it. One whose record cannot be read is left out:
   * `network` says what is wrong with it.
   */
  networks(): NetworkConfig[] {
    this.#requireOpen();
    return this.#services.networks.list();
  }

  /**
   * The network with this name or ID, or whose ID alone begins so; undefined if there is none.
   *
   * @throws LibpodError ERR_AMBIGUOUS; ERR_RECORD_DAMAGED, ERR_RECORD_NEWER
   */
  network(nameOrId: string): NetworkConfig | undefined {
    this.#requireOpen();
    const { networks } = this.#services;
    return networks.find(networks.nameOf(nameOrId));
  }

  /**
   * Changes the name servers that a network has for its containers: those that run ask them from now on, too, but for those
   * that were given name servers of their own.
   *
   * @param nameOrId as for `network`
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_NETWORK, ERR_AMBIGUOUS
   */
  async updateNetwork(nameOrId: string, changes: NetworkChanges): Promise<NetworkConfig> {
    this.#requireOpen();
    return updateNetwork(this, this.#services, nameOrId, changes);
  }

  /**
   * Removes a network, its bridge and its addresses; also one whose record is damaged.
   *
   * @param name or ID, as for `network`
   * @throws LibpodError ERR_NO_SUCH_NETWORK, ERR_AMBIGUOUS; ERR_NETWORK_IN_USE while a container is configured to be in it, unless forced
   */
  async removeNetwork(name: string, options: NetworkRemoveOptions = {}): Promise<void> {
    this.#requireOpen();
    await removeNetwork(this, this.#services, name, options);
  }

  /** The containers that are configured to be in a network. */
  async networkContainers(name: string): Promise<ContainerSummary[]> {
    this.#requireOpen();
    return usersOf(this, this.#services, this.#services.networks.nameOf(name));
  }

  /**
   * Removes the networks that no container is configured to be in.
   *
   * @param filters answer which of them to remove; several must all agree
   * @returns their names
   */
  async pruneNetworks(...filters: readonly NetworkFilter[]): Promise<string[]> {
    this.#requireOpen();
    return pruneNetworks(this, this.#services, filters);
  }

  /**
   * Makes a volume: a directory that outlives containers, or what its options have mounted.
   *
   *     await runtime.createVolume({ name: 'scratch', options: { type: 'tmpfs', o: 'size=64m' } });
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE, ERR_NO_SPACE
   */
  async createVolume(options: VolumeOptions = {}): Promise<VolumeSummary> {
    this.#requireOpen();
    return this.#volumes.create(options);
  }

  /**
   * All volumes, by name: a snapshot, taken without locks.
   *
   * @param filter answers which of them to list; several must all agree
   */
  volumes(...filters: readonly VolumeFilter[]): VolumeSummary[] {
    this.#requireOpen();
    return this.#volumes.list(filters);
  }

  /**
   * The volume with this name, or with a name that starts so.
   *
   * @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_AMBIGUOUS, ERR_RECORD_DAMAGED
   */
  volume(name: string): VolumeSummary {
    this.#requireOpen();
    return this.#volumes.get(name);
  }

  /** Whether there is a volume with this whole name. */
  hasVolume(name: string): boolean {
    this.#requireOpen();
    return this.#volumes.has(name);
  }

  /**
   * Removes a volume, and what is in it.
   *
   * @throws LibpodError ERR_NO_SUCH_VOLUME; ERR_VOLUME_IN_USE while containers have it, unless forced
   */
  async removeVolume(name: string, options: VolumeRemoveOptions = {}): Promise<void> {
    this.#requireOpen();
    await this.#volumes.remove(name, options);
  }

  /** Removes the volumes that no container has. */
  async pruneVolumes(...filters: readonly VolumeFilter[]): Promise<VolumePruneReport> {
    this.#requireOpen();
    return this.#volumes.prune(filters);
  }

  /** What is in a volume, as a tar archive. @throws LibpodError ERR_NO_SUCH_VOLUME */
  async exportVolume(name: string): Promise<Readable> {
    this.#requireOpen();
    return this.#volumes.export(name);
  }

  /**
   * Unpacks a tar archive, as it is or compressed, into a volume; what has the same name there is replaced.
   *
   * @throws LibpodError ERR_NO_SUCH_VOLUME, ERR_ARCHIVE, ERR_NO_SPACE, ERR_ABORTED
   */
  async importVolume(
    name: string,
    archive: AsyncIterable<Uint8Array>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    this.#requireOpen();
    await this.#volumes.import(name, archive, signal);
  }

  /** Mounts what the options of a volume ask for, unless it is mounted. @returns where its contents are on the host */
  async mountVolume(name: string): Promise<string> {
    this.#requireOpen();
    return this.#volumes.mount(name);
  }

  /**
   * Unmounts it; what is in memory is gone then.
   *
   * @returns false if nothing was mounted
   * @throws LibpodError ERR_NO_SUCH_VOLUME; ERR_VOLUME_IN_USE while a container runs with it
   */
  async unmountVolume(name: string): Promise<boolean> {
    this.#requireOpen();
    return this.#volumes.unmount(name);
  }

  /**
   * Looks for damage in the store: blobs of images by their digests, layers by their archives, records of containers.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT
   */
  async checkSystem(options: SystemCheckOptions = {}): Promise<SystemCheckReport> {
    this.#requireOpen();
    return checkSystem(this, options);
  }

  /** What there is to know of the machine and the store (podman-info(1)). */
  async info(): Promise<RuntimeInfo> {
    return runtimeInfo(this, this.#cgroups.name, await this.containers());
  }

  /** What images, containers and volumes take of the disk, in bytes: podman-system-df(1). */
  async diskUsage(): Promise<DiskUsage> {
    this.#requireOpen();
    return diskUsage(this);
  }

  /** Removes every container, those that run by force: an empty store is left, open for more. */
  async reset(): Promise<void> {
    await this.#pods.removeAll();
    await removeAll(this.#removing());
    await pruneNetworks(this, this.#services);
    await this.#volumes.removeAll();
    await sweep(this.#services, this.#cgroups.parent);
  }

  /** Stops a container, also one that is paused; one that goes meanwhile is fine. */
  async #stop(id: string): Promise<void> {
    const config = this.#services.records.config(id);
    if (config === undefined) return;
    try {
      await stop(this.#core(config), config.stopTimeout, { kill: true });
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_REMOVED')) throw error;
    }
  }

  /** Lets go of the store. Containers go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending.abort();
    for (const core of this.#cores.values()) core.disconnect();
    this.#cores.clear();
    await keepAlive(this.#monitors.close());
    this.#services.networks[Symbol.dispose]();
    this.#services.locks[Symbol.dispose]();
    this.#executable[Symbol.dispose]();
    await this.#cgroups.release();
  }

  /** The same as disposing of it. */
  close(): Promise<void> {
    return this[Symbol.asyncDispose]();
  }

  /**
   * Closes the runtime.
   *
   * @param options.force stop every container first (libpod's Shutdown)
   */
  async shutdown({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    const live = force ? await this.containers(({ state }) => isWatched(state)) : [];
    const stopped = await Promise.allSettled(live.map(({ id }) => this.#stop(id)));
    await this.close();
    const failed = stopped.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
