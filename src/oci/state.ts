import type { HookPoint } from './names.js';

/** The version of the runtime specification that is carried out here. */
export const OCI_VERSION = '1.2.0';

/** What a container is doing: runtime.md, "State". */
export type OciStatus = 'creating' | 'created' | 'running' | 'stopped';

/** The state of a container: runtime.md, "State". */
export interface OciState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: OciStatus;
  /** As the reader of the state sees it; none once the process is gone. */
  readonly pid?: number | undefined;
  /** An absolute path. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** What a container is doing when its hooks of a kind run: config.md, "POSIX-platform Hooks". */
export const HOOK_STATUS: Readonly<Record<HookPoint, OciStatus>> = {
  prestart: 'creating',
  createRuntime: 'creating',
  createContainer: 'creating',
  startContainer: 'created',
  poststart: 'running',
  poststop: 'stopped',
};
