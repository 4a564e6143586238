import type { CapabilityName } from '../../base/capabilities.js';
import { allow, ENOSYS, masked, refuse, type Rule } from './rule.js';

/** The flags of clone(2) that make namespaces: cgroup, UTS, IPC, user, PID, network and mount. */
const CLONE_NEW_BITS = [0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x00020000];

/** CLONE_NEWTIME, which only unshare(2) and clone3 take: for clone its bit is part of the exit signal. */
const CLONE_NEWTIME = 0x00000080;

/** The mount interface of Linux 5.2 and later: fsopen(2), open_tree(2), mount_setattr(2). */
const NEW_MOUNTS = [
  'fsconfig',
  'fsmount',
  'fsopen',
  'fspick',
  'mount_setattr',
  'move_mount',
  'open_tree',
] as const;

/**
 * Making namespaces, and mounting by the new interface. podman lets all of it pass and leaves the refusal to
 * the kernel; but a user namespace, which needs no privilege, gives its maker every capability inside and
 * with it the code that most kernel exploits of recent years went through (CVE-2022-0185 in fsconfig,
 * CVE-2024-1086 in nftables).
 *
 * Without CAP_SYS_ADMIN, clone and unshare are let pass only where no namespace is asked for. The flags of
 * clone3 lie in memory, where a filter cannot read; it answers ENOSYS, at which C libraries fall back to
 * clone.
 */
export function namespaceRules(has: (capability: CapabilityName) => boolean): Rule[] {
  if (has('CAP_SYS_ADMIN')) return [allow(['clone', 'clone3', 'unshare', ...NEW_MOUNTS])];
  return [
    refuse(NEW_MOUNTS),
    refuse(['clone3'], [], ENOSYS),
    ...withoutFlags('clone', CLONE_NEW_BITS),
    ...withoutFlags('unshare', [...CLONE_NEW_BITS, CLONE_NEWTIME]),
  ];
}

/**
 * Lets a system call pass where its first argument has none of the flags, and refuses it where it has any.
 * "Any" takes one rule a flag: a rule of OCI compares an argument once.
 */
function withoutFlags(name: string, flags: readonly number[]): Rule[] {
  const all = flags.reduce((sum, flag) => sum + flag, 0);
  return [
    allow([name], [masked(0, all, 0)]),
    ...flags.map((flag) => refuse([name], [masked(0, flag, flag)])),
  ];
}
