import { MASKED_PATHS } from '../../src/spec/paths.js';
import type { Known } from './differential.js';

const ALL = ['crun', 'runc'] as const;
const MASK = new RegExp(`^(files|mounts) (${[...MASKED_PATHS, '/etc/hidden', '/proc/fs'].join('|')})$`);

const exactly =
  (ours: string | undefined, theirs: string | undefined): Known['is'] =>
  (mine, other) =>
    mine === ours && other === theirs;

/**
 * What a container sees differently under ours, crun 1.8 and runc 1.1, and why. Anything else that differs fails
 * the test.
 */
export const KNOWN: readonly Known[] = [
  {
    fact: /^descriptors [012]$/,
    peers: ALL,
    is: (ours, theirs) => ours !== undefined && theirs !== undefined,
    why: 'what the streams are is the caller’s: crun hands on those that it was given, runc and ours have pipes; an input that nobody writes is the null device under ours',
  },
  {
    fact: /^process death signal$/,
    peers: ALL,
    is: exactly('9', '0'),
    why: 'under ours a container’s init dies with its monitor',
  },
  {
    fact: /^files \/dev\/core$/,
    peers: ['runc'],
    is: (ours, theirs) => ours !== undefined && theirs === undefined,
    why: 'runc makes /dev/core only where /proc/kcore is; ours and crun always',
  },
  {
    fact: /^files \/dev\/null$/,
    peers: ['crun'],
    is: (ours, theirs) => ours === '20666 0:0 1:3 rw' && /^20666 \d+:\d+ 1:3 rw$/.test(theirs ?? ''),
    why: 'crun gives its streams to the container’s user, and the null device with them if it is one',
  },
  {
    fact: /^mounts \/proc\//,
    peers: ['crun'],
    is: (ours, theirs) =>
      ours === theirs?.replace(' relatime,ro ', ' nodev,noexec,nosuid,relatime,ro ') &&
      ours?.startsWith('proc ') === true,
    why: 'crun makes a path read-only without the other attributes of /proc; ours and runc keep them',
  },
  {
    fact: MASK,
    peers: ALL,
    is: (ours, theirs) => ours === '40555 0:0 0:0 r-' && theirs === '41777 0:0 0:0 r-',
    why: 'a directory is masked by an empty tmpfs: under ours one whose mode says that nothing can be written',
  },
  {
    fact: MASK,
    peers: ALL,
    is: (ours, theirs) =>
      ours === 'tmpfs / nodev,noexec,nosuid,relatime,ro mode=555,nr_inodes=1,rw,size=4k' &&
      theirs?.startsWith('tmpfs / relatime,ro ') === true,
    why: 'and one mount, shown at each place, with the attributes that it may have',
  },
  {
    fact: MASK,
    peers: ALL,
    is: (ours, theirs) => ours?.startsWith('devtmpfs /null ') === true && / \/null /.test(theirs ?? ''),
    why: 'a file is masked by the null device: the host’s under ours and crun, which makes it read-only besides; that of the container’s /dev under runc, which CVE-2025-31133 is about',
  },
  {
    fact: /^(files|mounts) \/sys\/fs\/cgroup$/,
    peers: ALL,
    is: (ours, theirs) => ours !== undefined && theirs !== undefined,
    why: 'the directory above the hierarchies of version 1 is a tmpfs: of mode 755, 64 KiB and read-only under ours',
  },
  {
    fact: /^mounts \/sys\/fs\/cgroup\/unified$/,
    peers: ALL,
    is: (ours, theirs) => ours?.startsWith('cgroup2 ') === true && theirs === undefined,
    why: 'crun and runc run where the cgroup2 of a hybrid machine is hidden, as they refuse it',
  },
  {
    fact: /^mounts \/sys$/,
    peers: ['runc'],
    is: (ours, theirs) => ours?.replace(/ rw$/, ' ro') === theirs,
    why: 'runc makes the new file system itself read-only, ours and crun the mount',
  },
  {
    fact: /^cgroup limits .*\/devices\.list$/,
    peers: ['runc'],
    is: (ours, theirs) => ours?.replace(',c 5:1 rwm', '') === theirs?.replace(',c 10:200 rwm', ''),
    why: 'runc lets pass /dev/net/tun, and not the console of the host; ours and crun allow what the runtime specification lists',
  },
];
