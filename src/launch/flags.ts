/** Flags of the kernel's interfaces that launch programs carry, with the names that a plan prints. */

/** Namespace flags of clone(2); time is only for unshare(2). */
export const CLONE_FLAGS = {
  time: 0x80n,
  mount: 0x2_0000n,
  cgroup: 0x200_0000n,
  uts: 0x400_0000n,
  ipc: 0x800_0000n,
  user: 0x1000_0000n,
  pid: 0x2000_0000n,
  network: 0x4000_0000n,
} as const;

/** MOUNT_ATTR_* of mount_setattr(2) and fsmount(2). The access-time modes are one field of three values. */
export const MOUNT_ATTR = {
  rdonly: 0x1n,
  nosuid: 0x2n,
  nodev: 0x4n,
  noexec: 0x8n,
  noatime: 0x10n,
  strictatime: 0x20n,
  nodiratime: 0x80n,
  nosymfollow: 0x20_0000n,
} as const;
export const MOUNT_ATTR_ATIME = 0x70n;

/** Propagation flags of mount(2). */
export const PROPAGATION = {
  rec: 0x4000n,
  unbindable: 0x2_0000n,
  private: 0x4_0000n,
  slave: 0x8_0000n,
  shared: 0x10_0000n,
} as const;

/** The names of the bits that are set, joined by commas. */
export function flagNames(value: bigint, names: Readonly<Record<string, bigint>>): string {
  const found = Object.entries(names).filter(([, bit]) => (value & bit) !== 0n);
  const rest = found.reduce((left, [, bit]) => left & ~bit, value);
  return [...found.map(([name]) => name), ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join(',');
}
