import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CAPABILITY_NAMES } from '../../../src/base/capabilities.js';
import { DEFAULT_CAPABILITIES } from '../../../src/spec/capabilities.js';
import { defaultSeccompProfile } from '../../../src/spec/seccomp/profile.js';
import { evaluate } from './seccomp-evaluate.js';

const EPERM = 1;
const EINVAL = 22;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const plain = defaultSeccompProfile({ capabilities: DEFAULT_CAPABILITIES, architecture: 'x64' });
const admin = defaultSeccompProfile({ capabilities: ['CAP_SYS_ADMIN'], architecture: 'x64' });
const audit = defaultSeccompProfile({ capabilities: ['CAP_AUDIT_WRITE'], architecture: 'x64' });

const register = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 64n }),
  fc.integer({ min: 0, max: 31 }).map((bit) => 1n << BigInt(bit)),
);

describe('namespaces', () => {
  const NEW_FLAGS = 0x7e020000n;
  const NEW_TIME = 0x80n;

  it('are not made without CAP_SYS_ADMIN, whatever the other bits', () => {
    fc.assert(
      fc.property(register, (flags) => {
        expect(evaluate(plain, 'clone', flags)).toBe((flags & NEW_FLAGS) === 0n ? 'allow' : EPERM);
        expect(evaluate(plain, 'unshare', flags)).toBe(
          (flags & (NEW_FLAGS | NEW_TIME)) === 0n ? 'allow' : EPERM,
        );
      }),
    );
  });

  it('let fork and threads pass', () => {
    const SIGCHLD = 17n;
    const PTHREAD = 0x3d0f00n;
    expect(evaluate(plain, 'clone', SIGCHLD)).toBe('allow');
    expect(evaluate(plain, 'clone', PTHREAD)).toBe('allow');
  });

  it('make clone3 fall back to clone', () => {
    expect(evaluate(plain, 'clone3')).toBe(ENOSYS);
    expect(evaluate(admin, 'clone3')).toBe('allow');
  });

  it('are made with CAP_SYS_ADMIN', () => {
    expect(evaluate(admin, 'clone', NEW_FLAGS)).toBe('allow');
    expect(evaluate(admin, 'unshare', NEW_FLAGS)).toBe('allow');
    expect(evaluate(admin, 'setns')).toBe('allow');
    expect(evaluate(plain, 'setns')).toBe(EPERM);
  });
});

describe('mounts', () => {
  it.each(['open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'])(
    '%s needs CAP_SYS_ADMIN',
    (name) => {
      expect(evaluate(plain, name)).toBe(EPERM);
      expect(evaluate(admin, name)).toBe('allow');
    },
  );
});

describe('sockets', () => {
  const AF_NETLINK = 16n;
  const CLOSED = [38n, 40n];

  it('are of the families of the kernel, less two', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 45n }), register, (family, protocol) => {
        for (const profile of [plain, audit]) {
          if (CLOSED.includes(family)) {
            expect(evaluate(profile, 'socket', family, 1n, protocol)).toBe(EAFNOSUPPORT);
          } else if (family !== AF_NETLINK) {
            expect(evaluate(profile, 'socket', family, 1n, protocol)).toBe('allow');
          }
        }
      }),
    );
  });

  it('keep the two closed where the upper half of the register hides them', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
        fc.constantFrom(...CLOSED),
        (upper, family) => {
          expect(evaluate(plain, 'socket', (upper << 32n) | family, 1n, 0n)).toBe(EAFNOSUPPORT);
        },
      ),
    );
  });

  it('answer one thing to any registers', () => {
    fc.assert(
      fc.property(register, register, (family, protocol) => {
        for (const profile of [plain, audit, admin]) evaluate(profile, 'socket', family, 1n, protocol);
      }),
    );
  });

  it('reach the audit log with CAP_AUDIT_WRITE', () => {
    const NETLINK_AUDIT = 9n;
    expect(evaluate(plain, 'socket', AF_NETLINK, 3n, 0n)).toBe('allow');
    expect(evaluate(plain, 'socket', AF_NETLINK, 3n, NETLINK_AUDIT)).toBe(EINVAL);
    expect(evaluate(audit, 'socket', AF_NETLINK, 3n, NETLINK_AUDIT)).toBe('allow');
  });
});

describe('others', () => {
  it.each([
    ['io_uring_setup', ENOSYS],
    ['io_uring_enter', ENOSYS],
    ['io_uring_register', ENOSYS],
    ['add_key', ENOSYS],
    ['request_key', ENOSYS],
    ['keyctl', ENOSYS],
    ['a_call_of_tomorrow', ENOSYS],
    ['bpf', EPERM],
    ['perf_event_open', EPERM],
    ['userfaultfd', EPERM],
    ['kexec_load', EPERM],
    ['open_by_handle_at', EPERM],
    ['init_module', EPERM],
    ['chroot', 'allow'],
    ['execve', 'allow'],
  ])('%s: %s', (name, answer) => {
    expect(evaluate(plain, name)).toBe(answer);
  });

  it('keeps io_uring closed with all capabilities', () => {
    const all = defaultSeccompProfile({ capabilities: CAPABILITY_NAMES, architecture: 'x64' });
    expect(evaluate(all, 'io_uring_setup')).toBe(ENOSYS);
    expect(evaluate(all, 'bpf')).toBe('allow');
  });

  it('lets only harmless personalities pass', () => {
    const ADDR_NO_RANDOMIZE = 0x0040000n;
    for (const value of [0n, 8n, 0x20000n, 0x20008n, 0xffffffffn]) {
      expect(evaluate(plain, 'personality', value)).toBe('allow');
    }
    expect(evaluate(plain, 'personality', ADDR_NO_RANDOMIZE)).toBe(ENOSYS);
  });
});

it('answers a new object each time', () => {
  plain.syscalls?.at(0)?.names.push('x');
  const fresh = defaultSeccompProfile({ capabilities: [], architecture: 'x64' });
  expect(fresh.syscalls?.at(0)?.names).not.toContain('x');
  plain.syscalls?.at(0)?.names.pop();
});

it('compares an argument at most once in a rule, as libseccomp asks', () => {
  for (const { args = [] } of plain.syscalls ?? []) {
    expect(new Set(args.map(({ index }) => index)).size).toBe(args.length);
  }
});
