import { idMapProblem } from '../base/id-map.js';
import { LibpodError } from '../base/errors.js';
import type { Process } from '../oci/runtime-spec.js';
import type { HandedMounts } from './handed-mounts.js';
import { hostId, mapWords, requireMappedRoot, requireMappedUser, type IdMaps } from './id-maps.js';
import type { SectionName } from './instructions.js';
import { limit, RLIMITS } from './process.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

/**
 * The ID maps of a container's user namespace; undefined if it has the host's.
 *
 * @throws LibpodError ERR_SPEC_INVALID for maps that the kernel would refuse, without a root, or without the container's user
 */
export function idMapsOf({ spec, joined, idMaps }: LaunchRequest): IdMaps | undefined {
  const own = spec.linux?.namespaces?.find(({ type }) => type === 'user');
  const other = joined.some(({ type }) => type === 'user');
  if (own === undefined && !other) return undefined;
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  const maps = idMaps ?? { uid: uidMappings, gid: gidMappings };
  for (const [name, map] of [
    ['linux.uidMappings', maps.uid],
    ['linux.gidMappings', maps.gid],
  ] as const) {
    const problem = idMapProblem(map);
    if (problem !== undefined) throw new LibpodError('ERR_SPEC_INVALID', `${name} ${problem}`);
  }
  requireMappedRoot(maps);
  requireMappedUser(maps, spec.process.user);
  return maps;
}

/** The root, made by the monitor. Answers the number of its mount. */
export function compileHandedRoot(
  handed: HandedMounts,
  { root }: LaunchRequest,
  idMaps: IdMaps,
  labels: readonly string[],
): number {
  handed.mapIds(idMaps);
  if (root.kind === 'directory') {
    const { directory, idMapped } = root;
    return handed.add(
      {
        op: 'handed-bind',
        ...{
          from: directory,
          recursive: 1,
          set: 0n,
          clear: 0n,
          setBeneath: 0n,
          propagation: 0n,
        },
        optional: 0,
        idMap: idMapped === true ? 1 : 0,
      },
      `use ${directory} as the root`,
    );
  }
  const { lower, upper, work, options, idMapped = [] } = root;
  return handed.add(
    {
      op: 'overlay',
      ...{
        lower,
        upper,
        work,
        options: [...options, ...labels],
        mapped: idMapped,
        attributes: 0n,
        propagation: 0n,
      },
      ...hostRootOf(idMaps),
    },
    `mount an overlay over ${lower.join(':')}`,
  );
}

/** The root of a user namespace, as the host sees it. */
export function hostRootOf({ uid, gid }: IdMaps): { readonly uid: number; readonly gid: number } {
  return { uid: hostId(uid, 0, 'the root user'), gid: hostId(gid, 0, 'the root group') };
}

/** Lets a process set its limits by itself: above the hard ones that it has, only the host's root may (getrlimit(2)). */
export function raiseLimits(builder: ProgramBuilder, section: SectionName, { rlimits = [] }: Process): void {
  for (const { type, soft, hard } of rlimits) {
    const resource = RLIMITS[type];
    if (resource !== undefined)
      builder.add(
        section,
        { op: 'rlimit-raise', resource, hard: limit(hard) },
        `set ${type} to ${soft}:${hard}`,
      );
  }
}

/** What the monitor does to its child in a user namespace: all that wants rights over the host. */
export function compileUserNamespaceOutside(
  builder: ProgramBuilder,
  { spec, joined }: LaunchRequest,
  { uid, gid }: IdMaps,
): void {
  const own = spec.linux?.namespaces?.find(({ type }) => type === 'user');
  if (own !== undefined && !own.path && !joined.some(({ type }) => type === 'user'))
    builder.add(
      'parent',
      { op: 'id-maps-write', uids: mapWords(uid), gids: mapWords(gid) },
      "write the ID maps of the container's user namespace",
    );
  const { oomScoreAdj } = spec.process;
  if (oomScoreAdj !== undefined)
    builder.add(
      'parent',
      { op: 'oom-score', value: BigInt(oomScoreAdj) },
      `set oom_score_adj to ${oomScoreAdj}`,
    );
  raiseLimits(builder, 'parent', spec.process);
}

/**
 * The child's part, once its IDs are mapped and it is in its cgroups: until it becomes the root of its namespace it still
 * has the host's user ID, to which the engine's own directories and this executable are open.
 */
export function compileUserNamespace(
  builder: ProgramBuilder,
  { spec, root: place, attachAt, init, pause }: LaunchRequest,
  propagation: bigint,
  root: number,
): void {
  // Hooks find the root where the specification says that it is.
  const at = place.kind === 'directory' && spec.hooks ? place.directory : attachAt;
  builder.add('enter', { op: 'propagation', flags: propagation }, 'make the mount tree a slave');
  if (init || pause) builder.add('enter', { op: 'init-executable' }, "keep the container's init at hand");
  builder.add('enter', { op: 'root-attach', mount: root, at }, 'attach the root');
  builder.add('enter', { op: 'mapped-root' }, 'become the root of the user namespace');
  if (Object.keys(spec.linux?.sysctl ?? {}).length > 0)
    builder.add('enter', { op: 'sysctl-files' }, 'keep a procfs at hand');
}
