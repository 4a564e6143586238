import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { runFileSteps, type FileStep } from '../linux/files/files.js';
import { startTicks } from '../linux/processes/processes.js';
import type { Mount } from '../oci/runtime-spec.js';

/** Grows when the skeleton changes, so that a new one is made beside an old one that is in use. */
const VERSION = 1;

/** Directories that are merged into /usr on the host's system, and the links that lead there (file-hierarchy(7)). */
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['mnt', 0o755],
  ['opt', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['run', 0o755],
  ['srv', 0o755],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['var', 0o755],
  ['var/cache', 0o755],
  ['var/lib', 0o755],
  ['var/log', 0o755],
  ['var/tmp', 0o1777],
];

const FILES: readonly (readonly [path: string, text: string])[] = [
  [
    'etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  ],
  ['etc/group', 'root:x:0:\ndaemon:x:1:\nbin:x:2:\ntty:x:5:\nnogroup:x:65534:\n'],
  ['etc/shells', '/bin/sh\n'],
  ['etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'],
  ['etc/hosts', ''],
  ['etc/hostname', ''],
  ['etc/resolv.conf', ''],
];

/**
 * What the programs of /usr look for in /etc and cannot do without, and that holds no secret: where alternatives point,
 * the linker's cache, the public certificates.
 */
const SHARED = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/ssl/certs'];

/** Beneath /usr, but an administrator's own configuration: hidden, as it may hold credentials (an npmrc, for one). */
const HIDDEN = ['/usr/local/etc'];

/** The read-only lower layer of the composed host root, and the mounts that go with it. */
export interface HostRoot {
  readonly lower: string;
  readonly mounts: readonly Mount[];
}

/** Whether a mount is one of those that make a host root, whose user never asked for it. */
export function isHostRootMount({ destination, source }: Mount): boolean {
  return hostMounts().some((own) => own.destination === destination && own.source === source);
}

/** The mounts that bring the host's programs, and nothing of its secrets, into a host root. */
function hostMounts(): Mount[] {
  const readOnly = ['rbind', 'ro', 'rro', 'nosuid', 'nodev', 'rprivate'];
  const mounts: Mount[] = [{ destination: '/usr', type: 'bind', source: '/usr', options: readOnly }];
  for (const name of MERGED) {
    // A host whose /bin is a directory of its own, not yet a link into /usr.
    const host = `/${name}`;
    if (existsSync(host) && !isMerged(name))
      mounts.push({ destination: host, type: 'bind', source: host, options: readOnly });
  }
  for (const host of SHARED) {
    if (existsSync(host))
      mounts.push({
        destination: host,
        type: 'bind',
        source: host,
        options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec', 'rprivate'],
      });
  }
  for (const host of HIDDEN) {
    if (existsSync(host))
      mounts.push({
        destination: host,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['ro', 'nosuid', 'nodev', 'noexec', 'size=4k'],
      });
  }
  return mounts;
}

function isMerged(name: string): boolean {
  return (
    existsSync(`/usr/${name}`) &&
    readdirSync('/', { withFileTypes: true }).some((entry) => entry.name === name && entry.isSymbolicLink())
  );
}

/** The skeletons that this process is just making, so that many containers at once make one. */
const making = new Map<string, Promise<void>>();

/**
 * The composed host root: the host's /usr, read-only; an /etc of our own; the rest empty. The skeleton is made once, in
 * a directory that then never changes, by rename.
 */
export async function hostRoot(directory: string): Promise<HostRoot> {
  const lower = path.join(directory, String(VERSION));
  if (!existsSync(lower)) {
    let work = making.get(lower);
    if (work === undefined) {
      work = makeSkeleton(directory, lower).finally(() => making.delete(lower));
      making.set(lower, work);
    }
    await work;
  }
  return { lower, mounts: hostMounts() };
}

async function makeSkeleton(directory: string, lower: string): Promise<void> {
  // The name tells a sweep who makes it, as that of a container's directory does (records/creator.ts).
  const id = randomBytes(8).toString('hex');
  const unfinished = path.join(directory, `.new-${id}.${process.pid}.${startTicks(process.pid)}`);
  const at = (relative: string) => path.join(unfinished, relative);
  const steps: FileStep[] = [
    { op: 'mkdirs', path: unfinished },
    ...DIRECTORIES.flatMap(([name, mode]): FileStep[] => [
      { op: 'mkdir', path: at(name), mode },
      { op: 'chmod', path: at(name), mode },
    ]),
    ...FILES.map(([name, text]): FileStep => ({ op: 'write', path: at(name), mode: 0o644, data: text })),
    ...MERGED.filter(isMerged).map((name): FileStep => ({
      op: 'symlink',
      path: at(name),
      to: `usr/${name}`,
    })),
  ];
  try {
    await runFileSteps('make the host root', [...steps, { op: 'rename', path: unfinished, to: lower }]);
  } catch (error) {
    await runFileSteps('undo the host root', [{ op: 'remove', path: unfinished }]);
    // Another process may have made it meanwhile.
    if (!existsSync(lower)) throw error;
  }
}
