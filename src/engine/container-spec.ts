import { existsSync } from 'node:fs';
import { hostname as hostHostname } from 'node:os';
import path from 'node:path';
import { shortId } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { ownBoundingSet } from '../linux/processes/capabilities.js';
import { readInRoot } from '../linux/files/read-in-root.js';
import type { RootConfig, StorageDriver } from '../model/config.js';
import { isBindMount } from '../oci/bind-mount.js';
import type { Mount, RuntimeSpec } from '../oci/runtime-spec.js';
import { generateSpec } from '../spec/generate.js';
import { isOverlayVolume } from '../spec/mounts.js';
import { chosenNamespace } from '../spec/namespaces.js';
import { namedBlockDevices } from '../spec/resources.js';
import { parseGroup, parsePasswd, resolveGroups, resolveUser } from '../spec/user.js';
import { hostRoot } from '../storage/host-root.js';
import { checkRootDirectory } from '../storage/root-directory.js';
import { withinBounding } from './host/capabilities.js';
import { allHostDevices, resolveHostDevices } from './host/devices.js';
import { blockDeviceNumbers } from '../container/files/device-numbers.js';
import { settableLimits } from './host/limits.js';
import type { ImageRoot } from './options/image.js';
import { checkCommand, type CreateOptions } from './options/options.js';
import { selinuxContexts } from './selinux.js';
import { resolveProfile } from './options/seccomp-profile.js';

/** The root of a container, and the mounts that go with it. */
interface ResolvedRoot {
  readonly root: RootConfig;
  readonly name: string;
  readonly mounts: readonly Mount[];
  /** The directories in which /etc/passwd is looked up, one after the other. */
  readonly lookup: readonly string[];
}

function directoryRoot(directory: string, { overlay }: CreateOptions): RootConfig {
  return overlay === true
    ? { kind: 'overlay', lower: [directory], throwaway: true }
    : { kind: 'directory', directory };
}

function withMappedIds(mount: Mount): Mount {
  return mount.type === 'bind' ? { ...mount, options: ['idmap', ...(mount.options ?? [])] } : mount;
}

/** Where roots of the engine's own making are, and how they are kept. */
export interface RootPlaces {
  /** Where composed host roots are. */
  readonly hostRootDirectory: string;
  readonly storageDriver: StorageDriver;
}

/** A root over layers, the topmost first; a store without overlays has whole trees for layers. */
export function layeredRoot(lower: readonly string[], driver: StorageDriver): RootConfig {
  return driver === 'vfs'
    ? { kind: 'copy', of: lower[0] as string }
    : { kind: 'overlay', lower, throwaway: false };
}

async function resolveRoot(
  options: CreateOptions,
  { hostRootDirectory, storageDriver }: RootPlaces,
  image: ImageRoot | undefined,
): Promise<ResolvedRoot> {
  if (image !== undefined) {
    const { lower, name } = image;
    return { root: layeredRoot(lower, storageDriver), name, mounts: [], lookup: lower };
  }
  if (options.hostRoot === true) {
    const { lower, mounts } = await hostRoot(hostRootDirectory);
    return {
      root: layeredRoot([lower], storageDriver),
      name: 'host-root',
      // What is root's on the host is root's in a user namespace, too.
      mounts: options.uidMappings === undefined ? mounts : mounts.map(withMappedIds),
      lookup: [lower],
    };
  }
  const directory = path.resolve(options.rootfs ?? '');
  checkRootDirectory(directory);
  return { root: directoryRoot(directory, options), name: directory, mounts: [], lookup: [directory] };
}

/**
 * The source of a bind mount, or of an overlay over a directory, must be there when the container is made, so that the user
 * learns of a wrong one at once.
 */
function checkMountSources(mounts: readonly Mount[] | undefined): void {
  for (const mount of mounts ?? []) {
    const { source, destination } = mount;
    if ((isBindMount(mount) || isOverlayVolume(mount)) && source !== undefined && !existsSync(source)) {
      throw new LibpodError('ERR_NOT_FOUND', `mount source ${source} (for ${destination}) does not exist`);
    }
  }
}

/** A privileged container has no filter unless it asks for one; a bundle has its own. */
export function wantsDefaultSeccomp({ bundle, privileged, seccomp }: CreateOptions): boolean {
  if (bundle !== undefined) return false;
  return seccomp === 'default' || (seccomp === undefined && privileged !== true);
}

function wantsAllCapabilities({ privileged, capAdd }: CreateOptions): boolean {
  return privileged === true || capAdd?.some((name) => name.toUpperCase() === 'ALL') === true;
}

/** A file of a root of layers: that of the topmost layer which has one. '' if none has. */
function readInLayers(layers: readonly string[], file: string): string {
  if (layers.length === 1) return readInRoot(layers[0] as string, file);
  for (const layer of layers) {
    try {
      const text = readInRoot(layer, file);
      if (text !== '') return text;
    } catch (error) {
      // A whiteout: the layers below do not count.
      if (LibpodError.is(error, 'ERR_INVALID_ARGUMENT')) return '';
      throw error;
    }
  }
  return '';
}

/** 'nobody', which systems have whatever else they know. */
const NOBODY_ID = 65534;

/**
 * The largest ID that the files of a container's root know, but for nobody's, and that it is to run as.
 */
export function largestIdOf({ rootfs, user = '' }: CreateOptions, image: ImageRoot | undefined): number {
  const layers = image?.lower ?? (rootfs === undefined ? [] : [path.resolve(rootfs)]);
  const read = (file: string): string => (layers.length === 0 ? '' : readInLayers(layers, file));
  const known = [
    ...parsePasswd(read('/etc/passwd')).flatMap(({ uid, gid }) => [uid, gid]),
    ...parseGroup(read('/etc/group')).map(({ gid }) => gid),
  ].filter((id) => id !== NOBODY_ID);
  const asked = user
    .split(':')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
  return Math.max(0, ...known, ...asked);
}

/** What a container is made from: its specification and its root. */
export interface ContainerSource {
  readonly spec: RuntimeSpec;
  readonly root: RootConfig;
  /** What listings call the root. */
  readonly rootName: string;
}

/**
 * The specification of a container that is described by options.
 *
 * @param places where roots of the engine's own making are
 * @param sharedHostname the host name of the container whose UTS namespace is joined; the host's unless given
 * @param image that of its root, whose defaults are among the options
 * @throws LibpodError for whatever is wrong with the options
 */
export async function specOf(
  options: CreateOptions,
  places: RootPlaces,
  id: string,
  sharedHostname: string = hostHostname(),
  image?: ImageRoot,
): Promise<ContainerSource> {
  const command = checkCommand(options.command);
  const { root, name, mounts, lookup } = await resolveRoot(options, places, image);
  checkMountSources(options.mounts);
  const readFile = (file: string): string => readInLayers(lookup, file);
  const user = resolveUser(options.user ?? '0', readFile);
  const groups = resolveGroups(options.groupAdd ?? [], readFile);
  const sharesName = chosenNamespace(options.namespaces, 'uts') !== 'private';
  if (sharesName && options.hostname !== undefined) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the host name ${options.hostname} cannot be set: the container shares its UTS namespace; leave hostname out`,
    );
  }
  const devices = [
    ...(options.devices ?? []),
    ...resolveHostDevices(options.hostDevices ?? []),
    ...(options.privileged === true ? allHostDevices() : []),
  ];
  const spec = generateSpec({
    ...options,
    rootfs: lookup[0] as string,
    command,
    user: { ...user, additionalGids: [...new Set([...(user.additionalGids ?? []), ...groups])] },
    hostname: options.hostname ?? (sharesName ? sharedHostname : shortId(id)),
    devices: onePerPath(devices),
    blockDevices: blockDeviceNumbers(namedBlockDevices(options.resources ?? {})),
    stdinOpen: options.stdin,
    mounts: [...mounts, ...(options.mounts ?? [])],
    hardLimits: settableLimits(),
    ...(options.labelOptions?.length && { selinux: selinuxContexts() }),
    // The default one is put in at the start, and one of the user's below, when the capabilities are known.
    seccomp: 'unconfined',
  });
  const { capabilities } = spec.process;
  // One that was named and cannot be had is an error; of "all" only what there is was meant.
  if (capabilities !== undefined && wantsAllCapabilities(options)) {
    spec.process.capabilities = withinBounding(capabilities, ownBoundingSet());
  }
  if (typeof options.seccomp === 'object' && spec.linux !== undefined)
    spec.linux.seccomp = await resolveProfile(options.seccomp, spec.process.capabilities?.bounding ?? []);
  return { spec, root, rootName: name };
}

/** A device that was asked for by name wins over one of the host's. */
function onePerPath<T extends { readonly path: string }>(devices: readonly T[]): T[] {
  const byPath = new Map<string, T>();
  for (const device of devices) if (!byPath.has(device.path)) byPath.set(device.path, device);
  return [...byPath.values()];
}

/** The specification of a bundle, with what options may change of it. */
export async function specOfBundle(bundle: string, options: CreateOptions): Promise<ContainerSource> {
  // Only bundles need the schema; the others pay nothing for it.
  const { readBundle } = await import('../bundles/bundle.js');
  const { spec, rootDirectory } = readBundle(bundle);
  checkMountSources(spec.mounts);
  const asked = spec.process.capabilities;
  // The specification has a runtime go on without those that cannot be granted (OCI config, "capabilities").
  const capabilities = asked && withinBounding(asked, ownBoundingSet());
  const args =
    options.command === undefined || options.command.length === 0 ? spec.process.args : [...options.command];
  return {
    spec: { ...spec, process: { ...spec.process, args, capabilities } },
    root: directoryRoot(rootDirectory, options),
    rootName: path.resolve(bundle),
  };
}
