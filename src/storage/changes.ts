import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import { compareLayers, type LayerDifference } from '../linux/trees/layer-diff.js';
import { cloneMount } from '../linux/mounts/tree.js';
import type { RootConfig } from '../model/config.js';
import type { LayerPaths } from './launch-root.js';
import { openLayers } from './open-layers.js';

/** What a container has done to its root, in podman's words. */
export interface RootChange {
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'deleted';
}

/** What every engine brings into a container, and nobody has changed: podman leaves it out of a diff (libpod/diff.go). */
const ENGINES_OWN = new Set([
  '/dev',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/mtab',
  '/etc/resolv.conf',
  '/proc',
  '/run',
  '/run/.containerenv',
  '/run/notify',
  '/run/secrets',
  '/sys',
]);

/** Whether one path is in the directory of another. */
function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(outer === '/' ? outer : `${outer}/`);
}

/**
 * What of the differences the container has made. Left out are the places that mounts need, and directories that are there
 * or have another time for those alone. Pure.
 *
 * @param mounts where something is mounted in the container
 */
export function changesOf(differences: readonly LayerDifference[], mounts: readonly string[]): RootChange[] {
  const places = new Set(mounts.map((place) => path.posix.normalize(place).replace(/(?<=.)\/$/, '')));
  const kept: RootChange[] = [];
  // Directories that hold something that was kept, and those that hold something new or gone.
  const holding = new Set<string>();
  const losingOrGaining = new Set<string>();
  const keep = (change: RootChange): void => {
    kept.push(change);
    for (let up = path.posix.dirname(change.path); up !== '/'; up = path.posix.dirname(up)) {
      holding.add(up);
      if (change.kind !== 'changed') losingOrGaining.add(up);
    }
  };
  // From the last to the first: what is in a directory comes behind it.
  for (const { path: at, kind } of [...differences].reverse()) {
    if (ENGINES_OWN.has(at)) continue;
    const isPlace = places.has(at);
    const leadsToPlace = isPlace || [...places, ...ENGINES_OWN].some((place) => isWithin(place, at));
    if ((isPlace || (leadsToPlace && (kind === 'added' || kind === 'touched'))) && !holding.has(at)) continue;
    if (kind === 'same') continue;
    if (kind !== 'entered' && kind !== 'touched') keep({ path: at, kind });
    else if (kind === 'touched' || losingOrGaining.has(at)) keep({ path: at, kind: 'changed' });
  }
  return kept.reverse();
}

/** What of the differences leads to nothing that the container has changed: paths from the root. Pure. */
export function unchangedAmong(
  differences: readonly LayerDifference[],
  changes: readonly RootChange[],
): string[] {
  const leading = new Set<string>();
  for (const change of changes)
    for (let up = change.path; up !== '/'; up = path.posix.dirname(up)) leading.add(up);
  return differences.map(({ path: at }) => at).filter((at) => !leading.has(at));
}

async function differencesOf(
  root: RootConfig,
  { upper, copy }: Pick<LayerPaths, 'upper' | 'copy'>,
): Promise<LayerDifference[]> {
  if (root.kind === 'copy') {
    using original = await cloneMount(root.of);
    return await compareLayers(copy, original, { copy: true });
  }
  if (root.kind === 'directory') {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `nothing tells what was changed in the root ${root.directory}: it is used as it stands; create the container with an overlay over it`,
    );
  }
  using lower = await openLayers(root.lower);
  return await compareLayers(upper, lower);
}

/** What makes a layer of an image of what a container has: paths from the root. */
export interface LayerContents {
  /** The tree in which the changes are. */
  readonly tree: string;
  /** What of it is no change of the container's. */
  readonly unchanged: readonly string[];
  /** What the container has removed, and the tree has no mark for. */
  readonly gone: readonly string[];
}

/** What of a container's own layer, or copy, is a layer of an image. @throws LibpodError ERR_UNSUPPORTED */
export async function layerContents(
  root: RootConfig,
  layers: Pick<LayerPaths, 'upper' | 'copy'>,
  mounts: readonly string[],
): Promise<LayerContents> {
  const differences = await differencesOf(root, layers);
  const changes = changesOf(differences, mounts);
  const unchanged = unchangedAmong(differences, changes);
  if (root.kind !== 'copy') return { tree: layers.upper, unchanged, gone: [] };
  const gone = changes.filter(({ kind }) => kind === 'deleted').map((change) => change.path);
  return { tree: layers.copy, unchanged, gone };
}

/**
 * What a container has changed of its root.
 *
 * @param layers its own layer, or copy
 * @throws LibpodError ERR_UNSUPPORTED for a root without layers
 */
export async function rootChanges(
  root: RootConfig,
  layers: Pick<LayerPaths, 'upper' | 'copy'>,
  mounts: readonly string[],
): Promise<RootChange[]> {
  const differences = await differencesOf(root, layers);
  const changes = changesOf(differences, mounts);
  const order = (a: RootChange, b: RootChange): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
  return changes.sort(order);
}
