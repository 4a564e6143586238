import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLock } from '../../../src/linux/file-lock.js';

/** Another process that locks a byte of a file with F_OFD_SETLK (37), says so, and holds the lock until it is told to end. */
const HOLDER = `
import fcntl, struct, sys
fd = open(sys.argv[1], 'r+')
fcntl.fcntl(fd, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, int(sys.argv[2]), 1, 0))
print('held', flush=True)
sys.stdin.read()
`;

describe('a file lock', () => {
  let directory = '';
  let file = '';
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
    file = path.join(directory, 'lock');
    writeFileSync(file, '');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function hold(byte: number): Promise<{ release: () => Promise<void>; kill: () => Promise<void> }> {
    const child = spawn('python3', ['-c', HOLDER, file, String(byte)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const end = async (act: () => unknown): Promise<void> => {
      const ended = once(child, 'exit');
      act();
      await ended;
    };
    return { release: () => end(() => child.stdin.end()), kill: () => end(() => child.kill('SIGKILL')) };
  }

  it('has one holder, and goes to the next when it is let go', async () => {
    const first = await FileLock.acquire(file);
    expect(first).toBeDefined();
    expect(FileLock.isHeld(file, 'records')).toBe(true);
    let got = false;
    const second = FileLock.acquire(file).then((lock) => {
      got = true;
      return lock;
    });
    await sleep(50);
    expect(got).toBe(false);
    first?.[Symbol.dispose]();
    (await second)?.[Symbol.dispose]();
    expect(got).toBe(true);
    expect(FileLock.isHeld(file, 'records')).toBe(false);
  });

  it('is of one byte: the monitor’s is another than that of the records', async () => {
    using _records = await FileLock.acquire(file, 'records');
    expect(FileLock.isHeld(file, 'monitor')).toBe(false);
    using monitor = await FileLock.acquire(file, 'monitor');
    expect(monitor).toBeDefined();
  });

  it('is held against other processes, and freed when they end, however that is', async () => {
    for (const how of ['release', 'kill'] as const) {
      const holder = await hold(0);
      expect(FileLock.isHeld(file, 'records')).toBe(true);
      const mine = FileLock.acquire(file);
      await sleep(20);
      await holder[how]();
      (await mine)?.[Symbol.dispose]();
    }
  });

  it('of a file that is not there is none', async () => {
    expect(await FileLock.acquire(path.join(directory, 'none'))).toBeUndefined();
    expect(FileLock.isHeld(path.join(directory, 'none'), 'records')).toBe(false);
  });

  it('of a file that goes while one waits is none: two holders would each think that they are alone', async () => {
    const holder = await hold(0);
    const waiting = FileLock.acquire(file);
    await sleep(50);
    unlinkSync(file);
    await holder.release();
    expect(await waiting).toBeUndefined();
  });

  it('of a file that another took the place of is not given for the old one', async () => {
    const holder = await hold(0);
    const waiting = FileLock.acquire(file);
    await sleep(50);
    writeFileSync(`${file}.new`, '');
    renameSync(`${file}.new`, file);
    const other = await FileLock.acquire(file);
    expect(other).toBeDefined();
    await holder.release();
    let got: FileLock | undefined;
    const settled = waiting.then((lock) => (got = lock));
    await sleep(50);
    // Whatever the waiter answers, it is not a second lock on the path beside the one that is held.
    expect(got).toBeUndefined();
    other?.[Symbol.dispose]();
    (await settled)?.[Symbol.dispose]();
  });

  it('closes its descriptor once', async () => {
    const lock = await FileLock.acquire(file);
    lock?.[Symbol.dispose]();
    lock?.[Symbol.dispose]();
    expect(FileLock.isHeld(file, 'records')).toBe(false);
  });
});
