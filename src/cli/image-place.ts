import { createReadStream, statSync } from 'node:fs';
import { fileError } from '../base/errno.js';
import { splitOnce } from './command.js';
import { UsageError } from './errors.js';

/** The transports of containers-transports(5) that are files. */
const FILES = ['dir', 'oci', 'oci-archive', 'docker-archive'] as const;
/** Those that podman or skopeo know besides: as names at a registry they would send an image to a stranger. */
const OTHERS = ['containers-storage', 'docker-daemon', 'ostree', 'sif', 'tarball'];

/** Where an image is fetched from or brought to: a name at a registry, or files. */
export type ImagePlace =
  | { readonly transport: 'docker'; readonly name: string }
  | {
      readonly transport: (typeof FILES)[number];
      readonly path: string;
      /** The name after the path: an image of several. */
      readonly name: string | undefined;
    };

/**
 * Reads where an image is: `docker://NAME` or a name alone; `dir:PATH`, `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`,
 * `docker-archive:PATH[:NAME]`.
 *
 * @throws UsageError for a transport that is not supported, and a path that is empty
 */
export function parseImagePlace(text: string): ImagePlace {
  const [transport, rest] = splitOnce(text, ':');
  if (rest === undefined) return { transport: 'docker', name: text };
  if (transport === 'docker' && rest.startsWith('//')) return { transport, name: rest.slice(2) };
  if (OTHERS.includes(transport))
    throw new UsageError(
      `the transport ${JSON.stringify(`${transport}:`)} is not supported: give a name at a registry, or ${FILES.map((one) => `${one}:PATH`).join(', ')}`,
    );
  const files = FILES.find((one) => one === transport);
  if (files === undefined) return { transport: 'docker', name: text };
  // A directory's path is all that there is; of the others the path ends with the first colon.
  const [path, name] = files === 'dir' ? [rest, undefined] : splitOnce(rest, ':');
  if (path === '') throw new UsageError(`${JSON.stringify(text)} names no path`);
  return { transport: files, path, name: name === '' ? undefined : name };
}

/** The bytes of an archive of images: a file, or a directory as if it were packed. @throws LibpodError ERR_NOT_FOUND, ERR_SYSTEM */
export async function readImageArchive(path: string): Promise<AsyncIterable<Buffer>> {
  const { packPath } = await import('../index.js');
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw fileError(`read the archive ${path}`, error);
  }
  return isDirectory ? packPath(path) : createReadStream(path);
}
