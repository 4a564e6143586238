import { LibpodError } from '../base/errors.js';
import { ownValue } from '../base/own-value.js';
import { MOUNT_ATTR, MOUNT_ATTR_ATIME, PROPAGATION } from './flags.js';

/** The options of an OCI mount, sorted by the interface that takes them. */
export interface MountOptions {
  /** A bind mount: 'bind' or 'rbind'. */
  bind: false | 'bind' | 'rbind';
  /** MOUNT_ATTR_* to set and to clear on the mount. */
  set: bigint;
  clear: bigint;
  /** MOUNT_ATTR_* to set on it and on all mounts beneath (`rro` and the like). */
  setBeneath: bigint;
  /** MOUNT_ATTR_* to clear there (`rrw` and the like). */
  clearBeneath: bigint;
  /** A propagation flag of mount(2), perhaps with MS_REC, or 0. */
  propagation: bigint;
  /** Whether a tmpfs begins with what it covers. */
  copyUp: boolean;
  /** Whether IDs are mapped: of the mount alone, or of all beneath it too. */
  idMap: 'idmap' | 'ridmap' | undefined;
  /** What is left: options of the file system itself. */
  data: string[];
}

/** Attribute options: what they set, and what they clear. */
const ATTRIBUTES: Readonly<Record<string, readonly [set: bigint, clear: bigint]>> = {
  ro: [MOUNT_ATTR.rdonly, 0n],
  rw: [0n, MOUNT_ATTR.rdonly],
  nosuid: [MOUNT_ATTR.nosuid, 0n],
  suid: [0n, MOUNT_ATTR.nosuid],
  nodev: [MOUNT_ATTR.nodev, 0n],
  dev: [0n, MOUNT_ATTR.nodev],
  noexec: [MOUNT_ATTR.noexec, 0n],
  exec: [0n, MOUNT_ATTR.noexec],
  noatime: [MOUNT_ATTR.noatime, MOUNT_ATTR_ATIME],
  atime: [0n, MOUNT_ATTR_ATIME],
  relatime: [0n, MOUNT_ATTR_ATIME],
  norelatime: [0n, 0n],
  strictatime: [MOUNT_ATTR.strictatime, MOUNT_ATTR_ATIME],
  nostrictatime: [0n, MOUNT_ATTR_ATIME],
  nodiratime: [MOUNT_ATTR.nodiratime, 0n],
  diratime: [0n, MOUNT_ATTR.nodiratime],
  nosymfollow: [MOUNT_ATTR.nosymfollow, 0n],
  symfollow: [0n, MOUNT_ATTR.nosymfollow],
};

const PROPAGATIONS: Readonly<Record<string, bigint>> = Object.fromEntries(
  (['private', 'shared', 'slave', 'unbindable'] as const).flatMap((kind) => [
    [kind, PROPAGATION[kind]],
    [`r${kind}`, PROPAGATION[kind] | PROPAGATION.rec],
  ]),
);

/** Options that change nothing: the kernel's defaults, or words of fstab(5). */
const NEUTRAL = new Set(['defaults', 'async', 'silent', 'loud', 'auto', 'noauto', 'nomand', 'noiversion']);

/** Options of the specification that this engine does not carry out. */
const REFUSED = new Set(['remount', 'mand', 'copy-symlink']);

/**
 * Sorts the options of a mount (OCI config, "Linux mount options"; mount(8)).
 *
 * @throws LibpodError ERR_SPEC_UNSUPPORTED for an option that is known and not carried out
 */
export function sortMountOptions(destination: string, options: readonly string[]): MountOptions {
  const sorted: MountOptions = {
    bind: false,
    set: 0n,
    clear: 0n,
    setBeneath: 0n,
    clearBeneath: 0n,
    propagation: 0n,
    copyUp: false,
    idMap: undefined,
    data: [],
  };
  for (const option of options) {
    const attribute = ownValue(ATTRIBUTES, option);
    const beneath = option.startsWith('r') ? ownValue(ATTRIBUTES, option.slice(1)) : undefined;
    const propagation = ownValue(PROPAGATIONS, option);
    if (option === 'bind' || option === 'rbind') {
      sorted.bind = option;
    } else if (attribute !== undefined) {
      sorted.set = (sorted.set & ~attribute[1]) | attribute[0];
      sorted.clear = (sorted.clear & ~attribute[0]) | attribute[1];
    } else if (propagation !== undefined) {
      sorted.propagation = propagation;
    } else if (beneath !== undefined) {
      sorted.setBeneath = (sorted.setBeneath & ~beneath[1]) | beneath[0];
      sorted.clearBeneath = (sorted.clearBeneath & ~beneath[0]) | beneath[1];
    } else if (option === 'tmpcopyup') {
      sorted.copyUp = true;
    } else if (option === 'idmap' || option === 'ridmap') {
      sorted.idMap = option;
    } else if (REFUSED.has(option)) {
      throw new LibpodError(
        'ERR_SPEC_UNSUPPORTED',
        `mount ${destination}: option ${JSON.stringify(option)} is not supported`,
      );
    } else if (!NEUTRAL.has(option)) {
      sorted.data.push(option);
    }
  }
  return sorted;
}

/** The options that are understood here; all others are the file system's. */
export const MOUNT_OPTIONS: readonly string[] = [
  'bind',
  'rbind',
  'tmpcopyup',
  'idmap',
  'ridmap',
  ...Object.keys(ATTRIBUTES),
  ...Object.keys(ATTRIBUTES).map((option) => `r${option}`),
  ...Object.keys(PROPAGATIONS),
  ...NEUTRAL,
].sort();
