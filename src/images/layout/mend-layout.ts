import { existsSync, readdirSync, renameSync } from 'node:fs';
import { LibpodError } from '../../base/errors.js';
import { MEDIA_TYPES, type Descriptor } from '../../oci/image-spec.js';
import { parseImageConfig, parseManifest } from '../../oci/validate-image.js';
import { readFileIfThere } from './blob-file.js';
import type { ImageLayout } from './layout.js';

/** What is wrong with the files of a layout that are no blobs, by path. */
export type LayoutProblems = Readonly<Record<string, readonly string[]>>;

function problemOf(look: () => unknown): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (LibpodError.is(error)) return error.message;
    throw error;
  }
}

/** Whether this is the file that makes a directory a layout, of the version that is written and read. */
function isLayoutFile(bytes: Buffer): boolean {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as { readonly imageLayoutVersion?: unknown } | null;
    return value?.imageLayoutVersion === '1.0.0';
  } catch {
    return false;
  }
}

function layoutFileProblem(file: string): string | undefined {
  let bytes: Buffer | undefined;
  const unread = problemOf(() => {
    bytes = readFileIfThere(file);
  });
  if (unread !== undefined || bytes === undefined) return unread;
  return isLayoutFile(bytes) ? undefined : 'it is not {"imageLayoutVersion":"1.0.0"}: other tools refuse it';
}

/** Looks at index.json and oci-layout. */
export function checkLayout(layout: ImageLayout): LayoutProblems {
  const found = [
    [layout.indexFile, problemOf(() => layout.index())],
    [layout.layoutFile, layoutFileProblem(layout.layoutFile)],
  ] as const;
  return Object.fromEntries(
    found.flatMap(([file, problem]) => (problem === undefined ? [] : [[file, [problem]]])),
  );
}

/** The entry of a manifest that is here, with its configuration; undefined for a blob that is none. */
function entryOf(layout: ImageLayout, digest: string): Descriptor | undefined {
  try {
    const bytes = layout.readDocument(digest);
    if (bytes[0] !== 0x7b) return undefined;
    const { mediaType = MEDIA_TYPES.manifest[0], config } = parseManifest(bytes, digest);
    parseImageConfig(layout.readDocument(config.digest), config.digest);
    return { mediaType, digest, size: bytes.length };
  } catch (error) {
    if (LibpodError.is(error)) return undefined;
    throw error;
  }
}

/** Moves a file away to a name beside it that is free. */
function setAside(file: string): string {
  let aside = `${file}.damaged`;
  for (let count = 2; existsSync(aside); count++) aside = `${file}.damaged-${count}`;
  renameSync(file, aside);
  return aside;
}

/** What became of the files of a layout. */
export interface MendedLayout {
  /** By path, what was done. */
  readonly files: Readonly<Record<string, string>>;
  /** The digests of the manifests of a new index. */
  readonly found: readonly string[];
}

/**
 * Makes files of a layout anew that are damaged or missing. A new index has the images whose manifest and configuration are among the
 * blobs, and no names: only the old one had them, and it is kept beside the new one for a person to look at.
 */
export async function mendLayout(layout: ImageLayout, problems: LayoutProblems): Promise<MendedLayout> {
  const files: Record<string, string> = {};
  const found: string[] = [];
  for (const file of Object.keys(problems)) {
    await layout.remake(file, () => {
      // Another engine may have been first.
      if (checkLayout(layout)[file] === undefined) return undefined;
      const aside = existsSync(file) ? `, and what was there is now ${setAside(file)}` : '';
      if (file !== layout.indexFile) {
        files[file] = `written anew${aside}`;
        return 'layout';
      }
      const entries = readdirSync(layout.blobDirectory)
        .filter((name) => /^[0-9a-f]{64}$/.test(name))
        .flatMap((hex) => entryOf(layout, `sha256:${hex}`) ?? []);
      found.push(...entries.map(({ digest }) => digest));
      files[file] = `made anew with the images that the blobs tell of, without their names${aside}`;
      return entries;
    });
  }
  return { files, found };
}
