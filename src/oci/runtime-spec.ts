import type { Linux, LinuxIDMapping } from './linux-types.js';
import type { Process } from './process-types.js';

export type * from './linux-types.js';
export type * from './process-types.js';
export type * from './resource-types.js';
export type * from './seccomp-types.js';

/** The root file system. */
export interface Root {
  /** Absolute, or relative to the bundle. */
  path: string;
  readonly?: boolean | undefined;
}

/** A mount; they are made in the order of the list. */
export interface Mount {
  /** Absolute, inside the container. */
  destination: string;
  /** A file system of /proc/filesystems; `bind` or absent with the option `bind` or `rbind`. */
  type?: string | undefined;
  /** A device, a name, or for a bind a path (relative to the bundle unless absolute). */
  source?: string | undefined;
  /** Options of mount(8): those that the runtime does not know are the file system's. */
  options?: string[] | undefined;
  uidMappings?: LinuxIDMapping[] | undefined;
  gidMappings?: LinuxIDMapping[] | undefined;
}

/** A program of the host that is run at a point of the container's life. */
export interface Hook {
  /** Absolute. */
  path: string;
  /** With the name of the program first, as for execve(2). */
  args?: string[] | undefined;
  env?: string[] | undefined;
  /** Seconds; then the hook is killed. */
  timeout?: number | undefined;
}

/** Hooks by the point at which they run: config.md, "POSIX-platform Hooks". */
export interface Hooks {
  /** Deprecated by the specification: after the namespaces are made. */
  prestart?: Hook[] | undefined;
  createRuntime?: Hook[] | undefined;
  createContainer?: Hook[] | undefined;
  startContainer?: Hook[] | undefined;
  poststart?: Hook[] | undefined;
  poststop?: Hook[] | undefined;
}

/**
 * The config.json of an OCI bundle for Linux: runtime-spec 1.2, config.md. Sections of other systems
 * (`windows`, `solaris`, `vm`, `zos`) are left out.
 *
 * `process` and `root` are optional in the specification, where another platform, or a container that is
 * never started, may lack them; here each container has both.
 */
export interface RuntimeSpec {
  /** The version of the specification, 1.x.y. */
  ociVersion: string;
  process: Process;
  root: Root;
  hostname?: string | undefined;
  domainname?: string | undefined;
  mounts?: Mount[] | undefined;
  hooks?: Hooks | undefined;
  annotations?: Record<string, string> | undefined;
  linux?: Linux | undefined;
}
