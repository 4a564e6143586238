import { LibpodError } from '../base/errors.js';
import {
  hostPlatform,
  kindOfMediaType,
  type Descriptor,
  type ImageIndex,
  type Platform,
} from '../oci/image-spec.js';

/** Reads a platform as people write it. @throws LibpodError ERR_INVALID_ARGUMENT */
export function parsePlatform(text: string | undefined): Platform {
  if (text === undefined) return hostPlatform();
  const [os = '', architecture = '', variant, ...more] = text.split('/');
  if (os === '' || architecture === '' || more.length > 0)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `platform ${JSON.stringify(text)} is not valid: write OS/ARCH[/VARIANT]`,
    );
  return { os, architecture, variant };
}

/** The manifest of an index for a platform, this machine's unless given: the first that fits, one of the same variant before others. */
export function choosePlatform(index: ImageIndex, wanted: Platform = hostPlatform()): Descriptor | undefined {
  const fitting = index.manifests.filter(
    ({ platform, mediaType }) =>
      kindOfMediaType(mediaType) === 'manifest' &&
      platform?.os === wanted.os &&
      platform.architecture === wanted.architecture,
  );
  return (
    fitting.find(({ platform }) => platform?.variant === wanted.variant) ??
    fitting.find(({ platform }) => platform?.variant === undefined || wanted.variant === undefined)
  );
}
