import { refuseInsideBatch } from '../container/locking/batch.js';
import { signalNumber } from '../linux/processes/signals.js';
import type { ExitPolicy, PodConfig, PodNamespace } from '../model/pod.js';
import { podStatus, type PodStatus } from '../model/pod-status.js';
import type { PodCore } from './core.js';
import { describePod, type PodInspect } from './inspect.js';
import { kill } from './kill.js';
import { lookAtMembers, type PodMember } from './members.js';
import { pause, unpause } from './pause.js';
import { remove, type PodRemoveOptions } from './remove.js';
import { restart } from './restart.js';
import { start } from './start.js';
import { stats, type PodMemberStats } from './stats.js';
import { stop } from './stop.js';
import { tellPod } from './tell.js';
import { top } from './top.js';
import type { ContainerTop } from '../container/top/top.js';

/** How long the containers of a pod may take to stop. */
export interface PodStopOptions {
  /** Seconds between the stop signal and SIGKILL; each container's own (10 unless configured) unless given; 0 kills at once. */
  readonly timeout?: number | undefined;
}

/**
 * A pod: containers that share namespaces, limits and a life. The object is a handle, as that of a container is: the truth is
 * in the records, and several handles, also in several processes, may be used at once.
 *
 * A verb is done to all containers that it concerns; where it fails for one, the others still have their turn, and the error
 * tells of the first (its `cause` has all of them). Containers are added by `Runtime.createContainer({ pod })`, and taken away by
 * their own `remove`.
 *
 *     const pod = await runtime.createPod({ name: 'web', resources: { memory: 256 * 1024 ** 2 } });
 *     await runtime.createContainer({ pod: 'web', hostRoot: true, command: ['sleep', '100'] });
 *     await pod.start();
 */
export class Pod {
  readonly #core: PodCore;

  constructor(core: PodCore) {
    this.#core = core;
  }

  /** The full ID: 64 hexadecimal digits. */
  get id(): string {
    return this.#core.id;
  }

  /** The name, which no container and no other pod has. */
  get name(): string {
    return this.#core.name;
  }

  /** The configuration that it was created with: a copy, at every depth. */
  config(): PodConfig {
    return structuredClone(this.#core.config);
  }

  /** The labels: a copy. */
  get labels(): Record<string, string> {
    return { ...this.#core.config.labels };
  }

  get createdTime(): Date {
    return new Date(this.#core.config.createdTime);
  }

  /** The host name that was asked for, or ''. */
  get hostname(): string {
    return this.#core.config.hostname;
  }

  /** The full ID of the container that holds the shared namespaces, or ''. */
  get infraId(): string {
    return this.#core.config.infraContainerId ?? '';
  }

  /** The namespaces that its containers share. */
  get sharedNamespaces(): PodNamespace[] {
    return [...this.#core.config.shared];
  }

  /** The pod's path in every cgroup hierarchy; its containers' are beneath it. */
  get cgroupPath(): string {
    return this.#core.config.cgroupPath;
  }

  get exitPolicy(): ExitPolicy {
    return this.#core.config.exitPolicy;
  }

  /** Its state, from those of its containers: a look without locks (libpod's GetPodStatus). */
  status(): Promise<PodStatus> {
    return this.containers().then((members) => podStatus(members.map(({ state }) => state)));
  }

  /** Its containers, the infra container among them, by ID: a look without locks. */
  async containers(): Promise<PodMember[]> {
    this.#core.requireThere();
    return Promise.resolve(lookAtMembers(this.#core));
  }

  /** Whether a container belongs to it. @param id a full ID */
  hasContainer(id: string): boolean {
    return this.#core.services.containers.records.config(id)?.pod === this.id;
  }

  /**
   * Starts all its containers that do not run, each after those that it depends on. One that cannot be started keeps those back
   * that depend on it.
   *
   * @throws LibpodError ERR_INVALID_STATE if it has no containers; what kept the first one from starting
   */
  async start(): Promise<void> {
    this.#refuseInsideBatch('start');
    await start(this.#core);
    await tellPod(this.#core, 'start');
  }

  /** Stops all its containers, the infra container last: the stop signal, then SIGKILL after the timeout. */
  async stop({ timeout }: PodStopOptions = {}): Promise<void> {
    this.#refuseInsideBatch('stop');
    await stop(this.#core, timeout);
    await tellPod(this.#core, 'stop');
  }

  /** Stops those that run, then starts all. */
  async restart({ timeout }: PodStopOptions = {}): Promise<void> {
    this.#refuseInsideBatch('restart');
    await restart(this.#core, timeout);
    await tellPod(this.#core, 'restart');
  }

  /**
   * Sends a signal to the first process of each container that has one.
   *
   * @param signal a name or number; KILL by default
   */
  async kill(signal: string | number = 'KILL'): Promise<void> {
    this.#refuseInsideBatch('kill');
    await kill(this.#core, signalNumber(signal));
    await tellPod(this.#core, 'kill');
  }

  /** Freezes all its containers that run. */
  async pause(): Promise<void> {
    this.#refuseInsideBatch('pause');
    await pause(this.#core);
    await tellPod(this.#core, 'pause');
  }

  /** Lets all its containers that are paused go on. */
  async unpause(): Promise<void> {
    this.#refuseInsideBatch('unpause');
    await unpause(this.#core);
    await tellPod(this.#core, 'unpause');
  }

  /**
   * Removes it with all its containers.
   *
   * @throws LibpodError ERR_INVALID_STATE if one runs, unless forced; ERR_DEPENDENCY if a container outside of it depends on one
   */
  async remove(options?: PodRemoveOptions): Promise<void> {
    this.#refuseInsideBatch('remove');
    await remove(this.#core, options);
    await tellPod(this.#core, 'remove');
  }

  /** All about it, in podman's shape: a look without locks. */
  async inspect(): Promise<PodInspect> {
    this.#core.requireThere();
    return Promise.resolve(describePod(this.#core));
  }

  /** What those of its containers that run use now. */
  async stats(): Promise<PodMemberStats[]> {
    this.#core.requireThere();
    return stats(this.#core);
  }

  /**
   * The processes of those of its containers that run (podman-pod-top(1)).
   *
   * @param descriptors what to show of each, as of Container.top
   * @throws LibpodError ERR_INVALID_STATE if none runs, ERR_INVALID_ARGUMENT for a descriptor that is not known
   */
  async top(descriptors: readonly string[] = []): Promise<ContainerTop> {
    this.#core.requireThere();
    return top(this.#core, descriptors);
  }

  /** The lock of a pod comes before those of its containers: whoever holds one of these must not ask for it. */
  #refuseInsideBatch(verb: string): void {
    for (const core of this.#core.members()) refuseInsideBatch(core, `${verb} the pod of`);
  }
}
