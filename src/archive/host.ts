import { constants, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileError } from '../base/errno.js';
import { bytesOfText } from '../linux/trees/byte-text.js';
import { Descriptor } from '../linux/files/descriptor.js';
import { checkText } from '../linux/place.js';
import { TreeWriter } from '../linux/trees/tree-writer.js';
import { extractTar, type ExtractOptions } from './extract.js';
import { packTree } from './pack.js';

/** O_PATH of open(2), which Node does not name. */
const O_PATH = 0o10000000;

function open(path: string, flags: number): Descriptor {
  checkText('the path', path);
  try {
    return new Descriptor(openSync(path, O_PATH | flags));
  } catch (error) {
    throw fileError(`open ${path}`, error, 'ERR_NOT_FOUND');
  }
}

/** How a file or directory of the host is archived. */
export interface PackOptions {
  /** The path of the top entry in the archive; without it, a directory's contents alone. */
  readonly name?: string | undefined;
}

/**
 * A file or directory of the host as a stream of a tar archive in pax format: with devices, FIFOs, hard links, nanoseconds,
 * `user.` attributes and file capabilities; without sockets. A link at the end of the path is followed, those beneath are
 * archived as links.
 *
 * @throws LibpodError ERR_NOT_FOUND
 */
export function packPath(path: string, options: PackOptions = {}): Readable {
  using start = open(path, 0);
  return packTree(start, { name: options.name === undefined ? '' : bytesOfText(options.name) });
}

/** How an archive is unpacked into a directory of the host. */
export interface UnpackOptions extends Omit<ExtractOptions, 'rename'> {
  /** Let a directory take the place of something else, and the reverse. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Unpacks a tar archive, as it is or compressed by gzip, into a directory of the host. The archive may be hostile: no name
 * and no link in it reaches anything outside of the directory.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_ARCHIVE, ERR_ABORTED, ERR_NO_SPACE; ERR_SYSTEM with EISDIR, EEXIST, EXDEV or ENOTDIR
 */
export async function unpackInto(
  directory: string,
  archive: AsyncIterable<Uint8Array>,
  options: UnpackOptions = {},
): Promise<void> {
  const { overwrite, ...rest } = options;
  using root = open(directory, constants.O_DIRECTORY);
  await using writer = new TreeWriter(root, { scope: 'beneath', replace: overwrite });
  await extractTar(archive, writer, rest);
}
