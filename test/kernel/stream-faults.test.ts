import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

/** Waits until something is so. */
async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await is())) await sleep(10);
}

describe.runIf(requires({ root: true }))('what is wrong with a reader or a disk', () => {
  it(
    'stops no container: a client that was stopped (SIGSTOP) is cut off, and reads the log to its end later',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'read line; head -c 3000000 /dev/zero; echo end >&2; exit 7'],
        stdin: true,
        stdinOnce: false,
      });
      const own = await container.startAndAttach();
      await using client = new EngineProcess(
        store,
        `
        const container = (await Runtime.open(options)).getContainer(${JSON.stringify(container.id)});
        const streams = await container.attach({ stallTimeout: 0.3, stdin: false });
        let [seen, failed, logged] = [0, '', 0];
        streams.stdout.on('data', (piece) => (seen += piece.length)).on('error', (error) => (failed = error.code));
        streams.stderr.on('error', () => undefined).resume();
        const log = (async () => {
          for await (const { stream, data } of container.logs({ follow: true }))
            if (stream === 'stdout') logged += data.length;
        })();
        say('reads');
        const how = await streams.ended;
        await log;
        say({ how, failed, whole: seen === 3000000, logged });
        process.exit(0);`,
      );
      expect(await client.next()).toBe('reads');
      process.kill(client.pid, 'SIGSTOP');
      await until(() =>
        execFileSync('ps', ['-o', 'stat=', '-p', `${client.pid}`])
          .toString()
          .startsWith('T'),
      );
      let bytes = 0;
      own.stdout.on('data', (piece: Buffer) => (bytes += piece.length));
      own.stderr.resume();
      own.stdin?.write('go\n');
      expect((await container.wait()).exitCode).toBe(7);
      await own.ended;
      expect(bytes).toBe(3_000_000);
      process.kill(client.pid, 'SIGCONT');
      expect(await client.next()).toEqual({
        how: 'stalled',
        failed: 'ERR_TIMEOUT',
        whole: false,
        logged: 3_000_000,
      });
      await client.ended;
      await container.remove();
    }),
  );

  it(
    'a disk that is full leaves a marker at the place of what is missing, with the count that inspect has',
    withStore(async (runtime, store) => {
      const disk = store.makeDirectory('disk');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
      try {
        const ballast = path.join(disk, 'ballast');
        const container = await runtime.createContainer({
          hostRoot: true,
          command: [
            'sh',
            '-c',
            'echo before; read x; i=0; while [ $i -lt 2000 ]; do echo lost; i=$((i+1)); done; echo done >&2; read x; echo after; exit 7',
          ],
          stdin: true,
          logPath: path.join(disk, 'log'),
        });
        const streams = await container.startAndAttach();
        let said = '';
        streams.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
        streams.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
        await until(() => said.includes('before'));
        const fd = openSync(ballast, 'w');
        expect(() => {
          for (;;) writeSync(fd, Buffer.alloc(4096, 1));
        }).toThrow('ENOSPC');
        closeSync(fd);
        streams.stdin?.write('\n');
        await until(() => said.includes('done'));
        // All that the container wrote came to who read it, whatever the disk did.
        await until(() => said.split('lost').length === 2001);
        truncateSync(ballast, 0);
        streams.stdin?.write('\n');
        expect((await container.wait()).exitCode).toBe(7);
        await streams.ended;
        const lost = (await container.inspect()).State.LogBytesLost;
        expect(lost).toBeGreaterThan(0);
        const entries = await logOf(container);
        const texts = entries.map(({ data }) => data.toString());
        // What is small may still fit here and there, so there may be several holes.
        const holes = texts.map((text) =>
          Number(/^\[libpod: (\d+) bytes of output were lost here: ENOSPC\]$/.exec(text)?.[1] ?? 0),
        );
        expect(holes.reduce((sum, size) => sum + size)).toBe(lost);
        const first = holes.findIndex((size) => size > 0);
        expect(texts[0]).toBe('before');
        expect(first).toBeGreaterThan(0);
        expect(texts.indexOf('after')).toBeGreaterThan(first);
        expect(bytesOf(entries, 'stdout').length).toBeLessThan(2000 * 5);
        await container.remove();
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    }),
  );

  it.skipIf(!requires({ frozenDisk: true }))(
    'a disk that stalls holds the container back, in bounded memory, and nobody else; nothing is lost',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const disk = store.makeDirectory('disk');
      const image = path.join(store.directory, 'image');
      execFileSync('truncate', ['-s', '64M', image]);
      execFileSync('mkfs.ext4', ['-q', image]);
      execFileSync('mount', ['-o', 'loop', image, disk]);
      const LINES = 200_000;
      let frozen = false;
      try {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', `read x; exec seq 1 ${LINES}`],
          stdin: true,
          logPath: path.join(disk, 'log'),
        });
        const { stdin, stdout, stderr } = await container.startAndAttach();
        stdout.resume();
        stderr.resume();
        const writer = await container.pid();
        const status = (pid: number, name: string): string =>
          new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
        const monitor = Number(status(writer, 'PPid'));
        execFileSync('fsfreeze', ['--freeze', disk]);
        frozen = true;
        const memory = Number(status(monitor, 'RssAnon'));
        stdin?.end('\n');
        // The monitor waits for the disk, and the container for the monitor: its pipe is full.
        await until(() => status(monitor, 'State') === 'D' && status(writer, 'State') === 'S');
        const time = (): string =>
          readFileSync(`/proc/${writer}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).join() ?? '';
        const before = time();
        expect((await runtime.run({ hostRoot: true, command: ['echo', 'on'] })).stdout).toBe('on\n');
        expect(await container.state()).toBe('running');
        expect([status(monitor, 'State'), status(writer, 'State'), time()]).toEqual(['D', 'S', before]);
        expect(Number(status(monitor, 'RssAnon'))).toBeLessThan(memory + 256);
        execFileSync('fsfreeze', ['--unfreeze', disk]);
        frozen = false;
        expect((await container.wait()).exitCode).toBe(0);
        expect((await container.inspect()).State.LogBytesLost).toBe(0);
        const lines = bytesOf(await logOf(container), 'stdout')
          .toString()
          .trimEnd()
          .split('\n');
        expect(lines.length).toBe(LINES);
        expect(lines.every((line, index) => line === String(index + 1))).toBe(true);
        await container.remove();
      } finally {
        if (frozen) execFileSync('fsfreeze', ['--unfreeze', disk]);
        execFileSync('umount', ['-l', disk]);
      }
    }),
  );
});
