import { describe, expect, it } from 'vitest';

import { sysctlNamespace, sysctlPath } from '../../../src/oci/sysctl.js';

describe('sysctlPath', () => {
  it.each([
    ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
    ['net/ipv4/ip_forward', 'net/ipv4/ip_forward'],
    ['net.ipv4.conf.eth0/5.forwarding', 'net/ipv4/conf/eth0.5/forwarding'],
    ['net/ipv4/conf/eth0.5/forwarding', 'net/ipv4/conf/eth0.5/forwarding'],
  ])('%s is %s', (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });

  it.each([
    '',
    'net',
    'net.',
    '.net',
    'net..x',
    'net.//.kernel.core_pattern',
    'net/../kernel',
    '/net/x',
    'net.a b',
    'net.a\n',
  ])('%j is refused', (name) => {
    expect(sysctlPath(name)).toBeUndefined();
  });
});

describe('sysctlNamespace', () => {
  it.each([
    ['net/core/somaxconn', 'network'],
    ['kernel/sem', 'ipc'],
    ['kernel/shmmax', 'ipc'],
    ['fs/mqueue/msg_max', 'ipc'],
    ['kernel/domainname', 'uts'],
    ['user/max_user_namespaces', 'user'],
    ['kernel/core_pattern', undefined],
    ['kernel/sem/x', undefined],
    ['fs/protected_symlinks', undefined],
    ['vm/swappiness', undefined],
  ])('%s: %s', (path, type) => {
    expect(sysctlNamespace(path)).toBe(type);
  });
});
