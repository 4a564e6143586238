import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** Waits until something is so. */
async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await is())) await sleep(10);
}

/** The memory of a process that is its own, in kB (proc_pid_status(5), RssAnon). */
function ownMemory(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** The parent of a process: of a container's init its monitor. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const CHUNK = 1024 * 1024;

/** For how long a reader reads nothing: docs/testing.md says when it was a minute. */
const STALL_SECONDS = Number(process.env['LIBPOD_TEST_STALL_SECONDS'] ?? 0);

/** Bytes that no two places of the stream share, and their checksum. */
function source(chunks: number): { stream: Readable; hash: () => string } {
  const hash = createHash('sha256');
  let at = 0;
  const stream = new Readable({
    highWaterMark: CHUNK,
    read() {
      if (at === chunks) {
        this.push(null);
        return;
      }
      const chunk = Buffer.alloc(CHUNK, `block ${at++} `);
      hash.update(chunk);
      this.push(chunk);
    },
  });
  return { stream, hash: () => hash.digest('hex') };
}

describe.skipIf(!requires({ root: true }))('the streams of exec sessions', () => {
  it(
    'carry 500 MB in and out, byte for byte, in bounded memory',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const { stream, hash } = source(500);
        const process = container.exec(['cat'], { input: stream, buffer: false });
        process.stderr.resume();
        const got = createHash('sha256');
        let size = 0;
        for await (const piece of process.stdout as AsyncIterable<Buffer>) {
          size += piece.length;
          got.update(piece);
        }
        expect((await process).exitCode).toBe(0);
        expect(size).toBe(500 * CHUNK);
        expect(got.digest('hex')).toBe(hash());
        expect(ownMemory(parentOf(await container.pid()))).toBeLessThan(4096);
      });
    }),
  );

  it(
    'flow for 200 sessions at once',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const monitor = parentOf(await container.pid());
        const before = readdirSync(`/proc/${monitor}/fd`).length;
        const sessions = Array.from({ length: 200 }, (_, index) =>
          container.exec(sh(`read line; echo "${index} $line"; echo "${index} error" >&2; exit ${index}`), {
            stdin: true,
          }),
        );
        await Promise.all(sessions.map((session) => session.started()));
        expect(await container.execSessions()).toHaveLength(200);
        for (const session of sessions) session.stdin?.end('go\n');
        const results = await Promise.all(sessions);
        results.forEach((result, index) =>
          expect(result).toMatchObject({
            exitCode: index,
            stdout: `${index} go\n`,
            stderr: `${index} error\n`,
          }),
        );
        // All that they took is given back, but for what the last one's client still holds for a moment.
        await until(() => readdirSync(`/proc/${monitor}/fd`).length <= before);
      });
    }),
  );

  it(
    'hold nobody up whose reader reads: neither another session nor the container',
    { timeout: 60_000 + STALL_SECONDS * 1000 },
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const stuck = container.exec(['yes'], { buffer: false });
        await stuck.started();
        const monitor = parentOf(await container.pid());
        // Until its pipe is full and it waits: the processor time of "yes" stands still.
        const time = (): string =>
          readFileSync(`/proc/${stuck.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11] ?? '';
        const state = (): string => readFileSync(`/proc/${stuck.pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
        await until(() => state() === 'S' && time() !== '');
        const memory = ownMemory(monitor);
        const own = process.memoryUsage().rss;
        const end = performance.now() + STALL_SECONDS * 1000;
        for (let i = 0; i < 20 || performance.now() < end; i++) {
          expect((await container.exec(['echo', String(i)])).stdout).toBe(`${i}\n`);
          if (i >= 20) await sleep(100);
        }
        expect(ownMemory(monitor)).toBeLessThan(memory + 1024);
        // A program that writes a GB each second, and nobody who reads.
        expect(process.memoryUsage().rss).toBeLessThan(own + 100e6);
        expect(state()).toBe('S');
        stuck.kill('KILL');
        stuck.stdout.resume();
        stuck.stderr.resume();
        expect((await stuck).signal).toBe(9);
      });
    }),
  );

  it(
    'leave nothing after some hundred sessions',
    withStore(async (runtime, store) => {
      await withSleeper(runtime, {}, async (container) => {
        const monitor = parentOf(await container.pid());
        await container.exec(['true']);
        const files = filesOf(store.directory);
        const look = () => ({
          descriptors: readdirSync(`/proc/${monitor}/fd`).length,
          own: readdirSync('/proc/self/fd').length,
        });
        const before = look();
        const memory = ownMemory(monitor);
        for (let round = 0; round < 30; round++)
          await Promise.all(
            Array.from({ length: 10 }, (_, index) =>
              container.exec(sh(index % 2 === 0 ? 'exit 3' : 'sleep 0.02 & echo x'), {
                tty: index % 3 === 0,
              }),
            ),
          );
        // A few come and go with monitors that are made ready; one for each session would be three hundred.
        await until(() => look().descriptors <= before.descriptors + 10 && look().own <= before.own + 10);
        expect(ownMemory(monitor)).toBeLessThan(memory + 256);
        expect(await container.execSessions()).toEqual([]);
        // The cgroup of one that had a child in the background goes with the next session after that child's end.
        await until(async () => {
          await container.exec(['true']);
          return cgroupsOf(container.cgroupPath).length === 0;
        });
        expect(filesOf(store.directory)).toEqual(files);
      });
    }),
  );
});

/** All files there, but for those of the journal of events, which grows to four. */
function filesOf(directory: string): string[] {
  return (readdirSync(directory, { recursive: true }) as string[]).filter(
    (name) => !/\/events\/\d+$/.test(name),
  );
}

/** The cgroups of sessions that there are. */
function cgroupsOf(cgroupPath: string): string[] {
  return ['/sys/fs/cgroup/unified', '/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/freezer']
    .map((mountpoint) => path.join(mountpoint, cgroupPath))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).filter((name) => name.startsWith('exec-')));
}

describe.skipIf(!requires({ root: true }))('an exec session whose engine is killed', () => {
  const script = (id: string, command: string, options: string): string => `
    const runtime = await Runtime.open(options);
    const container = runtime.getContainer(${JSON.stringify(id)});
    const session = container.exec(['sh', '-c', ${JSON.stringify(command)}], ${options});
    await session.started?.();
    if (session.stdout) session.stdout.once('data', () => say('streaming'));
    await session;
    say('started');
    await never;`;

  it(
    'goes on if it was detached',
    withStore(async (runtime, store) => {
      await withSleeper(runtime, {}, async (container) => {
        const command = 'while ! test -e /tmp/go; do sleep 0.02; done; echo done >/tmp/went';
        await using other = new EngineProcess(store, script(container.id, command, '{ detach: true }'));
        expect(await other.next()).toBe('started');
        await other.kill();
        expect(await container.execSessions()).toHaveLength(1);
        await container.exec(['touch', '/tmp/go']);
        await until(async () => (await container.execSessions()).length === 0);
        expect((await container.exec(['cat', '/tmp/went'])).stdout).toBe('done\n');
      });
    }),
  );

  it(
    'ends with it mid-stream, with all its processes; or goes on unread, as it was asked to',
    withStore(async (runtime, store) => {
      await withSleeper(runtime, {}, async (container) => {
        for (const cleanup of [true, false]) {
          const command = 'setsid sleep 4242 & while :; do echo line; done';
          await using other = new EngineProcess(
            store,
            script(container.id, command, `{ buffer: false, cleanup: ${cleanup} }`),
          );
          expect(await other.next()).toBe('streaming');
          const [id = ''] = await container.execSessions();
          await other.kill();
          if (!cleanup) {
            expect(await container.execSession(id)).toMatchObject({ state: 'running' });
            await container.execStop(id, { timeout: 0 });
          }
          await until(async () => (await container.execSessions()).length === 0);
          await until(
            async () => !(await container.exec(sh('cat /proc/[0-9]*/cmdline'))).stdout.includes('4242'),
          );
        }
      });
    }),
  );
});
