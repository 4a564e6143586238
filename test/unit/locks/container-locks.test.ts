import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
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
});
