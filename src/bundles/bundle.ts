import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { isBindMount } from '../oci/bind-mount.js';
import { refuseIn, show } from '../oci/problem.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';
import { parseRuntimeSpec } from '../oci/validate.js';
import { checkRootDirectory } from '../storage/root-directory.js';

/** A bundle that was read: its specification, with absolute paths, and its root. */
export interface BundleSource {
  readonly spec: RuntimeSpec;
  readonly rootDirectory: string;
}

/** Bundles that were read, by their file: FaaS workers run the same one again and again. */
const known = new Map<string, { readonly stamp: string; readonly source: BundleSource }>();
const MAX_KNOWN = 64;

/**
 * Reads an OCI bundle, or remembers it if its file has not changed (inode, size and time to the nanosecond). The answer
 * is shared: it must not be changed.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_SPEC_INVALID, ERR_NOT_A_DIRECTORY
 */
export function readBundle(directory: string): BundleSource {
  const file = path.join(path.resolve(directory), 'config.json');
  const stamp = stampOf(file);
  const before = known.get(file);
  if (stamp !== undefined && before?.stamp === stamp) {
    checkRootDirectory(before.source.rootDirectory);
    return before.source;
  }
  const source = parseBundle(directory);
  if (known.size >= MAX_KNOWN) known.clear();
  if (stamp !== undefined) known.set(file, { stamp, source });
  return source;
}

/** What changes when a file does; undefined if it cannot be looked at: reading it tells why. */
function stampOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return undefined;
  }
}

/** The bundle's own file is a plain one: a FIFO would be waited for, and a device need not end. */
function readSpecification(file: string, configFile: string): string {
  if (configFile === 'config.json' && !statSync(file).isFile())
    throw new LibpodError(
      'ERR_SPEC_INVALID',
      `${file} is no plain file: give the directory of an OCI bundle`,
    );
  return readFileSync(file, 'utf8');
}

/**
 * Reads an OCI bundle: a directory with config.json and a root. Relative paths in it are relative to the bundle, and stay in it.
 *
 * @param configFile another file in place of config.json; relative to the bundle
 * @throws LibpodError ERR_NOT_FOUND, ERR_SPEC_INVALID, ERR_NOT_A_DIRECTORY
 */
export function parseBundle(directory: string, configFile = 'config.json'): BundleSource {
  const bundle = path.resolve(directory);
  const file = path.resolve(bundle, configFile);
  let text: string;
  try {
    text = readSpecification(file, configFile);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new LibpodError(
        'ERR_NOT_FOUND',
        `bundle ${directory} has no ${configFile}: give the directory of an OCI bundle`,
        { cause: error },
      );
    }
    throw LibpodError.is(error) ? error : fileError(`read bundle ${directory}`, error);
  }
  const spec = parseRuntimeSpec(text, file);
  const within = (relative: string, field: string): string => {
    const absolute = path.resolve(bundle, relative);
    if (path.isAbsolute(relative) || absolute === bundle || absolute.startsWith(`${bundle}/`))
      return absolute;
    return refuseIn(file)(
      field,
      `is ${show(relative)}, which leads out of the bundle: stay in it, or give an absolute path`,
    );
  };
  const rootDirectory = within(spec.root.path, 'root.path');
  checkRootDirectory(rootDirectory);
  const mounts = spec.mounts?.map((mount, index) => {
    return isBindMount(mount) && mount.source !== undefined
      ? { ...mount, source: within(mount.source, `mounts[${index}].source`) }
      : mount;
  });
  return {
    spec: { ...spec, root: { ...spec.root, path: rootDirectory }, ...(mounts && { mounts }) },
    rootDirectory,
  };
}
