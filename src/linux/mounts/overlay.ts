import type { Descriptor } from '../files/descriptor.js';
import { invalid } from '../kernel-error.js';
import type { MountChange } from './attributes.js';
import { MAX_OPTION_BYTES, type FsOptions } from './options.js';
import { createMount, mount, type MountRequest } from './mount.js';
import { checkText, type Place } from '../place.js';

/** Layers of an overlay (the kernel's Documentation/filesystems/overlayfs.rst). */
export interface OverlayRequest extends MountChange {
  /** The lower layers, the uppermost first. */
  readonly lower: readonly string[];
  /** Where changes go; without it the overlay cannot be written to. */
  readonly upper?: string | undefined;
  /** An empty directory of the same file system as `upper`, for the kernel. */
  readonly work?: string | undefined;
  /** The name in mountinfo. */
  readonly source?: string | undefined;
  /** More of the file system's options: `{ volatile: true, index: 'off', metacopy: 'on' }`. */
  readonly options?: FsOptions | undefined;
}

/** A path as an overlay's option takes it: colons separate layers, and backslashes escape. */
export function escapeLayer(path: string): string {
  return path.replace(/[\\:]/g, '\\$&');
}

/**
 * The options of the layers. One `lowerdir` of all, which every kernel knows, as long as fsconfig(2) takes it; then
 * `lowerdir+` for each, which came with Linux 6.5 and takes paths as they are.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function overlayOptions(layers: Pick<OverlayRequest, 'lower' | 'upper' | 'work'>): FsOptions {
  const { lower, upper, work } = layers;
  if (!Array.isArray(lower) || lower.length === 0) throw invalid('an overlay needs a lower layer');
  for (const layer of lower as readonly unknown[]) checkText('a lower layer', layer);
  if ((upper === undefined) !== (work === undefined))
    throw invalid('an overlay needs `upper` and `work` together, or neither');
  const joined = lower.map(escapeLayer).join(':');
  const below: FsOptions =
    Buffer.byteLength(joined) <= MAX_OPTION_BYTES ? { lowerdir: joined } : { 'lowerdir+': lower };
  if (upper === undefined || work === undefined) return below;
  checkText('the upper layer', upper);
  checkText('the work directory', work);
  return { ...below, upperdir: escapeLayer(upper), workdir: escapeLayer(work) };
}

function requestOf(request: OverlayRequest): MountRequest {
  const { lower, upper, work, options = {}, ...rest } = request;
  return { type: 'overlay', ...rest, options: { ...overlayOptions({ lower, upper, work }), ...options } };
}

/**
 * Mounts an overlay.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, and as mount does, with the kernel's words: "upper fs does not support ..."
 */
export async function mountOverlay(request: OverlayRequest & { readonly target: Place }): Promise<void> {
  const { target, ...rest } = request;
  await mount({ ...requestOf(rest), target });
}

/** Makes an overlay that is attached nowhere (createMount). */
export async function createOverlay(request: OverlayRequest): Promise<Descriptor> {
  return createMount(requestOf(request));
}
