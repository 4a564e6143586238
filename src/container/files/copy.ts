import { constants } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { extractTar } from '../../archive/extract.js';
import { packTree } from '../../archive/pack.js';
import { LibpodError } from '../../base/errors.js';
import { bytesOfText } from '../../linux/trees/byte-text.js';
import { Descriptor } from '../../linux/files/descriptor.js';
import { findInRoot } from '../../linux/files/find-in-root.js';
import { insideProcess } from '../../linux/namespaces/inside.js';
import { openBeneath } from '../../linux/files/open-beneath.js';
import { ProcessHandle } from '../../linux/processes/handle.js';
import { TreeWriter } from '../../linux/trees/tree-writer.js';
import type { IdMappings } from '../../model/config.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import { pastItsEnd } from '../state/past-its-end.js';
import { borrowRoot } from './mount.js';
import { insideId, ownersOf } from '../owners.js';

/** O_PATH of open(2), which Node does not name. */
const O_PATH = 0o10000000;

/** A file of a container. */
export interface ContainerFile {
  /** Its path in the container; of a link, the path of what it leads to. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  /** The type and the permissions (st_mode of inode(7)). */
  readonly mode: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedTime: Date;
}

/** How files are copied out. */
export interface CopyOutOptions {
  /** The name of the top entry, in place of the file's own; '' for the contents of a directory alone. */
  readonly name?: string | undefined;
}

/** How files are copied in. */
export interface CopyInOptions {
  /**
   * Whose they become: `archive`, unless given: as the archive says. `container`: the user and the group that the container
   * was created for.
   */
  readonly owner?: 'archive' | 'container' | undefined;
  /** Let a directory take the place of something else, and the reverse. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The root as the container sees it, held for a copy. */
interface OpenRoot extends AsyncDisposable {
  readonly root: Descriptor;
  /** The maps by which its owners are the container's; undefined where they are so on disk. */
  readonly idMaps: IdMappings | undefined;
}

/**
 * Opens the root. Of one that runs it is the root of its mount namespace, so that volumes are reached; never the init's root,
 * which it may have changed. The root is borrowed in either case: a copy that outlasts a run keeps the file system in use.
 */
function openRoot(core: ContainerCore, access: Access): Promise<OpenRoot> {
  return pastItsEnd(() => tryOpenRoot(core, access));
}

async function tryOpenRoot(core: ContainerCore, access: Access): Promise<OpenRoot> {
  const borrowed = await borrowRoot(core, access);
  try {
    const { pid, startTicks } = borrowed.state;
    let root: Descriptor;
    if (pid > 0) {
      using process = ProcessHandle.open({ pid, startTicks: BigInt(startTicks) });
      const flags = O_PATH | constants.O_DIRECTORY;
      root = new Descriptor(await insideProcess(process, ['mnt']).open('/', flags));
    } else root = openBeneath(borrowed.path, '.', { access: 'path', directory: true });
    return {
      root,
      idMaps: ownersOf(core.config, pid > 0),
      async [Symbol.asyncDispose]() {
        root[Symbol.dispose]();
        await borrowed[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await borrowed[Symbol.asyncDispose]();
    throw error;
  }
}

/** An error with the container's name in front of what the kernel says of a path in it. */
function named(core: ContainerCore, error: unknown): unknown {
  if (!LibpodError.is(error)) return error;
  const { code, message, errno, syscall } = error;
  return new LibpodError(code, `container ${core.name}: ${message}`, {
    cause: error,
    containerId: core.id,
    ...(errno === undefined ? {} : { errno }),
    ...(syscall === undefined ? {} : { syscall }),
  });
}

function find(core: ContainerCore, { root }: OpenRoot, file: string) {
  try {
    return findInRoot(root, file);
  } catch (error) {
    throw named(core, error);
  }
}

/** What a path in the container leads to. */
export async function statFile(core: ContainerCore, access: Access, file: string): Promise<ContainerFile> {
  await using open = await openRoot(core, access);
  using found = find(core, open, file);
  const { stats } = found;
  return {
    path: found.path,
    isDirectory: stats.isDirectory(),
    isFile: stats.isFile(),
    mode: stats.mode,
    size: stats.size,
    uid: insideId(open.idMaps?.uid, stats.uid),
    gid: insideId(open.idMaps?.gid, stats.gid),
    modifiedTime: stats.mtime,
  };
}

/** Whether a path means the contents of a directory, and not the directory. */
function meansContents(file: string): boolean {
  return /(^|\/)\.?$/.test(file) && !/[^/.]\/+$/.test(file);
}

/** A file, or a directory with all that is beneath, as a tar archive. */
export async function copyOut(
  core: ContainerCore,
  access: Access,
  file: string,
  options: CopyOutOptions,
): Promise<Readable> {
  const open = await openRoot(core, access);
  try {
    using found = find(core, open, file);
    if (/\/\.?$/.test(file) && !found.stats.isDirectory()) {
      throw new LibpodError('ERR_NOT_A_DIRECTORY', `container ${core.name}: ${file} is no directory`, {
        containerId: core.id,
      });
    }
    const own = found.path === '/' || meansContents(file) ? '' : path.posix.basename(found.path);
    const name = options.name ?? own;
    if (name === '' && !found.stats.isDirectory()) {
      throw new LibpodError('ERR_INVALID_ARGUMENT', `${file} is a file, and needs a name in the archive`, {
        containerId: core.id,
      });
    }
    return packTree(found.handle, { name: bytesOfText(name), idMaps: open.idMaps }, async () =>
      open[Symbol.asyncDispose](),
    );
  } catch (error) {
    await open[Symbol.asyncDispose]();
    throw error;
  }
}

/** Unpacks a tar archive into a directory of the container. */
export async function copyIn(
  core: ContainerCore,
  access: Access,
  directory: string,
  archive: AsyncIterable<Uint8Array>,
  options: CopyInOptions,
): Promise<void> {
  const { owner = 'archive', overwrite = false, signal } = options;
  await using open = await openRoot(core, access);
  using found = find(core, open, directory);
  if (!found.stats.isDirectory()) {
    throw new LibpodError('ERR_NOT_A_DIRECTORY', `container ${core.name}: ${directory} is no directory`, {
      containerId: core.id,
    });
  }
  const prefix = bytesOfText(found.path.slice(1)) || '.';
  await using writer = new TreeWriter(open.root, { prefix, replace: overwrite, idMaps: open.idMaps });
  const { uid, gid } = core.config.spec.process.user;
  try {
    await extractTar(archive, writer, { signal, ...(owner === 'container' && { owner: { uid, gid } }) });
  } catch (error) {
    throw named(core, error);
  }
}
