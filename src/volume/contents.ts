import { chownSync, existsSync, lchownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import path from 'node:path';
import { copyTree, takeAttributes } from '../archive/copy-tree.js';
import { extractTar } from '../archive/extract.js';
import { packPath } from '../archive/host.js';
import { fileError, hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import type { HasDescriptor } from '../linux/files/descriptor.js';
import { runFileSteps } from '../linux/files/files.js';
import { findInRoot, type FoundFile } from '../linux/files/find-in-root.js';
import { openBeneath } from '../linux/files/open-beneath.js';
import { TreeWriter } from '../linux/trees/tree-writer.js';
import { volumeForm } from './options.js';
import type { HeldVolume } from './volumes.js';

/** Who a container runs as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a volume is filled from. */
export interface FillSource {
  /** The root of the container that uses it first. */
  readonly root: HasDescriptor;
  /** Where in it the volume is mounted. */
  readonly destination: string;
  /** Whose the volume is where the root has no such directory. */
  readonly owner: Owner;
  /** Whether what is in that directory is copied. */
  readonly copy: boolean;
}

/** The directory that a volume is mounted over; undefined if the root has none. */
function covered({ root, destination }: FillSource): FoundFile | undefined {
  try {
    const found = findInRoot(root, destination);
    if (found.stats.isDirectory()) return found;
    found[Symbol.dispose]();
    return undefined;
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NOT_FOUND') || LibpodError.is(error, 'ERR_NOT_A_DIRECTORY'))
      return undefined;
    throw error;
  }
}

/** Whether a volume waits for its first use. */
export function isFresh({ directory }: Pick<HeldVolume, 'directory'>): boolean {
  return existsSync(path.join(directory, 'fresh'));
}

/** Notes that a volume is in use from now on: it is not filled any more. */
export async function noteUse({ config, directory }: HeldVolume): Promise<void> {
  await runFileSteps(`use volume ${config.name}`, [{ op: 'remove', path: path.join(directory, 'fresh') }]);
}

/** Fills a directory with what another one holds; it gets that one's owner, mode and time. */
export async function copyInto(target: string, source: FillSource): Promise<void> {
  using found = covered(source);
  if (found === undefined) {
    chownSync(target, source.owner.uid, source.owner.gid);
    return;
  }
  if (source.copy) await copyTree(found.handle, target);
  else takeAttributes(target, found.stats);
}

/**
 * Fills a volume at its first use with what the container's root has at the same place. The copy is made beside it, and takes
 * its place by rename, which fails if anything was put into the volume: that stays.
 */
export async function fillVolume(volume: HeldVolume, source: FillSource): Promise<void> {
  const { config, directory, data } = volume;
  const { mount, uid, gid } = volumeForm(config.options);
  // What is mounted for it has contents and an owner of its own.
  if (mount !== undefined) return noteUse(volume);
  const making = path.join(directory, 'copy');
  const what = `fill volume ${config.name}`;
  try {
    // Of one that was killed.
    await runFileSteps(what, [{ op: 'remove', path: making }]);
    mkdirSync(making, { mode: 0o755 });
    await copyInto(making, source);
    if (uid !== undefined || gid !== undefined) chownSync(making, uid ?? 0, gid ?? 0);
    await runFileSteps(what, [{ op: 'rename', path: making, to: data }]);
  } catch (error) {
    await runFileSteps(what, [{ op: 'remove', path: making }]);
    if (!hasErrno(error, 'ENOTEMPTY', 'EEXIST'))
      throw error instanceof LibpodError ? error : fileError(what, error);
  }
  await noteUse(volume);
}

/** Gives a directory and all beneath it to a user; no link is followed, whoever moves things meanwhile. */
export function chownTree(directory: string | HasDescriptor, { uid, gid }: Owner, name = '.'): void {
  using opened = openBeneath(directory, name, {
    ...{ access: 'read', directory: true, noSymlinks: true, scope: 'beneath' },
  });
  const here = `/proc/self/fd/${opened.fd}`;
  chownSync(here, uid, gid);
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    if (entry.isDirectory()) chownTree(opened, { uid, gid }, entry.name);
    else lchownSync(path.join(here, entry.name), uid, gid);
  }
}

/** The same of a path of the host that has no links in it, be it a directory or something else. */
export function chownPath(file: string, owner: Owner): void {
  using opened = openBeneath('/', file.slice(1), { access: 'path', noSymlinks: true, scope: 'beneath' });
  const itself = `/proc/self/fd/${opened.fd}`;
  if (statSync(itself).isDirectory()) chownTree(opened, owner);
  else chownSync(itself, owner.uid, owner.gid);
}

/** The contents of a volume as a tar archive: podman-volume-export(1). */
export function exportVolume({ data }: HeldVolume): Readable {
  return packPath(data);
}

/** Unpacks an archive into a volume: podman-volume-import(1). Nothing outside of it is reached. */
export async function importVolume(
  volume: HeldVolume,
  archive: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  await noteUse(volume);
  using root = openBeneath(volume.data, '.', { access: 'path', directory: true });
  await using writer = new TreeWriter(root, { scope: 'beneath', replace: true });
  await extractTar(archive, writer, { signal });
}
