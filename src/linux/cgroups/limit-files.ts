import { readCgroupFiles, type CgroupWrite } from './files.js';
import { LIMITS_V1 } from './limits-v1.js';
import { LIMITS_V2 } from './limits-v2.js';
import type { CgroupLimits, LimitCodec, LimitKind, LimitWrite, ReadFile } from './limits.js';
import { missingController, type CgroupPlace } from './place.js';
import { invalid } from '../kernel-error.js';

const KINDS: readonly LimitKind[] = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb', 'rdma'];

/** What may be said of each kind. Huge pages and RDMA devices have names of the machine's own. */
const MEMBERS: {
  readonly [Kind in Exclude<LimitKind, 'hugetlb' | 'rdma'>]: readonly (keyof NonNullable<
    CgroupLimits[Kind]
  >)[];
} = {
  cpu: ['weight', 'quota', 'period', 'burst', 'idle'],
  cpuset: ['cpus', 'mems'],
  memory: ['max', 'high', 'low', 'min', 'swap', 'oomGroup', 'oomKill', 'swappiness'],
  pids: ['max'],
  io: ['weight', 'max'],
};

/** A slip of the pen would leave a container without the limit that it was to have. */
function checkMembers(limits: CgroupLimits): void {
  for (const kind of Object.keys(limits))
    if (!KINDS.includes(kind as LimitKind))
      throw invalid(`limits of ${JSON.stringify(kind)} are not known: give ${KINDS.join(', ')}`);
  for (const [kind, members] of Object.entries(MEMBERS))
    for (const name of Object.keys(limits[kind as keyof typeof MEMBERS] ?? {}))
      if (!members.some((member) => member === name))
        throw invalid(`${kind} has no limit ${JSON.stringify(name)}: give ${members.join(', ')}`);
}

/** The codec of a kind in the version that has its controller, and the directory there. */
function codecOf<Kind extends LimitKind>(place: CgroupPlace, kind: Kind): [LimitCodec<Kind>, string] {
  const hierarchy = place.of(kind);
  if (hierarchy === undefined) throw missingController(kind);
  // An index by a type parameter is an intersection to the compiler.
  const codec = (hierarchy.version === 1 ? LIMITS_V1 : LIMITS_V2)[kind] as unknown as LimitCodec<Kind>;
  return [codec, place.in(hierarchy)];
}

function encode<Kind extends LimitKind>(
  place: CgroupPlace,
  kind: Kind,
  limits: NonNullable<CgroupLimits[Kind]>,
): CgroupWrite[] {
  const [codec, directory] = codecOf(place, kind);
  const read: ReadFile = (file) => readCgroupFiles([`${directory}/${file}`])[0];
  return codec
    .encode(limits, read)
    .map(({ file, value }: LimitWrite): CgroupWrite => [`${directory}/${file}`, value]);
}

/** What is to be written for some limits, in order. */
export function limitWrites(place: CgroupPlace, limits: CgroupLimits): CgroupWrite[] {
  checkMembers(limits);
  return KINDS.flatMap((kind) => (limits[kind] === undefined ? [] : encode(place, kind, limits[kind])));
}

/** The limits of the controllers that there are. */
export function readLimits(place: CgroupPlace): CgroupLimits {
  const parts = KINDS.filter((kind) => place.of(kind) !== undefined).map((kind) => {
    const [codec, directory] = codecOf(place, kind);
    return { kind, codec, paths: codec.files.map((file) => `${directory}/${file}`) };
  });
  // One crossing for all files.
  const texts = readCgroupFiles(parts.flatMap(({ paths }) => paths));
  let at = 0;
  const found = parts.map(({ kind, codec, paths }) => {
    const own = texts.slice(at, (at += paths.length));
    return [kind, codec.decode((file) => own[codec.files.indexOf(file)])] as const;
  });
  return Object.fromEntries(found);
}
