import { isFailure } from '../../base/errno.js';
import { addon, type Handle } from '../../native/index.js';
import { textOfBytes } from './byte-text.js';
import type { HasDescriptor } from '../files/descriptor.js';
import type { IdMaps } from '../namespaces/id-map.js';
import { kernelError } from '../kernel-error.js';
import { fdOf } from '../place.js';

/** How a tree is archived. */
export interface TarOptions {
  /**
   * The path in the archive of what is archived, a character for each byte; without it, a directory's contents, whose paths
   * begin there.
   */
  readonly name?: string | undefined;
  /** The owner of all entries; their own unless given. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Owners as a user namespace with these maps has them; 65534 for one that is not mapped. The host's unless given. */
  readonly idMaps?: IdMaps | undefined;
  /** Leave out what is mounted in the tree; else only proc, sysfs and other file systems of the kernel itself are. */
  readonly oneMount?: boolean | undefined;
  /**
   * The tree is the upper layer of an overlay, and becomes a layer of an image, with whiteouts and opaque directories in the
   * form of the image specification; and what is left out of it: paths in the archive, a character for each byte. `gone` are
   * those for which it begins with whiteouts: of a tree that is a whole, and has no marks of its own.
   */
  readonly layer?:
    { readonly leftOut: readonly string[]; readonly gone?: readonly string[] | undefined } | undefined;
}

function mapWords(map: IdMaps['uid'] = []): number[] {
  return map.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
}

/** Bytes for each trip to a thread: as many as make the trip cheap. */
const PIECE = 512 * 1024;

/**
 * A file, or a directory with all that is beneath, as a tar archive in pax format. The tree may be hostile, and change
 * meanwhile: links are archived and never followed, only regular files are opened, sockets are left out. Extended
 * attributes are `security.capability` and `user.*`; sparse files come expanded; of a file with several names the first
 * is a file, the others are links to it.
 *
 * @see pax(1); native/sys/tar_source.h
 */
export class TarSource implements Disposable {
  readonly #handle: Handle<'tar'>;

  /** @param start what to archive, of any kind; its descriptor may be closed afterwards */
  constructor(start: HasDescriptor, options: TarOptions = {}) {
    const { name = '', owner = { uid: -1, gid: -1 }, oneMount = false, layer, idMaps } = options;
    const answer = addon.tarOpen(
      fdOf('the start', start),
      name,
      owner.uid,
      owner.gid,
      oneMount,
      layer?.leftOut,
      mapWords(idMaps?.uid),
      mapWords(idMaps?.gid),
      layer?.gone ?? [],
    );
    if (isFailure(answer)) throw kernelError('read a tree', answer);
    this.#handle = answer;
  }

  /**
   * The next piece; an empty one is the end. One call at a time.
   *
   * @throws LibpodError ERR_SYSTEM with ELOOP for a tree of more than 512 levels
   */
  async read(): Promise<Buffer> {
    const answer = await addon.tarRead(this.#handle, PIECE);
    if (!isFailure(answer)) return answer;
    throw kernelError(`read ${textOfBytes(answer.path) || 'a tree'}`, answer, {
      ELOOP: 'directories are nested deeper than 512 levels',
      EOPNOTSUPP:
        'the overlay keeps a part of it elsewhere (redirect_dir or metacopy of the kernel module are on)',
    });
  }

  /** A call that is under way goes on to its end. */
  [Symbol.dispose](): void {
    addon.tarClose(this.#handle);
  }
}
