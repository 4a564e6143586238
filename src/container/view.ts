import { LibpodError } from '../base/errors.js';
import { signalNumber } from '../linux/processes/signals.js';
import type { ContainerConfig, NetworkChoice, PortMapping } from '../model/config.js';
import { dependenciesOf } from '../model/dependencies.js';
import { namespaceFile, type LinuxNamespaceName } from '../model/namespaces.js';
import type { ContainerState } from '../model/state.js';
import type { ContainerStatus } from '../model/status.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { rootChanges, type RootChange } from '../storage/changes.js';
import { rootFsSize, rwSize } from '../storage/size.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import type { HealthStatus } from '../model/healthcheck.js';
import { healthStatusOf } from './health.js';
import type { ExecSession } from '../model/exec-session.js';
import type { ExecProcessOptions } from './exec/options.js';
import { createSession, describeSession, listSessions } from './exec/sessions.js';
import { dependentsOf } from './dependencies.js';
import { describe, type ContainerInspect } from './inspect/inspect.js';
import { shmDirOf, shmSizeOf } from './shm.js';
import { hostMountOf, type UnmountRootOptions } from './files/counted-mount.js';
import { mount, unmount } from './files/mount.js';
import { logFileOf } from './logs/request.js';
import { connect, disconnect, reloadNetworks } from './networks/connect.js';
import { reloadResolvConf } from './networks/reload-resolv-conf.js';
import { attachmentsOf, requireOwnNetwork } from './networks/networks.js';
import { pause, unpause } from './pause.js';
import { rename } from './rename.js';
import { requireShape } from '../spec/shape.js';
import { init, start, START_OPTIONS, type StartOptions } from './start.js';
import { kill } from './stop.js';
import { top, type ContainerTop } from './top/top.js';
import { update, type UpdateOptions } from './update.js';

/**
 * A container, as far as nothing has to be waited for: its configuration, its state, and the verbs that are done when they
 * return. Inside of a batch it is all there is; `Container` adds the rest.
 *
 * What the configuration says is at hand at once, and was so since the container was created. What the state says is
 * brought up to date under the container's lock; in a batch it is as the batch finds it.
 */
export class ContainerView {
  readonly #core: ContainerCore;
  readonly #access: Access;

  constructor(core: ContainerCore, access: Access) {
    this.#core = core;
    this.#access = access;
  }

  /** The full ID: 64 hexadecimal digits. */
  get id(): string {
    return this.#core.id;
  }

  /** The name; the one that `rename` gave it last. */
  get name(): string {
    return this.#core.name;
  }

  /** The configuration that the container was created with: a copy, at every depth. */
  config(): ContainerConfig {
    return structuredClone(this.#core.config);
  }

  /** The OCI runtime specification it was created with: a copy. Mounts made for each start are not in it. */
  spec(): RuntimeSpec {
    return structuredClone(this.#core.config.spec);
  }

  /** The host name, as configured; else the first twelve digits of the ID. */
  get hostname(): string {
    return this.#core.config.spec.hostname ?? this.id.slice(0, 12);
  }

  /** The user as it was asked for: `name`, `uid`, `uid:gid`, or '' for root. */
  get user(): string {
    return this.#core.config.user;
  }

  get privileged(): boolean {
    return this.#core.config.privileged;
  }

  /** The full ID of the pod it belongs to, or ''. */
  get podId(): string {
    return this.#core.config.pod ?? '';
  }

  /** The ID and the name of the image of its root; '' without one. */
  get image(): { readonly id: string; readonly name: string } {
    const { rootfsImageID = '', rootfsImageName = '' } = this.#core.config;
    return { id: rootfsImageID, name: rootfsImageName };
  }

  /** Whether the volumes that its image asks for are made. */
  get imageVolumes(): boolean {
    return this.#core.config.imageVolumes ?? false;
  }

  /** The host directory that is mounted at /dev/shm; '' where the container mounts one of its own. */
  get shmDir(): string {
    return shmDirOf(this.#core.config);
  }

  /** The bytes that /dev/shm may hold; 0 without one of its own. */
  get shmSize(): number {
    return shmSizeOf(this.#core.config);
  }

  /** The SELinux label of its processes, or ''. */
  get processLabel(): string {
    return this.#core.config.spec.process.selinuxLabel ?? '';
  }

  /** The SELinux label of its mounts, or ''. */
  get mountLabel(): string {
    return this.#core.config.spec.linux?.mountLabel ?? '';
  }

  /** The IDs of the containers that it depends on, each once: those whose namespaces it joins, and those it requires. */
  get dependencies(): string[] {
    return dependenciesOf(this.#core.config);
  }

  /** The IDs of the containers that depend on this one, as they are now. It cannot be removed before them. */
  get dependents(): string[] {
    return dependentsOf(this.#core);
  }

  /** Whether it is the infra container of its pod, which holds the namespaces that the pod shares. */
  get isInfra(): boolean {
    return this.#core.config.isInfra === true;
  }

  /** The ports that lead into it; of no use unless it has a network namespace of its own. */
  get portMappings(): PortMapping[] {
    return structuredClone([...(this.#core.config.portMappings ?? [])]);
  }

  /** The name servers of its resolv.conf; the host's if there are none. */
  get dnsServers(): string[] {
    return [...(this.#core.config.dnsServer ?? [])];
  }

  /** The search domains of its resolv.conf; the host's if there are none. */
  get dnsSearch(): string[] {
    return [...(this.#core.config.dnsSearch ?? [])];
  }

  /** The options of its resolv.conf; the host's if there are none. */
  get dnsOption(): string[] {
    return [...(this.#core.config.dnsOption ?? [])];
  }

  /** The lines that its /etc/hosts has in addition, `NAME:ADDRESS`. */
  get hostsAdd(): string[] {
    return [...(this.#core.config.hostsAdd ?? [])];
  }

  /** Whether stdin is kept open. */
  get stdin(): boolean {
    return this.#core.config.stdin;
  }

  /** Whether the container has a network namespace of its own (libpod's NewNetNS). */
  get newNetNS(): boolean {
    return this.#core.config.createNetNS;
  }

  /** The labels: a copy. */
  get labels(): Record<string, string> {
    return { ...this.#core.config.labels };
  }

  /** The number of the signal that asks it to stop; SIGKILL follows after the stop timeout. */
  get stopSignal(): number {
    return this.#core.config.stopSignal;
  }

  /** Seconds between the stop signal and SIGKILL. */
  get stopTimeout(): number {
    return this.#core.config.stopTimeout;
  }

  get createdTime(): Date {
    return new Date(this.#core.config.createdTime);
  }

  /** The cgroup under which the container's own is made. */
  get cgroupParent(): string {
    return this.#core.config.cgroupParent;
  }

  /** The container's path in every cgroup hierarchy. */
  get cgroupPath(): string {
    return this.#core.config.cgroupPath;
  }

  /** The log file; '' without one. It is there after the first start. */
  get logPath(): string {
    return logFileOf(this.#core);
  }

  /** The directory of what survives a reboot. */
  get staticDir(): string {
    return this.#core.paths.static;
  }

  /** The name of the OCI runtime that runs it. */
  get runtimeName(): string {
    return this.#core.config.runtimeName;
  }

  /** Whether the container is removed when it ends. */
  get autoRemove(): boolean {
    return this.#core.config.autoRemove;
  }

  /** All that the state holds. */
  stateRecord(): Promise<ContainerState> {
    return this.#access((state) => Promise.resolve(state));
  }

  async state(): Promise<ContainerStatus> {
    return (await this.stateRecord()).state;
  }

  /** The PID of the container's init on the host; 0 if it does not run. */
  async pid(): Promise<number> {
    return (await this.stateRecord()).pid;
  }

  /** The exit status of the last run: 128 + signal after a signal; -1 if the monitor was killed. 0 before any. */
  async exitCode(): Promise<number> {
    return (await this.stateRecord()).exitCode;
  }

  /** Whether the kernel ended the last run for want of memory. */
  async oomKilled(): Promise<boolean> {
    return (await this.stateRecord()).oomKilled;
  }

  /** When the last run began, while another one is created too; undefined before any. */
  async startedTime(): Promise<Date | undefined> {
    const { startedTime } = await this.stateRecord();
    return startedTime === '' ? undefined : new Date(startedTime);
  }

  /** When a run of it ended last, while another one goes on too; undefined before any end. */
  async finishedTime(): Promise<Date | undefined> {
    const { finishedTime } = await this.stateRecord();
    return finishedTime === '' ? undefined : new Date(finishedTime);
  }

  /** Whether its root file system is mounted: while processes of it exist, and while it is mounted on the host. */
  async mounted(): Promise<boolean> {
    return (await this.mountpoint()) !== '';
  }

  /**
   * A path to the container's root file system, while it is mounted; else ''. That on the host, if it is mounted there;
   * while it runs one through the init's entry in /proc (proc_pid_root(5)), with all that is mounted in the container.
   * Symbolic links in the container lead into the container from there only if they are resolved beneath it (openat2(2),
   * RESOLVE_IN_ROOT).
   */
  async mountpoint(): Promise<string> {
    const { pid } = await this.stateRecord();
    return hostMountOf(this.#core.paths) ?? (pid > 0 ? `/proc/${pid}/root` : '');
  }

  /**
   * Mounts its root on the host, whether it runs or not: the files of the root, without what is mounted in it. Mounted twice
   * it wants two unmounts; it outlives this process, but not the container. A container that is started while its root is
   * mounted runs on it, also one that else begins with an empty layer each time.
   *
   * @returns the path, in the run directory. What is there is the container's: open nothing of it by path that a process of
   *   the container could replace by a link
   * @throws LibpodError ERR_INVALID_STATE while it is being removed
   */
  mount(): Promise<string> {
    return mount(this.#core, this.#access);
  }

  /**
   * Takes one mount back; with the last one the root is unmounted on the host. A container that runs keeps its own.
   *
   * @returns false if it was not mounted
   * @throws LibpodError ERR_INVALID_STATE while a process uses it, unless forced
   */
  unmount(options: UnmountRootOptions = {}): Promise<boolean> {
    return unmount(this.#core, this.#access, options);
  }

  /**
   * The path of one of the container's namespaces.
   *
   * @throws LibpodError ERR_INVALID_STATE unless it runs or is paused, ERR_INVALID_ARGUMENT for a name that is none
   */
  async namespacePath(namespace: LinuxNamespaceName): Promise<string> {
    const file = namespaceFile(namespace);
    const { state, pid } = await this.stateRecord();
    if (state !== 'running' && state !== 'paused' && state !== 'stopping') {
      throw new LibpodError(
        'ERR_INVALID_STATE',
        `cannot get the path of a namespace of container ${this.name}: it is ${state}, and must be running`,
        { containerId: this.id },
      );
    }
    return `/proc/${pid}/ns/${file}`;
  }

  /**
   * How its healthcheck finds it; undefined unless it runs and has one.
   */
  healthStatus(): Promise<HealthStatus | undefined> {
    const { config, paths } = this.#core;
    return this.#access((state) => Promise.resolve(healthStatusOf(config, paths, state)));
  }

  /** The IDs of its exec sessions: those that run, and those that `execCreate` made and nobody removed. */
  execSessions(): Promise<string[]> {
    return this.#access((state) => listSessions(this.#core, state));
  }

  /**
   * What is known of one of them.
   *
   * @throws LibpodError ERR_NO_SUCH_EXEC_SESSION
   */
  execSession(id: string): Promise<ExecSession> {
    return this.#access(() => describeSession(this.#core, id));
  }

  /**
   * Makes an exec session that waits to be started (libpod's ExecCreate); any process may start it. It stays until it is
   * removed or the container ends.
   *
   * @returns its ID
   * @throws LibpodError ERR_INVALID_STATE unless the container runs, ERR_INVALID_ARGUMENT
   */
  execCreate(command: readonly string[], options?: ExecProcessOptions): Promise<string> {
    return createSession(this.#core, this.#access, command, options);
  }

  /**
   * The addresses of its network namespace, with their prefixes.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT if that is not its own
   */
  ips(): Promise<string[]> {
    return this.#access(async ({ pid }) => {
      requireOwnNetwork(this.#core);
      const found = pid > 0 ? attachmentsOf(this.#core) : [];
      return Promise.resolve(
        found.flatMap(({ addresses }) => addresses.map(({ address, prefix }) => `${address}/${prefix}`)),
      );
    });
  }

  /**
   * The routes of its network namespace.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT if that is not its own
   */
  routes(): Promise<{ readonly destination: string; readonly gateway: string }[]> {
    return this.#access(async ({ pid }) => {
      requireOwnNetwork(this.#core);
      const found = pid > 0 ? attachmentsOf(this.#core) : [];
      return Promise.resolve(
        found.flatMap(({ gateways }) =>
          gateways.map((gateway) => ({ destination: gateway.includes(':') ? '::/0' : '0.0.0.0/0', gateway })),
        ),
      );
    });
  }

  /**
   * Its address.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT if it has no network namespace of its own, does not run, or is in no network
   */
  ipAddress(): Promise<string> {
    return this.#access(async ({ pid }) => {
      requireOwnNetwork(this.#core);
      const found = pid > 0 ? attachmentsOf(this.#core).flatMap(({ addresses }) => addresses) : [];
      if (found[0] !== undefined) return Promise.resolve(found[0].address);
      const why = pid > 0 ? 'it is in no network' : 'it does not run';
      return Promise.reject(
        new LibpodError('ERR_INVALID_ARGUMENT', `container ${this.name} has no IP address: ${why}`, {
          containerId: this.id,
        }),
      );
    });
  }

  /**
   * Puts it into another network: at once if it lives, and at all its later starts.
   *
   *     await container.connect({ name: 'backend', aliases: ['db'] });
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT if it has no network namespace of its own or is in the network already,
   *   ERR_NO_SUCH_NETWORK, ERR_NO_ADDRESS, ERR_ADDRESS_IN_USE
   */
  connect(network: string | NetworkChoice): Promise<void> {
    return connect(this.#core, this.#access, typeof network === 'string' ? { name: network } : network);
  }

  /**
   * Takes it out of a network: at once if it lives, and at all its later starts. Its published ports then lead to its
   * address in the first network that is left.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT if it is not in the network
   */
  disconnect(network: string): Promise<void> {
    return disconnect(this.#core, this.#access, network);
  }

  /**
   * Makes anew what somebody has taken away of its networks on the host: bridges, rules, published ports.
   *
   * @throws LibpodError ERR_INVALID_STATE unless it runs
   */
  reloadNetworks(): Promise<void> {
    return reloadNetworks(this.#core, this.#access);
  }

  /**
   * Has its `/etc/resolv.conf` say what its networks and the host say now, in place of what stands there.
   *
   * @throws LibpodError ERR_INVALID_STATE unless it runs
   */
  reloadResolvConf(): Promise<void> {
    return reloadResolvConf(this.#core, this.#access);
  }

  /**
   * Its processes, as a table of columns that podman-top(1) names; those of `ps -ef` unless given. PIDs and users are as the
   * container numbers and names them; with an `h` in front, as the host does. Nothing is executed in the container.
   *
   *     const { titles, processes } = await container.top(['pid', 'hpid', 'args']);
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT for a descriptor that is not known, ERR_INVALID_STATE unless it runs
   */
  top(descriptors: readonly string[] = []): Promise<ContainerTop> {
    return top(this.#core, this.#access, descriptors);
  }

  /**
   * What it has changed of its root: files that are new, changed or gone, each directory before what is in it. What the
   * engine brings and mounts is not among it.
   *
   * @throws LibpodError ERR_UNSUPPORTED for a root directory that is used as it stands, as nothing tells it
   */
  async diff(): Promise<RootChange[]> {
    await this.stateRecord();
    const { config, paths } = this.#core;
    const mounts = (config.spec.mounts ?? []).map(({ destination }) => destination);
    return rootChanges(config.root, paths, mounts);
  }

  /**
   * The bytes of all files of its root: those of the directory or layers beneath, and what it wrote over them. What is
   * mounted in the root does not count.
   */
  async rootFsSize(): Promise<number> {
    // Counting may take long: not under the lock.
    await this.stateRecord();
    return rootFsSize(this.#core.config.root, this.#core.paths);
  }

  /** The bytes of all files that it has written or changed; 0 where the root is a directory that is used as it stands. */
  async rwSize(): Promise<number> {
    await this.stateRecord();
    return rwSize(this.#core.config.root, this.#core.paths);
  }

  /**
   * Creates processes and namespaces; the program waits for start. ERR_INVALID_STATE unless configured or exited, and all that
   * it depends on runs.
   */
  async init(options: StartOptions = {}): Promise<void> {
    requireShape('init', START_OPTIONS, options);
    return init(this.#core, this.#access, options);
  }

  /** Runs the program. ERR_INVALID_STATE unless configured, created or exited, and all that it depends on runs. */
  async start(options: StartOptions = {}): Promise<void> {
    requireShape('start', START_OPTIONS, options);
    return start(this.#core, this.#access, options);
  }

  /**
   * Sends a signal to its init.
   *
   * @param signal a name or number; KILL by default
   * @throws LibpodError ERR_INVALID_STATE if no process of it exists
   */
  async kill(signal: string | number = 'KILL'): Promise<void> {
    return kill(this.#core, this.#access, signalNumber(signal));
  }

  /**
   * Freezes all its processes where they are. ERR_INVALID_STATE unless it runs.
   */
  pause(): Promise<void> {
    return pause(this.#core, this.#access);
  }

  /** Lets them go on. ERR_INVALID_STATE unless it is paused. */
  unpause(): Promise<void> {
    return unpause(this.#core, this.#access);
  }

  /**
   * Changes limits: at once if it lives, and for all its later runs. What is not given stays as it is.
   *
   *     await container.update({ memory: 256 * 1024 ** 2, cpuQuota: 50_000 });
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, and what the kernel answers to a limit that it refuses
   */
  update(resources: UpdateOptions): Promise<void> {
    return update(this.#core, this.#access, resources);
  }

  /**
   * Gives it another name. The old one is free at once.
   *
   * @throws LibpodError ERR_INVALID_NAME, ERR_NAME_IN_USE
   */
  rename(name: string): Promise<void> {
    return rename(this.#core, this.#access, name);
  }

  /**
   * All about it, in podman's shape.
   *
   * @param options with `size` also SizeRw and SizeRootFs, for which all files of its root are counted
   */
  async inspect({ size = false }: { readonly size?: boolean | undefined } = {}): Promise<ContainerInspect> {
    const all = describe(this.#core, await this.stateRecord());
    if (!size) return all;
    const [SizeRw, SizeRootFs] = await Promise.all([this.rwSize(), this.rootFsSize()]);
    return { ...all, SizeRw, SizeRootFs };
  }
}
