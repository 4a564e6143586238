import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContainerLocks } from '../../../src/locks/container-locks.js';

describe('the order of locks', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function lockOf(kind: 'pods' | 'containers', id: string): string {
    const file = path.join(directory, kind, id, 'lock');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    return file;
  }
  const nested = (locks: ContainerLocks, first: string, second: string) =>
    locks.with(first, () => locks.with(second, () => Promise.resolve('both')));

  it('is pods, then containers by ascending ID', async () => {
    const locks = new ContainerLocks();
    const [pod, a, b] = [lockOf('pods', 'zz'), lockOf('containers', 'aa'), lockOf('containers', 'bb')];
    const all = locks.with(pod, () => nested(locks, a, b));
    expect(await all).toEqual({ value: { value: { value: 'both' } } });
  });

  it('is checked: a container before a pod, an ID before a lower one, the same one twice', async () => {
    const locks = new ContainerLocks();
    const [pod, a, b] = [lockOf('pods', 'aa'), lockOf('containers', 'aa'), lockOf('containers', 'bb')];
    for (const [first, second] of [
      [a, pod],
      [b, a],
      [a, a],
    ] as const) {
      await expect(nested(locks, first, second)).rejects.toThrow(
        `the lock ${second} is taken by who holds ${first}`,
      );
      // And nothing is held any more.
      expect(await locks.with(first, () => Promise.resolve(1))).toEqual({ value: 1 });
    }
  });

  it('binds those alone who hold a lock themselves', async () => {
    const locks = new ContainerLocks();
    const [a, b] = [lockOf('containers', 'aa'), lockOf('containers', 'bb')];
    const slow = locks.with(b, () => sleep(20));
    expect(await locks.with(a, () => Promise.resolve(1))).toEqual({ value: 1 });
    await slow;
    // Work that began under a lock may go on after it.
    let later: Promise<unknown> = Promise.resolve();
    await locks.with(b, () => {
      later = sleep(20).then(() => locks.with(a, () => Promise.resolve(3)));
      return Promise.resolve();
    });
    expect(await later).toEqual({ value: 3 });
    expect(await locks.with(a, () => Promise.resolve(2))).toEqual({ value: 2 });
  });
});
