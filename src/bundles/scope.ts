import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { prepareCgroup, removeCgroup } from '../linux/cgroups/cgroups.js';
import { delegatedHierarchy } from '../linux/cgroups/delegated.js';
import { requireSystemd, slicePath, startScope } from '../linux/systemd.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { startLauncher } from './launcher.js';

/** Where systemd puts what says nothing: systemd.special(7). */
const DEFAULT_SLICE = 'system.slice';
const DEFAULT_PREFIX = 'libpod-oci';

/** The container's cgroup in its scope, as crun has it: systemd keeps the scope's own files to itself. */
const LEAF = 'container';

/** Whoever is in the scope before the container is. */
const ANCHOR = 'anchor';

/** How long a scope of an earlier container with the same ID may take to go. */
const ATTEMPTS = 100;
const PAUSE_MS = 20;

/** A scope of systemd's for one container (systemd.scope(5)). */
export interface Scope {
  readonly unit: string;
  readonly slice: string;
  /** The cgroup of the scope. */
  readonly path: string;
  /** The cgroup of the container in it. */
  readonly cgroupPath: string;
}

/**
 * The scope that linux.cgroupsPath asks for as runc and crun read it with --systemd-cgroup: `slice:prefix:name` is
 * `prefix-name.scope` in the slice. Without one, `libpod-oci-ID.scope` in system.slice.
 *
 * @throws LibpodError ERR_SPEC_INVALID; ERR_UNSUPPORTED without systemd
 */
export function scopeOf({ linux }: RuntimeSpec, id: string): Scope {
  const asked = linux?.cgroupsPath || `${DEFAULT_SLICE}:${DEFAULT_PREFIX}:${id}`;
  const [slice, prefix, name, ...more] = asked.split(':');
  if (slice === undefined || prefix === undefined || !name || more.length > 0 || asked.includes('/'))
    throw new LibpodError(
      'ERR_SPEC_INVALID',
      `linux.cgroupsPath is ${JSON.stringify(asked)}, but with --systemd-cgroup it must be slice:prefix:name, such as machine.slice:libpod:${id}`,
    );
  const unit = `${prefix === '' ? '' : `${prefix}-`}${name}.scope`;
  const where = slice || DEFAULT_SLICE;
  const scope = path.join(slicePath(where), unit);
  requireSystemd();
  return { unit, slice: where, path: scope, cgroupPath: path.join(scope, LEAF) };
}

/**
 * Has systemd make the scope, hands it to a launch, and leaves it to the container. A scope lasts as long as anybody is in it:
 * until the container is, a helper that waits for a program.
 *
 * @param emptyDirectory an empty directory of ours
 * @throws LibpodError ERR_NAME_IN_USE if somebody lives in a scope of this name
 */
export async function inScope<T>(
  { unit, slice, path: scope }: Scope,
  emptyDirectory: string,
  launch: () => Promise<T>,
): Promise<T> {
  const hierarchy = delegatedHierarchy(scope);
  const anchor = await startLauncher(undefined, emptyDirectory);
  const place = cgroupDirectory(hierarchy, path.join(scope, ANCHOR));
  try {
    const request = { unit, slice, description: 'A container of libpod-oci', pid: anchor.pid };
    for (let attempt = 0; !(await startScope(request)); attempt++) {
      if (attempt === ATTEMPTS || isPopulated(cgroupDirectory(hierarchy, scope)))
        throw new LibpodError(
          'ERR_NAME_IN_USE',
          `systemd has a unit ${unit} already: choose another linux.cgroupsPath, or stop that one`,
        );
      await sleep(PAUSE_MS);
    }
    prepareCgroup(place, hierarchy);
    // A cgroup that hands controllers down holds no processes itself: cgroups(7), "no internal processes".
    writeFileSync(path.join(place, 'cgroup.procs'), String(anchor.pid));
    return await launch();
  } finally {
    closeSync(anchor.socket);
    await anchor.ended;
    await removeCgroup(place);
  }
}

function isPopulated(directory: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(path.join(directory, 'cgroup.events'), 'utf8'));
  } catch (error) {
    // It goes in this moment.
    if (['ENOENT', 'ENODEV'].includes(nodeErrorCode(error) ?? '')) return false;
    throw error;
  }
}
