import { LibpodError } from '../base/errors.js';
import { checkName, isId, randomName } from '../base/ids.js';
import type { ContainerCore } from '../container/core.js';
import { remove as removeContainer } from '../container/remove.js';
import { runFileSteps } from '../linux/files/files.js';
import type { ContainerConfig } from '../model/config.js';
import type { PodConfig, PodNamespace } from '../model/pod.js';
import { networksOf } from '../model/settings.js';
import { podStatus, type PodStatus } from '../model/pod-status.js';
import { PodCore } from '../pod/core.js';
import { lookAtMembers, type PodMember } from '../pod/members.js';
import { Pod } from '../pod/pod.js';
import type { PodRemoveOptions } from '../pod/remove.js';
import type { PodServices } from '../pod/services.js';
import { tellPod } from '../pod/tell.js';
import { requireShape } from '../spec/shape.js';
import { CLONE_OPTIONS, cloneNames, type CloneOptions } from './clone.js';
import { cloneMembers, clonePodConfig } from './clone-pod.js';
import type { CreateContext } from './create.js';
import { makePod } from './create-pod.js';
import type { PodCreateOptions } from './options/pod.js';
import type { PruneReport } from './upkeep/prune.js';
import { sweepNames } from './upkeep/sweep.js';

/** One pod of a listing. */
export interface PodSummary {
  readonly id: string;
  readonly name: string;
  readonly status: PodStatus;
  /** ISO 8601, or '' if its record is damaged. */
  readonly createdTime: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The full ID of its infra container, or ''. */
  readonly infraId: string;
  readonly cgroupPath: string;
  readonly sharedNamespaces: readonly PodNamespace[];
  /** The names of the networks that they share. */
  readonly networks: readonly string[];
  /** The infra container among them. */
  readonly containers: readonly PodMember[];
}

/** Whether a pod is to be listed. */
export type PodFilter = (pod: PodSummary) => boolean;

/** What making a pod needs of the engine. */
export interface PodMaking {
  context(): CreateContext;
  /** Records a container. */
  publish(config: ContainerConfig): Promise<unknown>;
}

/** Names by chance that are tried before a pod is refused. */
const ATTEMPTS = 20;
/** Grows when the directories in it change. */
const INFRA_ROOT_VERSION = 1;

/** The pods of a store. */
export class PodRegistry {
  readonly #services: PodServices;
  readonly #making: PodMaking;

  constructor(services: PodServices, making: PodMaking) {
    this.#services = services;
    this.#making = making;
  }

  /** The root of infra containers, made if need be: two directories to mount on. */
  async #infraRoot(): Promise<string> {
    const root = `${this.#services.pods.paths.infraRoot}/${INFRA_ROOT_VERSION}`;
    await runFileSteps('make the root of infra containers', [
      { op: 'mkdirs', path: `${root}/proc` },
      { op: 'mkdirs', path: `${root}/dev` },
    ]);
    return root;
  }

  /** Creates a pod with its infra container; nothing of it runs yet. */
  async create(options: PodCreateOptions): Promise<Pod> {
    const made = await makePod(options, this.#making.context(), await this.#infraRoot());
    let { config } = made;
    for (let attempt = 1; ; attempt++) {
      try {
        const core = await this.#publish(config, made.infra);
        await tellPod(core, 'create');
        return new Pod(core);
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NAME_IN_USE') || attempt === ATTEMPTS) throw error;
        if (options.name === undefined) config = { ...config, name: randomName(attempt) };
        // A crash may have left a name without an owner.
        else if (attempt > 1) throw error;
        else await sweepNames(this.#services.containers);
      }
    }
  }

  /**
   * Clones a pod with its containers as they are now; what fails leaves nothing.
   *
   * @throws LibpodError ERR_NO_SUCH_POD, ERR_NAME_IN_USE, ERR_INVALID_ARGUMENT
   */
  async clone(nameOrId: string, options: CloneOptions): Promise<Pod> {
    requireShape('clonePod', CLONE_OPTIONS, options);
    const from = this.lookupCore(nameOrId);
    const context = this.#making.context();
    const original = { config: from.config, members: from.members() };
    let refusal: unknown;
    for (const name of options.name === undefined ? cloneNames(from.name) : [checkName(options.name)]) {
      const made = clonePodConfig(original, name, options, context);
      try {
        const core = await this.#publish(made.config, made.infra);
        await tellPod(core, 'create');
        const clone = new Pod(core);
        const { destroy = false, force = false } = options;
        try {
          await cloneMembers(from, made.config, context, (config) => this.#making.publish(config));
          if (destroy) await new Pod(from).remove({ force });
        } catch (error) {
          await clone.remove();
          throw error;
        }
        return clone;
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NAME_IN_USE')) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async #publish(config: PodConfig, infra: ContainerConfig | undefined): Promise<PodCore> {
    const { pods } = this.#services;
    await pods.publish(
      config,
      async () => {
        if (infra !== undefined) await this.#making.publish(infra);
      },
      async () => {
        const core = infra && this.#services.find(infra.id);
        if (core !== undefined) await removeContainer(core, {}, { withPod: true });
      },
    );
    return new PodCore(this.#services, config);
  }

  /** @throws LibpodError ERR_NO_SUCH_POD */
  core(id: string): PodCore {
    const config = isId(id) ? this.#services.pods.config(id) : undefined;
    if (config === undefined)
      throw new LibpodError('ERR_NO_SUCH_POD', `no pod with ID ${JSON.stringify(id)} found: no such pod`);
    return new PodCore(this.#services, config);
  }

  get(id: string): Pod {
    return new Pod(this.core(id));
  }

  /** @throws LibpodError ERR_NO_SUCH_POD, ERR_AMBIGUOUS */
  lookupCore(nameOrId: string): PodCore {
    const { pods, containers } = this.#services;
    const own = isId(nameOrId) ? pods.config(nameOrId) : undefined;
    if (own !== undefined) return new PodCore(this.#services, own);
    const named = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(nameOrId)
      ? containers.records.ownerOfName(nameOrId)
      : undefined;
    const config = named === undefined ? undefined : pods.config(named);
    if (config !== undefined) return new PodCore(this.#services, config);
    const found = /^[0-9a-f]+$/.test(nameOrId) ? pods.ids().filter((id) => id.startsWith(nameOrId)) : [];
    if (found.length > 1)
      throw new LibpodError(
        'ERR_AMBIGUOUS',
        `more than one pod has an ID that starts with ${nameOrId}: give more digits`,
      );
    const [only] = found;
    if (only === undefined)
      throw new LibpodError(
        'ERR_NO_SUCH_POD',
        `no pod with name or ID ${JSON.stringify(nameOrId)} found: no such pod${named === undefined ? '' : '; a container has that name'}`,
      );
    return this.core(only);
  }

  lookup(nameOrId: string): Pod {
    return new Pod(this.lookupCore(nameOrId));
  }

  has(nameOrId: string): boolean {
    try {
      this.lookupCore(nameOrId);
      return true;
    } catch (error) {
      if (LibpodError.is(error, 'ERR_NO_SUCH_POD')) return false;
      throw error;
    }
  }

  /** All pods that all filters agree on, the oldest first: a snapshot, taken without locks. */
  list(filters: readonly PodFilter[]): PodSummary[] {
    return this.#services.pods
      .ids()
      .flatMap((id) => this.#summary(id) ?? [])
      .filter((pod) => filters.every((filter) => filter(pod)))
      .sort((a, b) => (a.createdTime < b.createdTime ? -1 : a.createdTime > b.createdTime ? 1 : 0));
  }

  #networks(infraId: string): string[] {
    const infra = infraId === '' ? undefined : this.#services.find(infraId);
    return infra === undefined ? [] : networksOf(infra.config, infra.settings).map(({ name }) => name);
  }

  #summary(id: string): PodSummary | undefined {
    try {
      const config = this.#services.pods.config(id);
      // Removed since the directory was listed.
      if (config === undefined) return undefined;
      const containers = lookAtMembers(new PodCore(this.#services, config));
      const { name, createdTime, labels, infraContainerId = '', cgroupPath, shared } = config;
      const status = podStatus(containers.map(({ state }) => state));
      const sharedNamespaces = shared;
      const networks = this.#networks(infraContainerId);
      return {
        ...{ id, name, status, createdTime, labels, cgroupPath, sharedNamespaces, networks, containers },
        infraId: infraContainerId,
      };
    } catch (error) {
      // One damaged record hides one pod's details, never the list.
      if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
      const nothing = { name: '', createdTime: '', labels: {}, infraId: '', cgroupPath: '' };
      return { id, status: 'Error', ...nothing, sharedNamespaces: [], networks: [], containers: [] };
    }
  }

  /** Removes the pods that have ended; one that somebody else has removed meanwhile is passed over. */
  async prune(filters: readonly PodFilter[]): Promise<PruneReport> {
    return this.#removeThose(
      this.list([({ status }) => status === 'Exited' || status === 'Stopped', ...filters]),
    );
  }

  /** Removes all pods by force. */
  async removeAll(): Promise<void> {
    const { failed } = await this.#removeThose(this.list([]), { force: true, timeout: 0 });
    if (failed[0] !== undefined) throw failed[0].error;
  }

  async #removeThose(chosen: readonly PodSummary[], options?: PodRemoveOptions): Promise<PruneReport> {
    const removed: string[] = [];
    const failed: { id: string; error: unknown }[] = [];
    await Promise.all(
      chosen.map(async ({ id }) => {
        try {
          await this.get(id).remove(options);
          removed.push(id);
        } catch (error) {
          if (LibpodError.is(error, 'ERR_REMOVED') || LibpodError.is(error, 'ERR_NO_SUCH_POD')) return;
          failed.push({ id, error });
        }
      }),
    );
    return { removed, failed };
  }

  /** Removes infra containers without a pod, which a crash left: nobody else may remove them. */
  async removeOrphans(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const core: ContainerCore | undefined = this.#services.find(id);
      try {
        if (core !== undefined) await removeContainer(core, { force: true, timeout: 0 }, { withPod: true });
      } catch (error) {
        // Another engine clears up as well.
        if (!LibpodError.is(error, 'ERR_REMOVED')) throw error;
      }
    }
  }
}
