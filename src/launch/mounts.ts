import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import type { Mount } from '../oci/runtime-spec.js';
import { cgroupDirectory } from './cgroups.js';
import { MOUNT_ATTR } from './flags.js';
import { sortMountOptions, type MountOptions } from './mount-options.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

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
export function compileMount(
  builder: ProgramBuilder,
  mount: Mount,
  request: LaunchRequest,
  ownCgroupNamespace: boolean,
): void {
  if (mount.type === 'cgroup' || mount.type === 'cgroup2')
    return compileCgroupMount(builder, mount, request, ownCgroupNamespace);
  const target = mount.destination;
  const options = sortMountOptions(target, mount.options ?? []);
  if (options.bind !== false || mount.type === 'bind') {
    if (mount.source === undefined || mount.source === '') {
      throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: a bind mount needs a source`);
    }
    builder.add(
      'enter',
      {
        op: 'bind',
        // A relative source is relative to the bundle; the engine has made it absolute.
        from: mount.source,
        target,
        recursive: options.bind === 'bind' ? 0 : 1,
        set: options.set,
        clear: options.clear,
        setBeneath: 0n,
        propagation: options.propagation,
        optional: 0,
      },
      `mount ${mount.source} at ${target}`,
    );
    addBeneath(builder, target, options);
    return;
  }
  const type = mount.type ?? '';
  if (options.copyUp && type !== 'tmpfs')
    throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: the option "tmpcopyup" is for a tmpfs alone`);
  if (type === '' || type === 'none') {
    throw new LibpodError('ERR_SPEC_INVALID', `mount ${target}: it has neither a type nor the option "bind"`);
  }
  builder.add(
    'enter',
    {
      op: 'mount',
      type,
      from: mount.source ?? '',
      target,
      attributes: options.set,
      options: [...options.data, ...labelOptions(type, request)],
      propagation: options.propagation,
      copyUp: options.copyUp ? 1 : 0,
    },
    `mount ${type} at ${target}${labelWords(type, request)}`,
  );
  addBeneath(builder, target, options);
}

/**
 * The container's view of its cgroups. Version 2: the one hierarchy. Version 1: a tmpfs with a directory for each, and
 * a symlink for each controller of a shared one. Without a cgroup namespace the container sees its own directory
 * through a bind mount.
 */
function compileCgroupMount(
  builder: ProgramBuilder,
  mount: Mount,
  request: LaunchRequest,
  ownNamespace: boolean,
): void {
  const target = mount.destination;
  const { set, propagation } = sortMountOptions(target, mount.options ?? []);
  const show = (hierarchy: LaunchRequest['cgroups'][number], at: string): void => {
    const origin = `mount the cgroups at ${at}`;
    if (!ownNamespace) {
      const from = cgroupDirectory(hierarchy, request.cgroupPath);
      builder.add(
        'enter',
        {
          op: 'bind',
          from,
          target: at,
          recursive: 0,
          set,
          clear: 0n,
          setBeneath: 0n,
          propagation,
          optional: 0,
        },
        origin,
      );
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
