import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readInRoot } from '../../../src/linux/files/read-in-root.js';
import { hostRoot } from '../../../src/storage/host-root.js';
import { checkRootDirectory } from '../../../src/storage/root-directory.js';

let directory = '';
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'))));
afterEach(() => rmSync(directory, { recursive: true }));

describe('reading in a root that may be hostile', () => {
  it('follows links inside the root only', () => {
    const root = path.join(directory, 'root');
    mkdirSync(path.join(root, 'etc'), { recursive: true });
    writeFileSync(path.join(directory, 'secret'), 'host');
    writeFileSync(path.join(root, 'real'), 'inside');
    symlinkSync('/real', path.join(root, 'etc/absolute'));
    symlinkSync('../../../../real', path.join(root, 'etc/climbing'));
    symlinkSync(path.join(directory, 'secret'), path.join(root, 'etc/out'));
    symlinkSync('/proc/self/environ', path.join(root, 'etc/proc'));
    symlinkSync('loop', path.join(root, 'etc/loop'));
    expect(readInRoot(root, '/etc/absolute')).toBe('inside');
    expect(readInRoot(root, '/etc/climbing')).toBe('inside');
    for (const name of ['out', 'proc', 'loop', 'missing', 'missing/beneath'])
      expect(readInRoot(root, `/etc/${name}`)).toBe('');
    expect(readInRoot(root, '/real/beneath')).toBe('');
  });

  it('refuses what is no small regular file, without waiting for it', () => {
    execFileSync('mkfifo', [path.join(directory, 'fifo')]);
    mkdirSync(path.join(directory, 'folder'));
    writeFileSync(path.join(directory, 'huge'), '');
    truncateSync(path.join(directory, 'huge'), 2 ** 40);
    for (const name of ['fifo', 'folder', 'huge']) {
      expect(() => readInRoot(directory, `/${name}`)).toThrow(
        expect.objectContaining({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining(name) as string,
        }),
      );
    }
  });
});

describe('the composed host root', () => {
  it('is made once, also by many at once, and then left alone', async () => {
    const roots = await Promise.all(Array.from({ length: 20 }, () => hostRoot(directory)));
    expect(new Set(roots.map(({ lower }) => lower)).size).toBe(1);
    expect(readdirSync(directory)).toEqual(['1']);
    const { ctimeMs } = lstatSync(roots[0]?.lower ?? '');
    await hostRoot(directory);
    expect(lstatSync(roots[0]?.lower ?? '').ctimeMs).toBe(ctimeMs);
  });

  it('has nothing but its own files, and the host’s programs by mounts that are read-only', async () => {
    const { lower, mounts } = await hostRoot(directory);
    expect(existsSync(path.join(lower, 'etc/shadow'))).toBe(false);
    expect(readFileSync(path.join(lower, 'etc/passwd'), 'utf8')).toMatch(
      /^root:x:0:0:root:\/root:\/bin\/sh\n/,
    );
    expect(lstatSync(path.join(lower, 'root')).mode & 0o777).toBe(0o700);
    expect(lstatSync(path.join(lower, 'tmp')).mode & 0o7777).toBe(0o1777);
    for (const name of ['home', 'root', 'usr', 'var/lib', 'opt', 'srv'])
      expect(readdirSync(path.join(lower, name))).toEqual([]);
    expect(mounts[0]).toMatchObject({ destination: '/usr', source: '/usr' });
    for (const { options } of mounts) expect(options).toContain('ro');
    for (const { source, type } of mounts)
      if (type === 'bind')
        expect(source).toMatch(/^\/(usr|bin|sbin|lib\w*|etc\/(alternatives|ld\.so\.cache|ssl\/certs))$/);
  });
});

describe('a root directory', () => {
  it('is a directory, also behind a link', () => {
    symlinkSync(directory, path.join(directory, 'link'));
    expect(() => checkRootDirectory(directory)).not.toThrow();
    expect(() => checkRootDirectory(path.join(directory, 'link'))).not.toThrow();
  });

  it.each([
    ['missing', 'ERR_NOT_FOUND'],
    ['file', 'ERR_NOT_A_DIRECTORY'],
    ['file/beneath', 'ERR_NOT_A_DIRECTORY'],
    ['dangling', 'ERR_NOT_FOUND'],
    ['loop', 'ERR_SYSTEM'],
  ])('is not %s', (name, code) => {
    writeFileSync(path.join(directory, 'file'), '');
    symlinkSync('nowhere', path.join(directory, 'dangling'));
    symlinkSync('loop', path.join(directory, 'loop'));
    expect(() => checkRootDirectory(path.join(directory, name))).toThrow(expect.objectContaining({ code }));
  });
});
