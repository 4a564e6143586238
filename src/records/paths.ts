import path from 'node:path';

/** Where everything is. The grammar of the store, in one place; design: records are files. */
export class StorePaths {
  /** Survives a reboot. */
  readonly root: string;
  /** One directory for each boot beneath it. */
  readonly runRoot: string;
  /** This boot's directory. */
  readonly run: string;

  constructor(root: string, runRoot: string, bootId: string) {
    this.root = root;
    this.runRoot = runRoot;
    this.run = path.join(runRoot, bootId);
  }

  /** The record that ties the root to its run directory. */
  get storeFile(): string {
    return path.join(this.root, 'store.json');
  }
  get containers(): string {
    return path.join(this.root, 'containers');
  }
  get names(): string {
    return path.join(this.root, 'names');
  }
  get hostRoot(): string {
    return path.join(this.root, 'host-root');
  }
  get runContainers(): string {
    return path.join(this.run, 'containers');
  }
  /** A directory that stays empty. */
  get empty(): string {
    return path.join(this.run, 'empty');
  }
  get seccompCache(): string {
    return path.join(this.run, 'seccomp');
  }
  name(name: string): string {
    return path.join(this.names, name);
  }
  /** The directories of one container. */
  container(id: string, throwaway: boolean): ContainerPaths {
    return new ContainerPaths(this, id, throwaway);
  }
}

/** The files of one container. */
export class ContainerPaths {
  /** Its run directory: lock, state, exit record, control socket; of a throwaway container everything. */
  readonly run: string;
  /** Its static directory, which survives a reboot; of a throwaway container the run directory. */
  readonly static: string;

  constructor(store: StorePaths, id: string, throwaway: boolean) {
    this.run = path.join(store.runContainers, id);
    this.static = throwaway ? this.run : path.join(store.containers, id);
  }

  get config(): string {
    return path.join(this.static, 'config.json');
  }
  get lock(): string {
    return path.join(this.run, 'lock');
  }
  get monitorLock(): string {
    return path.join(this.run, 'monitor.lock');
  }
  get state(): string {
    return path.join(this.run, 'state.json');
  }
  get exit(): string {
    return path.join(this.run, 'exit');
  }
  get controlSocket(): string {
    return path.join(this.run, 'ctl.sock');
  }
  get log(): string {
    return path.join(this.static, 'ctr.log');
  }
  get upper(): string {
    return path.join(this.static, 'upper');
  }
  get work(): string {
    return path.join(this.static, 'work');
  }
  /** A file that the engine makes for each start and mounts into the container. */
  file(name: string): string {
    return path.join(this.run, name);
  }
}
