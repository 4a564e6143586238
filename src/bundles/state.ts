import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { ContainerFiles, ContainerRecord } from './state-directory.js';
import { statusOf, type ContainerStatus } from './status.js';

/** The state of a container: runtime.md, "State", with what runc adds. */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when it is stopped. */
  readonly pid: number;
  readonly status: ContainerStatus;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339; '' while it is being created. */
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The name of the user who made it. */
  readonly owner: string;
}

/** The version that a container is shown with that is not whole. */
const NO_VERSION = '1.0.2';

/** How a container is now. @throws LibpodError ERR_NO_SUCH_CONTAINER */
export async function stateOf(files: ContainerFiles): Promise<ContainerState> {
  const record = files.readRecord();
  const status = await statusOf(files, record);
  return {
    ociVersion: record?.ociVersion ?? NO_VERSION,
    id: files.id,
    pid: status === 'stopped' || record === undefined ? 0 : record.pid,
    status,
    ...placesOf(record),
    ...(record?.annotations && { annotations: record.annotations }),
    owner: ownerOf(files),
  };
}

function placesOf(
  record: ContainerRecord | undefined,
): Pick<ContainerState, 'bundle' | 'rootfs' | 'created'> {
  if (record === undefined) return { bundle: '', rootfs: '', created: '' };
  const { bundle, rootfs, created } = record;
  return { bundle, rootfs, created };
}

function ownerOf({ directory }: ContainerFiles): string {
  const { uid } = statSync(directory);
  const own = userInfo();
  return own.uid === uid ? own.username : String(uid);
}
