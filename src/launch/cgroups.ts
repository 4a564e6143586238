import { cgroupDirectory, hierarchyOf, type CgroupHierarchy } from '../base/cgroup-hierarchy.js';
import { compileDeviceFilter } from '../base/device-filter.js';
import { LibpodError } from '../base/errors.js';
import { deviceRules, limitWrites } from './limit-writes.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

function addWrites(
  builder: ProgramBuilder,
  section: 'prepare' | 'parent',
  request: LaunchRequest,
  version: 1 | 2,
): void {
  const { resources } = request.spec.linux ?? {};
  if (resources === undefined) return;
  const writes = limitWrites(request.cgroups, request.cgroupPath, resources, version);
  for (const { path, value, about, optional } of writes)
    builder.add(section, { op: 'cgroup-write', path, value, optional: optional ? 1 : 0 }, about);
}

/** Version 2 has no device controller: a program stands in for it (device-filter.ts). */
function addDeviceFilter(builder: ProgramBuilder, request: LaunchRequest): void {
  const rules = deviceRules(request.spec.linux?.resources ?? {});
  if (rules === undefined || hierarchyOf(request.cgroups, 'devices') !== undefined) return;
  const hierarchy = request.cgroups.find(({ version }) => version === 2);
  if (hierarchy === undefined) {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      'cannot hold the device list: this machine has no devices cgroup controller',
    );
  }
  const path = cgroupDirectory(hierarchy, request.cgroupPath);
  builder.add(
    'prepare',
    { op: 'device-filter', path, program: compileDeviceFilter(rules) },
    'attach the device list',
  );
}

/**
 * Makes a pod's cgroups of version 1, those of version 2 being made with all levels above the container's, and sets the
 * limits: with each start of each of its containers, as that is cheaper than to know whether they hold already.
 */
function compilePodCgroup(
  builder: ProgramBuilder,
  { podCgroup, cgroups }: LaunchRequest,
  version: 1 | 2,
  section: 'prepare' | 'parent',
): void {
  if (podCgroup === undefined) return;
  for (const hierarchy of cgroups) {
    if (version === 2 || hierarchy.version === 2) continue;
    const directory = cgroupDirectory(hierarchy, podCgroup.path);
    builder.add(section, { op: 'cgroup-create', path: directory }, `make the pod's cgroup ${directory}`);
    if (hierarchy.controllers.includes('cpuset')) {
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        builder.add(section, { op: 'cgroup-inherit', path: directory, file }, `fill ${file} of ${directory}`);
    }
  }
  for (const { path, value, about } of limitWrites(
    cgroups,
    podCgroup.path,
    podCgroup.resources ?? {},
    version,
  ))
    builder.add(section, { op: 'cgroup-write', path, value, optional: 0 }, `pod: ${about}`);
}

/**
 * Makes the cgroups of version 2 above the container's own. A controller must be handed down at every level, as far as
 * these are ours.
 */
function compileLevels(builder: ProgramBuilder, request: LaunchRequest, hierarchy: CgroupHierarchy): void {
  const parts = request.cgroupPath.split('/').filter(Boolean).slice(0, -1);
  const levels = ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
  const ours = levels.filter((level) => `/${level}`.startsWith(hierarchy.delegated ?? '/'));
  for (const level of ours) {
    const at = level === '' ? hierarchy.mountpoint : `${hierarchy.mountpoint}/${level}`;
    if (level !== '') builder.add('prepare', { op: 'cgroup-create', path: at }, `make cgroup ${at}`);
    if (hierarchy.controllers.length > 0 && request.cgroups.length === 1) {
      const value = hierarchy.controllers.map((controller) => `+${controller}`).join(' ');
      builder.add(
        'prepare',
        { op: 'cgroup-write', path: `${at}/cgroup.subtree_control`, value, optional: 1 },
        `hand controllers down in ${at}`,
      );
    }
  }
}

/** Makes what is above the container's cgroups, and sets its pod's limits, where somebody else makes the container's own. */
export function compileCgroupsAbove(builder: ProgramBuilder, request: LaunchRequest): void {
  compilePodCgroup(builder, request, 1, 'parent');
  for (const hierarchy of request.cgroups)
    if (hierarchy.version === 2) compileLevels(builder, request, hierarchy);
  compilePodCgroup(builder, request, 2, 'prepare');
}

/**
 * Makes the container's cgroups and sets its limits. The one of v2 comes before the clone, since the child is born in it
 * (CLONE_INTO_CGROUP; a later write to cgroup.procs waits for an RCU grace period, 7-12 ms). Those of v1 come after it, while
 * the child is busy with its mounts.
 *
 * @param early whether those of v1 come before it too: for a monitor that mounts them
 * @returns the v2 directory to be born in, or ''
 */
export function compileCgroups(builder: ProgramBuilder, request: LaunchRequest, early: boolean): string {
  let born = '';
  const first = early ? 'prepare' : 'parent';
  // Before the container's own, which begins with the processors of the pod's.
  compilePodCgroup(builder, request, 1, first);
  for (const hierarchy of request.cgroups) {
    const directory = cgroupDirectory(hierarchy, request.cgroupPath);
    const section = hierarchy.version === 2 ? 'prepare' : first;
    if (hierarchy.version === 2) {
      compileLevels(builder, request, hierarchy);
      born = directory;
    }
    builder.add(section, { op: 'cgroup-create', path: directory }, `make cgroup ${directory}`);
    if (hierarchy.version === 1 && hierarchy.controllers.includes('cpuset')) {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        builder.add(section, { op: 'cgroup-inherit', path: directory, file }, `fill ${file} of ${directory}`);
      }
    }
  }
  compilePodCgroup(builder, request, 2, 'prepare');
  addDeviceFilter(builder, request);
  addWrites(builder, 'prepare', request, 2);
  addWrites(builder, first, request, 1);
  return born;
}

/** The child's part: it waits for the monitor, enters the cgroups of v1, and takes a cgroup namespace if asked. */
export function compileCgroupEntry(
  builder: ProgramBuilder,
  request: LaunchRequest,
  ownNamespace: boolean,
): void {
  builder.add('enter', { op: 'await-parent' });
  for (const hierarchy of request.cgroups) {
    if (hierarchy.version !== 1) continue;
    const directory = cgroupDirectory(hierarchy, request.cgroupPath);
    builder.add('enter', { op: 'cgroup-enter', path: `${directory}/tasks` }, `enter cgroup ${directory}`);
  }
  if (ownNamespace) builder.add('enter', { op: 'unshare', flags: 0x200_0000n }, 'make a cgroup namespace');
}

/** The file that counts kills for want of memory. */
export function oomSource(request: LaunchRequest): string | undefined {
  const hierarchy = hierarchyOf(request.cgroups, 'memory');
  if (hierarchy === undefined) return undefined;
  return `${cgroupDirectory(hierarchy, request.cgroupPath)}/${hierarchy.version === 2 ? 'memory.events' : 'memory.oom_control'}`;
}
