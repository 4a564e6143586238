import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLock } from '../../../src/linux/files/file-lock.js';
import { ContainerLocks } from '../../../src/locks/container-locks.js';

describe('container locks', () => {
  let directory = '';
  let file = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
    file = path.join(directory, 'containers/aa/lock');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('let one in at a time, in the order in which they came', async () => {
    const locks = new ContainerLocks();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        locks.with(file, async () => {
          expect(++inside).toBe(1);
          await sleep(number % 2);
          order.push(number);
          inside--;
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 30 }, (_, number) => number));
  });

  it('exclude each other across instances too, as across processes', async () => {
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        new ContainerLocks().with(file, async () => {
          expect(++inside).toBe(1);
          await sleep(1);
          inside--;
        }),
      ),
    );
  });

  it('of different containers do not wait for each other', async () => {
    const locks = new ContainerLocks();
    const other = path.join(directory, 'containers/bb/lock');
    mkdirSync(path.dirname(other));
    writeFileSync(other, '');
    await locks.with(file, async () => {
      expect(await locks.with(other, () => Promise.resolve('in'))).toEqual({ value: 'in' });
    });
  });

  it('answer the value, or pass the error on and are free again', async () => {
    const locks = new ContainerLocks();
    expect(await locks.with(file, () => Promise.resolve(5))).toEqual({ value: 5 });
    await expect(locks.with(file, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(FileLock.holder(file) !== undefined).toBe(false);
    expect(await locks.with(file, () => Promise.resolve(6))).toEqual({ value: 6 });
  });

  it('do not run what is asked of a container that is gone, also if it went while one waited', async () => {
    const locks = new ContainerLocks();
    let ran = 0;
    const count = (): Promise<number> => Promise.resolve(ran++);
    const first = locks.with(file, async () => {
      await sleep(20);
      unlinkSync(file);
    });
    expect(await Promise.all([first, locks.with(file, count), locks.with(file, count)])).toEqual([
      { value: undefined },
      undefined,
      undefined,
    ]);
    expect(ran).toBe(0);
  });

  it('keep files open for the next time, a few of them, and none of what has gone', async () => {
    const open = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          const target = readlinkSync(`/proc/self/fd/${fd}`);
          return target.startsWith(directory) ? [target] : [];
        } catch {
          return [];
        }
      });
    const locks = new ContainerLocks();
    const take = (of: string) => locks.with(of, () => Promise.resolve(1));
    await take(file);
    await take(file);
    expect(open()).toEqual([file]);
    const others = Array.from({ length: 40 }, (_, number) => path.join(directory, `containers/c${number}`));
    for (const other of others) {
      mkdirSync(other);
      writeFileSync(path.join(other, 'lock'), '');
      await take(path.join(other, 'lock'));
    }
    expect(open()).toHaveLength(32);
    const last = path.join(others[39] as string, 'lock');
    expect(open()).toContain(last);
    // While it is locked, and while it is not.
    await locks.with(last, async () => unlinkSync(last));
    expect(open().some((name) => name.startsWith(last))).toBe(false);
    await take(path.join(others[38] as string, 'lock'));
    unlinkSync(path.join(others[38] as string, 'lock'));
    expect(await take(path.join(others[38] as string, 'lock'))).toBeUndefined();
    expect(open()).toHaveLength(30);
    locks[Symbol.dispose]();
    expect(open()).toEqual([]);
    expect(await take(file)).toEqual({ value: 1 });
    expect(open()).toEqual([]);
  });

  it('go by the path where the file that is open was replaced, and wait where another holds it', async () => {
    using locks = new ContainerLocks();
    using others = new ContainerLocks();
    const order: string[] = [];
    await locks.with(file, () => Promise.resolve());
    const theirs = others.with(file, async () => {
      order.push('theirs');
      await sleep(5);
      order.push('over');
    });
    await sleep(1);
    await locks.with(file, async () => void order.push('ours'));
    await theirs;
    expect(order).toEqual(['theirs', 'over', 'ours']);
    writeFileSync(`${file}.new`, '');
    renameSync(`${file}.new`, file);
    await locks.with(file, async () => {
      expect(FileLock.tryAcquire(file)).toBeUndefined();
    });
  });
});
