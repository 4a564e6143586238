import { createHash } from 'node:crypto';
import { isId } from '../base/ids.js';

/**
 * Where everything is. The grammar of the store, in one place; design: records are files. Parts are joined with a slash:
 * the roots are absolute and normal.
 */
export class StorePaths {
  /** Survives a reboot. */
  readonly root: string;
  /** One directory for each boot beneath it. */
  readonly runRoot: string;
  /** This boot's directory. */
  readonly run: string;
  /** The records that tie the root to its run root, and the run root to its root. */
  readonly storeFile: string;
  readonly runStoreFile: string;
  readonly containers: string;
  readonly names: string;
  /** Containers whose records are damaged, set aside whole; made with the first. */
  readonly damaged: string;
  readonly hostRoot: string;
  readonly runContainers: string;
  readonly pods: string;
  readonly runPods: string;
  /** Who of a pod has not ended (company.ts). */
  readonly companies: string;
  /** The root of infra containers. */
  readonly infraRoot: string;
  /** Where roots are mounted on the host; not in the containers' own directories, which are removed as they stand. */
  readonly mounts: string;
  /** The same for images. */
  readonly imageMounts: string;
  /** Who depends on whom: a file `TARGET.ID` for each container that depends on another one, or belongs to a pod. */
  readonly links: string;
  /** The same for throwaway containers. */
  readonly runLinks: string;
  /** Eight digits that tell this store's cgroups from those of another under the same parent. */
  readonly tag: string;
  /** A directory that stays empty. */
  readonly empty: string;
  readonly seccompCache: string;
  /** The journal of events of this boot. */
  readonly events: string;
  readonly volumes: string;
  /** The roots of throwaway containers that are copies; made with the first. */
  readonly copies: string;
  /** The records of networks, and this boot's addresses. */
  readonly networks: string;
  readonly runNetworks: string;

  constructor(root: string, runRoot: string, bootId: string) {
    this.root = root;
    this.runRoot = runRoot;
    this.run = `${runRoot}/${bootId}`;
    this.tag = createHash('sha256').update(`${root}\0${runRoot}`).digest('hex').slice(0, 8);
    this.storeFile = `${root}/store.json`;
    this.runStoreFile = `${runRoot}/store.json`;
    this.containers = `${root}/containers`;
    this.names = `${root}/names`;
    this.damaged = `${root}/damaged`;
    this.hostRoot = `${root}/host-root`;
    this.runContainers = `${this.run}/containers`;
    this.pods = `${root}/pods`;
    this.runPods = `${this.run}/pods`;
    this.companies = `${this.run}/companies`;
    this.infraRoot = `${root}/infra-root`;
    this.mounts = `${this.run}/mounts`;
    this.imageMounts = `${this.run}/image-mounts`;
    this.links = `${root}/links`;
    this.runLinks = `${this.run}/links`;
    this.empty = `${this.run}/empty`;
    this.seccompCache = `${this.run}/seccomp`;
    this.events = `${this.run}/events`;
    this.volumes = `${root}/volumes`;
    this.copies = `${root}/copies`;
    this.networks = `${root}/networks`;
    this.runNetworks = `${this.run}/networks`;
  }

  /** The scope of systemd's for the cgroups of this store. */
  get scope(): string {
    return `libpod-${this.tag}.scope`;
  }

  /** The name of the own cgroup of a container or a pod. */
  cgroupName(id: string): string {
    return `libpod-${this.tag}-${id}`;
  }

  /** The container, or pod, whose cgroup has this name; undefined if it is none of this store. */
  idOfCgroup(name: string): string | undefined {
    const [prefix, tag, id = ''] = name.split('-');
    return prefix === 'libpod' && tag === this.tag && isId(id) ? id : undefined;
  }

  name(name: string): string {
    return `${this.names}/${name}`;
  }

  /** The file that says that one container needs another one, or a pod. */
  link(target: string, id: string, throwaway: boolean): string {
    return `${throwaway ? this.runLinks : this.links}/${target}.${id}`;
  }

  /** The directories of one pod. */
  pod(id: string): PodPaths {
    const [run, own] = [`${this.runPods}/${id}`, `${this.pods}/${id}`];
    return { run, static: own, lock: `${run}/lock`, config: `${own}/config.json` };
  }

  /** The company of the infra container of a pod. */
  company(pod: string): string {
    return `${this.companies}/${pod}`;
  }

  /** The directories of one container. */
  container(id: string, throwaway: boolean): ContainerPaths {
    return new ContainerPaths(this, id, throwaway);
  }
}

/** The files of one pod. */
export interface PodPaths {
  readonly run: string;
  /** Survives a reboot. */
  readonly static: string;
  readonly lock: string;
  readonly config: string;
}

/** The files of one container. */
export class ContainerPaths {
  /** Its run directory: lock, state, control socket; of a throwaway container everything. */
  readonly run: string;
  /** Its static directory, which survives a reboot; of a throwaway container the run directory. */
  readonly static: string;
  readonly config: string;
  /** What may change and must survive a reboot. */
  readonly settings: string;
  /**
   * Locked by whoever works on the records, and, in a byte of its own, by the monitor while it lives; in it the monitor
   * says how the container is (monitor/journal.ts).
   */
  readonly lock: string;
  /** What engines decided: the rest of the state is in the monitor's words. */
  readonly state: string;
  readonly controlSocket: string;
  /** A launch program that an engine leaves for the next run by the restart policy. */
  readonly nextProgram: string;
  /** What the monitor tells of its health (monitor/health-file.ts). */
  readonly health: string;
  /** What the monitor leaves when a healthcheck has it stop the container: that must survive a reboot. */
  readonly stoppedMark: string;
  readonly log: string;
  readonly upper: string;
  readonly work: string;
  /** The whole root, where it is a copy: beneath the store's root in any case, as the run root may be in memory. */
  readonly copy: string;
  /** While its root is mounted on the host: where, and who wants it. */
  readonly mountDirectory: string;
  readonly mountPoint: string;
  readonly mountRecord: string;

  constructor(store: StorePaths, id: string, throwaway: boolean) {
    this.run = `${store.runContainers}/${id}`;
    this.static = throwaway ? this.run : `${store.containers}/${id}`;
    this.config = `${this.static}/config.json`;
    this.settings = `${this.static}/settings.json`;
    this.lock = `${this.run}/lock`;
    this.state = `${this.run}/state.json`;
    this.controlSocket = `${this.run}/ctl.sock`;
    this.nextProgram = `${this.run}/next-program`;
    this.health = `${this.run}/health.json`;
    this.stoppedMark = `${this.static}/stopped`;
    this.log = `${this.static}/ctr.log`;
    this.upper = `${this.static}/upper`;
    this.work = `${this.static}/work`;
    this.copy = throwaway ? `${store.copies}/${id}` : `${this.static}/root`;
    this.mountDirectory = `${store.mounts}/${id}`;
    this.mountPoint = `${this.mountDirectory}/root`;
    this.mountRecord = `${this.mountDirectory}/mount.json`;
  }

  /** A file that the engine makes for each start and mounts into the container. */
  file(name: string): string {
    return `${this.run}/${name}`;
  }
}
