import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** Waits until something is so. */
async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await is())) await sleep(10);
}

describe.skipIf(!requires({ root: true }))('exec with', () => {
  it(
    'all: true gives both outputs in the order in which they came',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        // Each line is asked for, so that no two are in the pipes at once.
        const process = container.exec(sh('echo 1; read x; echo 2 >&2; read x; echo 3'), {
          all: true,
          stdin: true,
        });
        process.all?.on('data', () => process.stdin?.write('on\n'));
        const { stdout, stderr, all } = await process;
        expect({ stdout, stderr, all }).toEqual({ stdout: '1\n3\n', stderr: '2\n', all: '1\n2\n3\n' });
        const bytes = await container.exec(['printf', '\\377'], { all: true, encoding: 'buffer' });
        expect([...(bytes.all ?? [])]).toEqual([255]);
        const without = container.exec(['true']);
        expect(without.all).toBeUndefined();
        expect((await without).all).toBeUndefined();
      });
    }),
  );

  it(
    'all: true holds the command back for a reader of it that stops, and goes on when that is destroyed',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const process = container.exec(sh('head -c 3000000 /dev/zero; echo done >&2'), {
          all: true,
          buffer: false,
        });
        let size = 0;
        process.stdout.on('data', (piece: Buffer) => (size += piece.length));
        let ended = false;
        process.stderr.on('data', () => (ended = true));
        await until(() => (process.all?.readableLength ?? 0) > 0);
        await sleep(100);
        expect(ended).toBe(false);
        process.all?.destroy();
        expect((await process).exitCode).toBe(0);
        expect({ size, ended }).toEqual({ size: 3_000_000, ended: true });
      });
    }),
  );

  it.each([{ cleanup: true }, { cleanup: false }])(
    'detach keys leaves the command to itself: %j',
    { timeout: 60_000 },
    async (options) =>
      withStore(async (runtime) => {
        await withSleeper(runtime, {}, async (container) => {
          const process = container.exec(sh('read line; echo "got $line" >/tmp/got; exec sleep 100000'), {
            tty: true,
            stdin: true,
            ...options,
          });
          await process.started();
          process.stdin?.write('word\n\x10\x11');
          expect(await process).toMatchObject({ exitCode: 0, detached: true });
          const seen = sh('cat /tmp/got 2>/dev/null');
          await until(async () => (await container.exec(seen)).stdout === 'got word\n');
          expect(await container.execSessions()).toContain(process.id);
          // Others may come to it.
          const again = container.execAttach(process.id, { stdin: true, detachKeys: 'ctrl-a,x' });
          await again.started();
          again.stdin?.write('\x01x');
          expect((await again).detached).toBe(true);
          await container.execStop(process.id, { timeout: 0 });
          expect(await container.execSessions()).toEqual([]);
        });
      })(),
  );

  it(
    'detach keys: none without a terminal unless asked for, and none in what is given as a whole',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const process = container.exec(['cat'], { stdin: true });
        process.stdin?.end('\x10\x11');
        expect(await process).toMatchObject({ detached: false, stdout: '\x10\x11' });
        const given = await container.exec(['cat'], { input: 'xy', detachKeys: 'x,y' });
        expect(given).toMatchObject({ detached: false, stdout: 'xy' });
        const asked = container.exec(['cat'], { stdin: true, detachKeys: 'x,y' });
        asked.stdin?.write('xy');
        expect((await asked).detached).toBe(true);
        await container.execStop(asked.id, { timeout: 0 });
        await expect(container.exec(['cat'], { stdin: true, detachKeys: 'ctrl-1' })).rejects.toThrow(
          'invalid detach keys',
        );
      });
    }),
  );

  it(
    'options that are none is refused, and so are attach and logs',
    withStore(async (runtime) => {
      await withSleeper(runtime, { stdin: true }, async (container) => {
        const wrong = (options: object): never => options as never;
        const refused = (message: string): object => ({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining(message) as string,
        });
        await expect(container.exec(['true'], wrong({ usr: 'x' }))).rejects.toMatchObject(
          refused('exec: there is no option "usr"; did you mean user?'),
        );
        await expect(container.exec(['true'], wrong({ timeout: '1' }))).rejects.toMatchObject(
          refused('exec: timeout is "1", but must be a number'),
        );
        await expect(container.execCreate(['true'], wrong({ timeout: 1 }))).rejects.toMatchObject(
          refused('execCreate: there is no option "timeout"'),
        );
        const id = await container.execCreate(['true']);
        await expect(container.execStartAndAttach(id, wrong({ cwd: '/' }))).rejects.toMatchObject(
          refused('execStartAndAttach: there is no option "cwd"'),
        );
        expect((await container.execSession(id)).state).toBe('created');
        await expect(container.attach(wrong({ detachkeys: 'x' }))).rejects.toMatchObject(
          refused('attach: there is no option "detachkeys"; did you mean detachKeys?'),
        );
        await expect(container.startAndAttach(wrong({ size: { rows: 1 } }))).rejects.toMatchObject(
          refused('startAndAttach: size has no columns, which it needs'),
        );
        expect(() => container.logs(wrong({ folow: true }))).toThrow(
          'logs: there is no option "folow"; did you mean follow?',
        );
        expect(() => container.logs({ since: new Date('never') })).toThrow(
          'logs: since must be a valid Date',
        );
        expect(() => container.logStream(wrong({ tail: '5' }))).toThrow('logStream: tail is "5"');
      });
    }),
  );
});
