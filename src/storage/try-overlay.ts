import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import { createOverlay } from '../linux/mounts/overlay.js';
import { TreeWriter } from '../linux/trees/tree-writer.js';
import { openBeneath } from '../linux/files/open-beneath.js';

/**
 * Tries whether layers can be in one directory and what containers write in another: whether a layer takes the marks of an
 * overlay, the kernel mounts one, and a directory of a layer can be replaced, which wants extended attributes. A file
 * system may refuse any of these, and only the last use shows it.
 *
 * @param layers where layers are to be
 * @param writable where what containers write is to be
 * @returns why not; undefined if it can be
 */
export async function whyNoOverlay(layers: string, writable: string): Promise<string | undefined> {
  const lower = mkdtempSync(path.join(layers, '.try-'));
  const above = mkdtempSync(path.join(writable, '.try-'));
  const [upper, work] = [path.join(above, 'upper'), path.join(above, 'work')];
  try {
    for (const directory of [path.join(lower, 'directory'), upper, work]) mkdirSync(directory);
    writeFileSync(path.join(lower, 'directory', 'file'), '');
    {
      using root = openBeneath(lower, '.', { access: 'path', directory: true });
      await using writer = new TreeWriter(root);
      await writer.write([
        { step: 'whiteout', path: 'hidden' },
        { step: 'opaque', path: 'opaque' },
      ]);
    }
    using overlay = await createOverlay({ lower: [lower], upper, work });
    const replaced = `/proc/self/fd/${overlay.fd}/directory`;
    unlinkSync(path.join(replaced, 'file'));
    rmdirSync(replaced);
    mkdirSync(replaced);
    return readdirSync(replaced).length === 0 ? undefined : 'a directory that was removed comes back';
  } catch (error) {
    if (LibpodError.is(error, 'ERR_NO_SPACE')) throw error;
    return (error as Error).message;
  } finally {
    for (const directory of [lower, above]) rmSync(directory, { recursive: true, force: true });
  }
}
