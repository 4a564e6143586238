import { runFileSteps } from '../linux/files/files.js';
import { isSameProcess, startTicks } from '../linux/processes/processes.js';
import { RECORD_VERSION } from '../model/config.js';
import { readRecord, recordText } from './json-file.js';
import { isUnreadable } from './unreadable.js';

/** Where a root is mounted on the host, and the record beside it. */
export interface MountPlace {
  readonly mountDirectory: string;
  readonly mountPoint: string;
  readonly mountRecord: string;
}

/** Who wants a root mounted on the host; written under the lock of the container, or of the images. */
export interface MountRecord {
  readonly version: typeof RECORD_VERSION;
  /** How often it was mounted, and not unmounted yet. */
  readonly users: number;
  /** Processes that use it for as long as they copy, each once for every copy. */
  readonly borrowers: readonly { readonly pid: number; readonly startTicks: string }[];
}

export const NOBODY: MountRecord = { version: RECORD_VERSION, users: 0, borrowers: [] };

/** The record, without borrowers that have died; undefined if there is none. One that is damaged is nobody's. */
export function readMountRecord(place: MountPlace): MountRecord | undefined {
  let record: MountRecord | undefined;
  try {
    record = readRecord<MountRecord>(place.mountRecord);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return NOBODY;
  }
  if (record === undefined) return undefined;
  const borrowers = record.borrowers.filter(({ pid, startTicks: ticks }) =>
    isSameProcess({ pid, startTicks: BigInt(ticks) }),
  );
  return { ...record, borrowers };
}

/** Writes it by rename, with the place of the mount beside it. It does not outlive the boot, as the mount does not. */
export async function writeMountRecord(place: MountPlace, record: MountRecord): Promise<void> {
  const temporary = `${place.mountRecord}.new`;
  await runFileSteps('record a mount', [
    { op: 'mkdirs', path: place.mountPoint },
    { op: 'write', path: temporary, mode: 0o600, data: recordText(record) },
    { op: 'rename', path: temporary, to: place.mountRecord },
  ]);
}

/** Removes the record and the place, where nothing is mounted any more. */
export async function removeMountRecord(place: MountPlace): Promise<void> {
  await runFileSteps('forget a mount', [{ op: 'remove', path: place.mountDirectory }]);
}

/** The record with this process among the borrowers once more. */
export function borrowedByUs(record: MountRecord): MountRecord {
  const us = { pid: process.pid, startTicks: String(startTicks(process.pid)) };
  return { ...record, borrowers: [...record.borrowers, us] };
}

/** The record with this process among the borrowers once less. */
export function returnedByUs(record: MountRecord): MountRecord {
  const at = record.borrowers.findIndex(({ pid }) => pid === process.pid);
  return { ...record, borrowers: record.borrowers.filter((_, index) => index !== at) };
}

/** Whether anybody wants it. */
export function isWanted({ users, borrowers }: MountRecord): boolean {
  return users > 0 || borrowers.length > 0;
}
