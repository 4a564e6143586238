import { describe, expect, it } from 'vitest';
import { LINUX_NAMESPACES, namespaceFile } from '../../../src/model/namespaces.js';

describe('the names of namespaces', () => {
  it('are those of the files in /proc, as libpod has them', () => {
    expect(LINUX_NAMESPACES).toEqual(['ipc', 'mnt', 'net', 'pid', 'user', 'uts', 'cgroup', 'time']);
    expect(LINUX_NAMESPACES.map(namespaceFile)).toEqual(LINUX_NAMESPACES);
    for (const none of ['invalid', 'unknown', 'mount', ''])
      expect(() => namespaceFile(none as 'mnt')).toThrow(/is no namespace: give one of ipc, mnt,/);
  });
});
