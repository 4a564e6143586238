import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

describe.skipIf(!requires({ root: true }))('runtime.run', () => {
  it(
    'tells how a command ended and what it wrote, and leaves nothing',
    withStore(async (runtime) => {
      const result = await runtime.run({
        hostRoot: true,
        command: sh('cat; echo err >&2; exit 7'),
        input: 'in',
      });
      expect(result).toEqual({
        exitCode: 7,
        signal: 0,
        timedOut: false,
        oomKilled: false,
        stdout: 'in',
        stderr: 'err\n',
      });
      // When it settles, and not later.
      expect(await runtime.containers()).toEqual([]);
      const bytes = await runtime.run({ hostRoot: true, command: ['printf', '\\377'], encoding: 'buffer' });
      expect([...bytes.stdout]).toEqual([255]);
    }),
  );

  it(
    'has its streams at once',
    withStore(async (runtime) => {
      const run = runtime.run({ hostRoot: true, command: ['cat'], stdin: true, buffer: false });
      run.stderr.resume();
      run.stdin?.write('one\n');
      for await (const piece of run.stdout) {
        expect(String(piece)).toBe('one\n');
        run.stdin?.end();
      }
      expect(await run).toMatchObject({ exitCode: 0, stdout: '' });
    }),
  );

  it(
    'hands over all of both outputs, of which one is read late, and holds the command back meanwhile',
    withStore(async (runtime) => {
      const script = 'head -c 3000000 /dev/zero >&2; echo done; head -c 3000000 /dev/zero >&2';
      const run = runtime.run({ hostRoot: true, command: sh(script), buffer: false });
      let said = '';
      run.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
      await sleep(200);
      expect(said).toBe('');
      let bytes = 0;
      run.stderr.on('data', (piece: Buffer) => (bytes += piece.length));
      expect((await run).exitCode).toBe(0);
      expect([said, bytes]).toEqual(['done\n', 6_000_000]);
    }),
  );

  it(
    'has its streams also when they are asked for late: all of what waited for a reader, and the end',
    withStore(async (runtime) => {
      const script = 'echo one; echo two >&2; head -c 3000000 /dev/zero';
      const unread = runtime.run({ hostRoot: true, command: sh(script), buffer: false });
      while ((await runtime.containers(({ state }) => state === 'running')).length === 0) await sleep(10);
      await sleep(200);
      const [stdout, stderr] = await Promise.all([text(unread.stdout), text(unread.stderr)]);
      expect([stdout.length, stderr]).toEqual([3_000_004, 'two\n']);
      expect((await unread).exitCode).toBe(0);
      const over = runtime.run({ hostRoot: true, command: sh(script) });
      expect((await over).stderr).toBe('two\n');
      expect([over.stdout.readableEnded, over.stderr.readableEnded]).toEqual([true, true]);
      const failed = runtime.run({ hostRoot: true, command: ['no-such'] });
      await expect(failed).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' });
      expect(await text(failed.stdout)).toBe('');
    }),
  );

  it(
    'leaves nothing on abort, timeout, a kill and too much output',
    withStore(async (runtime) => {
      const long = { hostRoot: true, command: sh('echo up; sleep 1000 & sleep 1000') };
      const controller = new AbortController();
      const aborted = runtime.run({ ...long, signal: controller.signal });
      aborted.stdout.once('data', () => controller.abort(new Error('enough')));
      await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: new Error('enough') });
      expect(await runtime.containers()).toEqual([]);
      await expect(runtime.run({ ...long, signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      });
      const late = await runtime.run({ ...long, timeout: 0.5 });
      expect(late).toMatchObject({ exitCode: 137, signal: 9, timedOut: true, stdout: 'up\n' });
      const killed = runtime.run(long);
      killed.stdout.once('data', () => killed.kill());
      expect(await killed).toMatchObject({ signal: 9, timedOut: false });
      await expect(
        runtime.run({ hostRoot: true, command: ['yes'], maxBuffer: 10_000 }),
      ).rejects.toMatchObject({
        code: 'ERR_OUTPUT_LIMIT',
      });
      await expect(
        runtime.run({ hostRoot: true, command: sh('exit 3'), reject: true }),
      ).rejects.toMatchObject({
        code: 'ERR_EXEC_FAILED',
        cause: { exitCode: 3 },
      });
      await expect(runtime.run({ hostRoot: true, command: ['no-such'] })).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
      expect(await runtime.containers()).toEqual([]);
    }),
  );

  it(
    'tells of a want of memory',
    withStore(async (runtime) => {
      const hungry = 'import sys; x = bytearray(200 * 1024 * 1024); print(len(x))';
      const result = await runtime.run({
        hostRoot: true,
        command: ['python3', '-c', hungry],
        resources: { memory: 32 * 1024 * 1024 },
      });
      expect(result).toMatchObject({ exitCode: 137, oomKilled: true, stdout: '' });
    }),
  );

  it(
    'ends with its caller, however that dies',
    withStore(async (runtime, store) => {
      await using other = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const run = runtime.run({ hostRoot: true, command: ['sh', '-c', 'setsid sleep 1000 & echo up; sleep 1000'] });
         run.stdout.once('data', () => say('up'));
         await run;`,
      );
      expect(await other.next()).toBe('up');
      expect(await runtime.containers()).toHaveLength(1);
      await other.kill();
      while ((await runtime.containers()).length > 0) await sleep(10);
    }),
  );
});
