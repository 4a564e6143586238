import { existsSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Container, LogOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

async function linesOf(container: Container, options: LogOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const { data } of container.logs(options)) lines.push(data.toString());
  return lines;
}

describe.runIf(requires({ root: true }))('the log', () => {
  it(
    'in json-file is what docker writes, and is read back',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        name: 'web',
        logDriver: 'json-file',
        logTag: '{{.Name}}/{{.ID}}',
        command: ['sh', '-c', `printf 'a<b>\\t\\303\\244\\n\\000\\377\\nend'; echo err >&2`],
      });
      await container.start();
      await container.wait();
      const records = readFileSync(container.logPath, 'utf8').trimEnd().split('\n');
      const attrs = `"attrs":{"tag":"web/${container.id.slice(0, 12)}"}`;
      const stdout = records.filter((line) => line.includes('"stream":"stdout"'));
      expect(stdout.map((line) => line.replace(/"time":"[^"]*Z"/, 'TIME'))).toEqual([
        `{"log":"a\\u003cb\\u003e\\u0009ä\\n","stream":"stdout",${attrs},TIME}`,
        `{"log":"\\u0000\\ufffd\\n","stream":"stdout",${attrs},TIME}`,
        `{"log":"end","stream":"stdout",${attrs},TIME}`,
      ]);
      const entries = await logOf(container);
      expect(bytesOf(entries, 'stdout').toString()).toBe('a<b>\tä\n\0\ufffd\nend');
      expect(bytesOf(entries, 'stderr').toString()).toBe('err\n');
      for (const { time } of entries) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}\+00:00$/);
      await container.remove();
    }),
  );

  it(
    'is cut into files of its size, and read through all of them',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        logMaxSize: 2000,
        logMaxFiles: 3,
        command: ['seq', '1', '500'],
      });
      await container.start();
      await container.wait();
      const files = [container.logPath, `${container.logPath}.1`, `${container.logPath}.2`];
      for (const file of files) expect(readFileSync(file).length).toBeLessThanOrEqual(2000);
      expect(existsSync(`${container.logPath}.3`)).toBe(false);
      const lines = (await linesOf(container)).map(Number);
      expect(lines).toEqual(Array.from(lines, (_, at) => 500 - lines.length + 1 + at));
      expect(lines.length).toBeGreaterThan(80);
      expect(await linesOf(container, { tail: 70 })).toEqual(lines.slice(-70).map(String));
      await container.remove();
    }),
  );

  it(
    'is followed to the last byte through files that are replaced meanwhile',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        logMaxSize: 20_000,
        logMaxFiles: 10,
        command: [
          'sh',
          '-c',
          'i=0; while [ $i -lt 40 ]; do seq $((i*100)) $((i*100+99)); i=$((i+1)); sleep 0.02; done',
        ],
      });
      await container.start();
      expect((await linesOf(container, { follow: true })).map(Number)).toEqual(
        Array.from({ length: 4000 }, (_, at) => at),
      );
      expect(existsSync(`${container.logPath}.5`)).toBe(true);
      await container.remove();
    }),
  );

  it(
    'keeps lines of a megabyte, any bytes, and is a stream of them',
    withStore(async (runtime) => {
      const script = String.raw`import os,sys
line=bytes(b for b in range(256) if b!=10)*4200
sys.stdout.buffer.write(line+b"\n"+b"\xc3\xa4"*600000+b"\n")`;
      const container = await runtime.createContainer({ hostRoot: true, command: ['python3', '-c', script] });
      await container.start();
      await container.wait();
      const line = Buffer.alloc(
        255 * 4200,
        Buffer.from(Array.from({ length: 256 }, (_, b) => b).filter((b) => b !== 10)),
      );
      const all = Buffer.concat([line, Buffer.from('\n'), Buffer.alloc(1_200_000, 'ä'), Buffer.from('\n')]);
      expect((await buffer(container.logStream())).equals(all)).toBe(true);
      expect((await buffer(container.logStream({ stream: 'stderr' }))).length).toBe(0);
      await container.remove();
    }),
  );

  it(
    'chooses by stream, after the tail',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; echo 3'],
      });
      await container.start();
      await container.wait();
      expect((await logOf(container)).map(({ stream }) => stream)).toEqual(['stdout', 'stderr', 'stdout']);
      expect(await linesOf(container, { stream: 'stderr' })).toEqual(['2']);
      expect(await linesOf(container, { tail: 2, stream: 'stdout' })).toEqual(['3']);
      await container.remove();
    }),
  );

  it(
    'with passthrough is nowhere: the container has the streams of who starts it',
    withStore(async (runtime) => {
      await expect(
        runtime.createContainer({
          hostRoot: true,
          logDriver: 'passthrough',
          terminal: true,
          command: ['true'],
        }),
      ).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      const container = await runtime.createContainer({
        hostRoot: true,
        logDriver: 'passthrough',
        command: ['sh', '-c', 'readlink /proc/self/fd/0 | grep -q null'],
      });
      await container.start();
      expect((await container.wait()).exitCode).toBe(0);
      expect(container.logPath).toBe('');
      await expect(linesOf(container)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('options of a log', () => {
  it.each([
    [{ logMaxSize: 0 }, 'logMaxSize'],
    [{ logMaxFiles: 3 }, 'logMaxFiles'],
    [{ logTag: 'x' }, 'no tags'],
    [{ logDriver: 'json-file', logTag: '{{.Nothing}}' }, '{{.Nothing}}'],
    [{ logDriver: 'none', logPath: '/x' }, 'logPath'],
  ] as const)('%j are refused', (options, word) =>
    withStore(async (runtime) => {
      await expect(
        runtime.createContainer({ hostRoot: true, command: ['true'], ...options }),
      ).rejects.toThrow(word);
    })(),
  );
});
