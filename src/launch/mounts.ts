import path from 'node:path';
import { cgroupDirectory } from '../base/cgroup-hierarchy.js';
import { LibpodError } from '../base/errors.js';
import { idMapProblem } from '../base/id-map.js';
import type { Mount } from '../oci/runtime-spec.js';
import { MOUNT_ATTR } from './flags.js';
import type { HandedMounts } from './handed-mounts.js';
import type { IdMaps } from './id-maps.js';
import type { Instruction } from './instructions.js';
import { sortMountOptions, type MountOptions } from './mount-options.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';
import { hostRootOf } from './user-namespace.js';

/** What a mount needs to know beside itself. */
export interface MountContext {
  readonly request: LaunchRequest;
  readonly ownCgroupNamespace: boolean;
  readonly handed: HandedMounts;
  /** Those of the container's user namespace, if it has one. */
  readonly idMaps: IdMaps | undefined;
}

type OverlayInstruction = Extract<Instruction, { op: 'overlay' }>;

/** The recursive options of a mount, which are the last word. */
function addBeneath(builder: ProgramBuilder, path: string, { setBeneath, clearBeneath }: MountOptions): void {
  if (setBeneath === 0n && clearBeneath === 0n) return;
  builder.add(
    'enter',
    { op: 'mount-attributes-beneath', path, set: setBeneath, clear: clearBeneath },
    `set the options of ${path} and of all that is mounted beneath it`,
  );
}

/** File systems whose files the kernel labels by itself. */
const SELF_LABELLED = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'mqueue']);

/** The label of the files of a new mount (SELinux; mount(8), "context="). */
export function labelOptions(type: string, { spec: { linux } }: LaunchRequest): string[] {
  return linux?.mountLabel && !SELF_LABELLED.has(type) ? [`context=${linux.mountLabel}`] : [];
}

/** The same as the end of a sentence. */
export function labelWords(type: string, request: LaunchRequest): string {
  return labelOptions(type, request).length > 0
    ? ` with linux.mountLabel ${JSON.stringify(request.spec.linux?.mountLabel)}`
    : '';
}

/** A mount, by the path inside the root that it covers. */
export function compileMount(builder: ProgramBuilder, mount: Mount, context: MountContext): void {
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return compileCgroupMount(builder, mount, context);
  const { request, handed, idMaps } = context;
  const target = mount.destination;
  const options = sortMountOptions(target, mount.options ?? []);
  const mapped = mountMaps(mount, options, idMaps);
  if (options.bind !== false || mount.type === 'bind') {
    if (mount.source === undefined || mount.source === '') {
      throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: a bind mount needs a source`);
    }
    const bind = {
      // A relative source is relative to the bundle; the engine has made it absolute.
      from: mount.source,
      recursive: options.bind === 'bind' ? 0 : 1,
      set: options.set,
      clear: options.clear,
      setBeneath: 0n,
      propagation: options.propagation,
      optional: 0,
    } as const;
    const origin = `mount ${mount.source} at ${target}`;
    if (mapped !== undefined) handed.mapIds(mapped);
    const idMap = mapped === undefined ? 0 : options.idMap === 'ridmap' ? 2 : 1;
    if (mapped !== undefined || idMaps !== undefined)
      handed.attach({ op: 'handed-bind', ...bind, idMap }, target, origin);
    else builder.add('enter', { op: 'bind', ...bind, target }, origin);
    addBeneath(builder, target, options);
    return;
  }
  if (mapped !== undefined)
    throw new LibpodError(
      'ERR_SPEC_UNSUPPORTED',
      `mount ${target}: only the IDs of a bind mount can be mapped; a new file system has none yet`,
    );
  const type = mount.type ?? '';
  if (options.copyUp && type !== 'tmpfs')
    throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: the option "tmpcopyup" is for a tmpfs alone`);
  if (type === '' || type === 'none') {
    throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: it has neither a type nor the option "bind"`);
  }
  const instruction = {
    op: 'mount',
    type,
    from: mount.source ?? '',
    target,
    attributes: options.set,
    options: [...options.data, ...labelOptions(type, request)],
    propagation: options.propagation,
    copyUp: options.copyUp ? 1 : 0,
  } as const;
  const origin = `mount ${type} at ${target}${labelWords(type, request)}`;
  if (idMaps === undefined) builder.add('enter', instruction, origin);
  else if (type === 'overlay') handed.attach(overlayOf(mount, options, idMaps), target, origin);
  else if (target === '/dev' && type === 'tmpfs')
    handed.attach(deviceFileSystem(instruction, idMaps), target, origin);
  else builder.add('enter', instruction, origin);
  addBeneath(builder, target, options);
}

/** The maps of a mount whose IDs are to be mapped: its own, or else those of the container (OCI config, "idmap"). */
function mountMaps(
  { destination, uidMappings, gidMappings }: Mount,
  { idMap }: MountOptions,
  idMaps: IdMaps | undefined,
): IdMaps | undefined {
  const own = (uidMappings?.length ?? 0) + (gidMappings?.length ?? 0) > 0;
  if (!own && idMap === undefined) return undefined;
  const maps = own ? { uid: uidMappings ?? [], gid: gidMappings ?? [] } : idMaps;
  if (maps === undefined)
    throw new LibpodError(
      'ERR_SPEC_INVALID',
      `mount ${destination}: the option "idmap" is given, but neither the mount has ID mappings nor the container a user namespace; give one of them`,
    );
  for (const [name, map] of [
    ['uidMappings', maps.uid],
    ['gidMappings', maps.gid],
  ] as const) {
    const problem = idMapProblem(map);
    if (problem !== undefined)
      throw new LibpodError('ERR_SPEC_INVALID', `mount ${destination}: its ${name} ${problem}`);
  }
  return maps;
}

/** An overlay over directories of the host, made by the monitor, through whose mounts the container's IDs are seen. */
function overlayOf(
  { destination }: Mount,
  { data, set, propagation }: MountOptions,
  idMaps: IdMaps,
): OverlayInstruction {
  const value = (name: string): string =>
    data.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const [upper, work] = [value('upperdir'), value('workdir')];
  // A colon separates layers, and a backslash takes its meaning away: overlayfs.rst, "Multiple lower layers".
  const lower = (value('lowerdir').match(/(?:\\.|[^:\\])+/g) ?? []).map((layer) =>
    layer.replaceAll(/\\(.)/g, '$1'),
  );
  if (lower.length === 0)
    throw new LibpodError('ERR_SPEC_INVALID', `mount ${destination}: an overlay needs the option "lowerdir"`);
  const mapped = upper === '' ? lower : [...lower, path.dirname(upper)];
  return {
    op: 'overlay',
    ...{ lower, upper, work, mapped: [...new Set(mapped)], attributes: set, propagation },
    options: data.filter((option) => !/^(?:lower|upper|work)dir=/.test(option)),
    ...hostRootOf(idMaps),
  };
}

/**
 * The file system of /dev with a user namespace: the monitor's, since none but the host's root makes device nodes, and the
 * kernel opens none on a file system of a user namespace (user_namespaces(7)).
 */
function deviceFileSystem(
  mount: Extract<Instruction, { op: 'mount' }>,
  idMaps: IdMaps,
): Extract<Instruction, { op: 'mount' }> {
  const { uid, gid } = hostRootOf(idMaps);
  const own = mount.options.filter((option) => !/^[ug]id=/.test(option));
  return { ...mount, options: [...own, `uid=${uid}`, `gid=${gid}`] };
}

/**
 * The container's view of its cgroups. Version 2: the one hierarchy. Version 1: a tmpfs with a directory for each, and
 * a symlink for each controller of a shared one. Without a cgroup namespace the container sees its own directory
 * through a bind mount.
 */
function compileCgroupMount(
  builder: ProgramBuilder,
  mount: Mount,
  { request, ownCgroupNamespace: ownNamespace, handed, idMaps }: MountContext,
): void {
  const target = mount.destination;
  const { set, propagation } = sortMountOptions(target, mount.options ?? []);
  const show = (hierarchy: LaunchRequest['cgroups'][number], at: string): void => {
    const origin = `mount the cgroups at ${at}`;
    if (!ownNamespace) {
      const from = cgroupDirectory(hierarchy, request.cgroupPath);
      const bind = { from, recursive: 0, set, clear: 0n, setBeneath: 0n, propagation, optional: 0 };
      if (idMaps === undefined) builder.add('enter', { op: 'bind', ...bind, target: at }, origin);
      else handed.attach({ op: 'handed-bind', ...bind, idMap: 0 }, at, origin);
      return;
    }
    const options = [
      ...hierarchy.controllers,
      ...(hierarchy.name === undefined ? [] : [`name=${hierarchy.name}`]),
    ];
    const [type, from] = hierarchy.version === 2 ? ['cgroup2', 'cgroup2'] : ['cgroup', 'cgroup'];
    builder.add(
      'enter',
      {
        op: 'mount',
        type,
        from,
        target: at,
        attributes: set,
        options: hierarchy.version === 2 ? [] : options,
        propagation,
        copyUp: 0,
      },
      origin,
    );
  };
  const [only] = request.cgroups;
  if (request.cgroups.length === 1 && only?.version === 2) return show(only, target);
  const writable = set & ~MOUNT_ATTR.rdonly;
  builder.add(
    'enter',
    {
      op: 'mount',
      type: 'tmpfs',
      from: 'cgroup',
      target,
      attributes: writable,
      options: ['mode=755', 'size=64k'],
      propagation,
      copyUp: 0,
    },
    `mount tmpfs at ${target}`,
  );
  for (const hierarchy of request.cgroups) {
    const name = path.basename(hierarchy.mountpoint);
    show(hierarchy, `${target}/${name}`);
    for (const controller of hierarchy.version === 1 ? hierarchy.controllers : []) {
      if (controller !== name)
        builder.add('enter', { op: 'symlink', to: name, path: `${target}/${controller}` });
    }
  }
  if ((set & MOUNT_ATTR.rdonly) !== 0n) {
    builder.add(
      'enter',
      { op: 'mount-attributes', path: target, set: MOUNT_ATTR.rdonly },
      `make ${target} read-only`,
    );
  }
}
