import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTAINER_LOCKS, FileLock, type LockRange } from '../../../src/linux/files/file-lock.js';

/** Another process that locks a byte of a file with F_OFD_SETLK (37), says so, and holds the lock until it is told to end. */
const HOLDER = `
import fcntl, struct, sys
fd = open(sys.argv[1], 'r+')
fcntl.fcntl(fd, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, int(sys.argv[2]), 1, 0))
print('held', flush=True)
sys.stdin.read()
`;

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const isHeld = (path: string, range: LockRange): boolean => FileLock.holder(path, range) !== undefined;

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

  it("of a file that goes is nobody's, for all who wait, one after the other", async () => {
    const first = await FileLock.acquire(file);
    const waiting = [1, 2, 3].map(() => FileLock.acquire(file));
    // Theirs is this file, so that they must have opened it.
    while (readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === file).length < 4) await sleep(5);
    renameSync(file, `${file}.gone`);
    first?.[Symbol.dispose]();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
  });

  it('has one holder, and goes to the next when it is let go', async () => {
    const first = await FileLock.acquire(file);
    expect(first).toBeDefined();
    expect(isHeld(file, CONTAINER_LOCKS.records)).toBe(true);
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
    expect(isHeld(file, CONTAINER_LOCKS.records)).toBe(false);
  });

  it('is of one byte: the monitor’s is another than that of the records', async () => {
    using _records = await FileLock.acquire(file, CONTAINER_LOCKS.records);
    expect(isHeld(file, CONTAINER_LOCKS.monitor)).toBe(false);
    using monitor = await FileLock.acquire(file, CONTAINER_LOCKS.monitor);
    expect(monitor).toBeDefined();
  });

  it('is held against other processes, and freed when they end, however that is', async () => {
    for (const how of ['release', 'kill'] as const) {
      const holder = await hold(0);
      expect(isHeld(file, CONTAINER_LOCKS.records)).toBe(true);
      const mine = FileLock.acquire(file);
      await sleep(20);
      await holder[how]();
      (await mine)?.[Symbol.dispose]();
    }
  });

  it('of a file that is not there is none', async () => {
    expect(await FileLock.acquire(path.join(directory, 'none'))).toBeUndefined();
    expect(isHeld(path.join(directory, 'none'), CONTAINER_LOCKS.records)).toBe(false);
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
    expect(isHeld(file, CONTAINER_LOCKS.records)).toBe(false);
  });

  it('is shared with those who share, and tells who is in the way', async () => {
    using first = await FileLock.acquire(file, { shared: true });
    using second = FileLock.tryAcquire(file, { shared: true, start: 5 });
    expect([first, second]).not.toContain(undefined);
    expect(FileLock.tryAcquire(file)).toBeUndefined();
    expect(FileLock.holder(file, { start: 3, length: 1 })).toEqual({ start: 0, length: 0, shared: true });
    first?.[Symbol.dispose]();
    expect(FileLock.holder(file, { length: 5 })).toBeUndefined();
    using exclusive = FileLock.tryAcquire(file, { length: 5 });
    expect(exclusive).toBeDefined();
  });

  it('of a process is told with its PID', async () => {
    const script = HOLDER.replace('37', 'fcntl.F_SETLK');
    const child = spawn('python3', ['-c', script, file, '7'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(FileLock.holder(file)).toEqual({ start: 7, length: 1, shared: false, pid: child.pid });
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  });

  it('is given up waiting for when asked to, and nothing of it stays', async () => {
    const held = await FileLock.acquire(file);
    const abort = new AbortController();
    const waiting = Promise.allSettled(
      Array.from({ length: 8 }, () => FileLock.acquire(file, {}, abort.signal)),
    );
    await sleep(20);
    // Eight wait, and the pool of four threads still works.
    await stat(file);
    abort.abort('enough');
    for (const end of await waiting)
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'ERR_ABORTED', cause: 'enough' } });
    await expect(FileLock.acquire(file, {}, abort.signal)).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    held?.[Symbol.dispose]();
    expect(FileLock.holder(file)).toBeUndefined();
  });

  it('takes no nonsense, and says what is missing', () => {
    for (const range of [{ start: -1 }, { length: 0.5 }, { start: 2 ** 60 }])
      expect(() => FileLock.tryAcquire(file, range)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
      );
    expect(() => FileLock.tryAcquire(path.join(directory, 'none'))).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_FOUND' }),
    );
  });
});
