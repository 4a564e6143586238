import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOUNT_ATTR, MOUNT_ATTR_ATIME, PROPAGATION } from '../../../src/launch/flags.js';
import { sortMountOptions } from '../../../src/launch/mount-options.js';

const sorted = (...options: string[]) => sortMountOptions('/x', options);

describe('the options of a mount', () => {
  it.each([
    ['ro', MOUNT_ATTR.rdonly, 0n],
    ['rw', 0n, MOUNT_ATTR.rdonly],
    ['nosuid', MOUNT_ATTR.nosuid, 0n],
    ['suid', 0n, MOUNT_ATTR.nosuid],
    ['nodev', MOUNT_ATTR.nodev, 0n],
    ['dev', 0n, MOUNT_ATTR.nodev],
    ['noexec', MOUNT_ATTR.noexec, 0n],
    ['exec', 0n, MOUNT_ATTR.noexec],
    ['noatime', MOUNT_ATTR.noatime, MOUNT_ATTR_ATIME],
    ['relatime', 0n, MOUNT_ATTR_ATIME],
    ['strictatime', MOUNT_ATTR.strictatime, MOUNT_ATTR_ATIME],
    ['nodiratime', MOUNT_ATTR.nodiratime, 0n],
    ['diratime', 0n, MOUNT_ATTR.nodiratime],
    ['nosymfollow', MOUNT_ATTR.nosymfollow, 0n],
    ['symfollow', 0n, MOUNT_ATTR.nosymfollow],
  ])('%s sets and clears', (option, set, clear) => {
    // mount_setattr(2) clears before it sets, so what is set may be among what is cleared.
    expect(sorted(option)).toEqual({
      bind: false,
      set,
      clear,
      setBeneath: 0n,
      clearBeneath: 0n,
      propagation: 0n,
      copyUp: false,
      data: [],
    });
  });

  it.each([
    ['private', PROPAGATION.private],
    ['rprivate', PROPAGATION.private | PROPAGATION.rec],
    ['shared', PROPAGATION.shared],
    ['rshared', PROPAGATION.shared | PROPAGATION.rec],
    ['slave', PROPAGATION.slave],
    ['rslave', PROPAGATION.slave | PROPAGATION.rec],
    ['unbindable', PROPAGATION.unbindable],
    ['runbindable', PROPAGATION.unbindable | PROPAGATION.rec],
  ])('%s is a propagation', (option, propagation) => {
    expect(sorted(option)).toMatchObject({ propagation, set: 0n, data: [] });
  });

  it('rro and its like hold for the mounts beneath too', () => {
    expect(sorted('rro', 'rnosuid', 'rnoexec')).toMatchObject({
      set: 0n,
      setBeneath: MOUNT_ATTR.rdonly | MOUNT_ATTR.nosuid | MOUNT_ATTR.noexec,
      data: [],
    });
  });

  it('rrw and its like clear, there too', () => {
    expect(sorted('rro', 'rrw', 'rsuid')).toMatchObject({
      setBeneath: 0n,
      clearBeneath: MOUNT_ATTR.rdonly | MOUNT_ATTR.nosuid,
      data: [],
    });
    expect(sorted('rrelatime', 'rnoatime')).toMatchObject({
      setBeneath: MOUNT_ATTR.noatime,
      clearBeneath: MOUNT_ATTR_ATIME,
    });
  });

  it('bind and rbind are told apart', () => {
    expect(sorted('bind').bind).toBe('bind');
    expect(sorted('rbind').bind).toBe('rbind');
  });

  it('the last one wins', () => {
    expect(sorted('ro', 'rw')).toMatchObject({ set: 0n, clear: MOUNT_ATTR.rdonly });
    expect(sorted('rw', 'ro')).toMatchObject({ set: MOUNT_ATTR.rdonly, clear: 0n });
    expect(sorted('noatime', 'strictatime').set).toBe(MOUNT_ATTR.strictatime);
    expect(sorted('noatime', 'relatime').set).toBe(0n);
  });

  it('defaults and its like change nothing', () => {
    expect(sorted('defaults', 'async', 'silent', 'loud', 'auto', 'noauto', 'norelatime')).toEqual(sorted());
  });

  it.each(['remount', 'mand', 'copy-symlink'])('%s is refused', (option) => {
    expect(() => sorted(option)).toThrow(
      expect.objectContaining({
        code: 'ERR_SPEC_UNSUPPORTED',
        message: expect.stringContaining(option) as string,
      }),
    );
  });

  it('what is left is the file system’s own, in order', () => {
    expect(sorted('mode=755', 'ro', 'size=1m', 'upperdir=/a,b').data).toEqual([
      'mode=755',
      'size=1m',
      'upperdir=/a,b',
    ]);
  });

  it('what every object of JavaScript has is the file system’s too', () => {
    const names = ['constructor', 'toString', '__proto__', 'rvalueOf'];
    expect(sorted(...names)).toEqual({ ...sorted(), data: names });
  });

  it('no combination sets two modes of access time', () => {
    const modes = ['noatime', 'atime', 'relatime', 'strictatime', 'nostrictatime', 'norelatime'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...modes)), (options) => {
        const mode = sorted(...options).set & MOUNT_ATTR_ATIME;
        expect([0n, MOUNT_ATTR.noatime, MOUNT_ATTR.strictatime]).toContain(mode);
      }),
    );
  });
});
