import type { CapabilityName } from '../../base/capabilities.js';
import { allow, below, differs, EAFNOSUPPORT, EINVAL, equals, masked, refuse, type Rule } from './rule.js';

/** Address families of <linux/socket.h>. */
const AF_NETLINK = 16;
const AF_ALG = 38;
const AF_VSOCK = 40;
/** AF_MCTP, the last family of Linux 6. */
const LAST_FAMILY = 45;

/** NETLINK_AUDIT of <linux/netlink.h>. */
const NETLINK_AUDIT = 9;

/** The kernel takes an `int` of the argument, and ignores what stands in the register above it. */
const INT_MASK = 0xffffffff;

/**
 * Which sockets may be made: socket(2).
 *
 * Refused is AF_ALG, the kernel's cryptography, through which a container could write to the page cache of
 * files that it may only read (CVE-2026-31431), and AF_VSOCK, which no namespace divides and which reaches
 * the hypervisor. They answer EAFNOSUPPORT, as on a kernel without them.
 *
 * The families that pass are listed by equality of the whole register. "Other than 38" would not do: 2^32 +
 * 38 is other than 38 for the filter and 38 for the kernel.
 *
 * Without CAP_AUDIT_WRITE a netlink socket for the audit log answers EINVAL, on which programs that write to
 * it when they can (sshd, sudo, PAM) go on without it; so does containers-common. No safety rests on that
 * rule, so it may compare by difference.
 *
 * 32-bit programs on x86 also reach sockets through socketcall, whose arguments lie in memory, unseen by a
 * filter. It stays open, as without it they would have no network; a host that must close AF_ALG to them too
 * unloads or blocks the kernel module af_alg.
 */
export function socketRules(has: (capability: CapabilityName) => boolean): Rule[] {
  const families: Rule[] = [allow(['socket'], [below(0, AF_NETLINK)])];
  for (let family = AF_NETLINK + 1; family <= LAST_FAMILY; family++) {
    if (family !== AF_ALG && family !== AF_VSOCK) families.push(allow(['socket'], [equals(0, family)]));
  }
  const audit = has('CAP_AUDIT_WRITE')
    ? [allow(['socket'], [equals(0, AF_NETLINK)])]
    : [
        allow(['socket'], [equals(0, AF_NETLINK), differs(2, NETLINK_AUDIT)]),
        refuse(['socket'], [equals(0, AF_NETLINK), equals(2, NETLINK_AUDIT)], EINVAL),
      ];
  const closed = [AF_ALG, AF_VSOCK].map((family) =>
    refuse(['socket'], [masked(0, INT_MASK, family)], EAFNOSUPPORT),
  );
  return [...families, ...audit, ...closed];
}
