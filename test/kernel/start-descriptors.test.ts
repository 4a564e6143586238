import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Container, StartAndAttachOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** Runs a test with so many files of a line each, open. */
async function withFiles(
  store: TestStore,
  count: number,
  run: (files: number[], names: string[]) => Promise<void>,
): Promise<void> {
  const directory = store.makeDirectory('files');
  const names = Array.from({ length: count }, (_, index) => path.join(directory, `${index}`));
  for (const [index, name] of names.entries()) writeFileSync(name, `file ${index}\n`);
  const files = names.map((name) => openSync(name, 'r+'));
  try {
    await run(files, names);
  } finally {
    for (const file of files) closeSync(file);
  }
}

async function outputOf(container: Container, options: StartAndAttachOptions): Promise<string> {
  const streams = await container.startAndAttach(options);
  streams.stderr.resume();
  const said = await text(streams.stdout);
  await container.wait();
  return said;
}

describe.runIf(requires({ root: true }))('the descriptors that a container is started with', () => {
  it(
    'are those of its program, by their places, with an init, a terminal and a log or without; of one start alone',
    withStore(async (runtime, store) => {
      await withFiles(store, 3, async (files, names) => {
        const [first = -1, second = -1, third = -1] = files;
        const preserveFds = [first, undefined, second, undefined, undefined, third];
        for (const options of [{}, { init: true }, { terminal: true }, { logDriver: 'none' as const }]) {
          const container = await runtime.createContainer({
            hostRoot: true,
            // The shell has what it was given, and ls in addition the directory that it reads, at the first free number.
            command: sh('echo $(ls /proc/self/fd); cat <&3; cat <&5; cat <&8; echo more >&8'),
            ...options,
          });
          expect({
            options,
            said: (await outputOf(container, { preserveFds })).replaceAll('\r', ''),
          }).toEqual({
            options,
            said: '0 1 2 3 4 5 8\nfile 0\nfile 1\nfile 2\n',
          });
          expect(readFileSync(names[2] as string, 'utf8')).toBe('file 2\nmore\n');
          expect(await outputOf(container, {})).toMatch(/^0 1 2 3\r?\n/);
          await container.remove();
          // The offset is shared, as the open file is: the next round reads from the beginning.
          for (const [index, name] of names.entries()) writeFileSync(name, `file ${index}\n`);
          for (const [index, name] of names.entries()) {
            closeSync(files[index] as number);
            expect(openSync(name, 'r+')).toBe(files[index]);
          }
        }
      });
    }),
  );

  it(
    'are handed over by start, by init and by run, and not kept by the monitor',
    withStore(async (runtime, store) => {
      await withFiles(store, 1, async ([file = -1]) => {
        const script = sh('cat <&3; exec 3<&-; read line');
        const container = await runtime.createContainer({ hostRoot: true, command: script, stdin: true });
        await container.init({ preserveFds: [file] });
        await expect(container.start({ preserveFds: [file] })).rejects.toMatchObject({
          code: 'ERR_INVALID_STATE',
          message: expect.stringContaining('has the descriptors that its init was given') as string,
        });
        const streams = await container.startAndAttach();
        const monitor = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${await container.pid()}/status`, 'utf8'));
        streams.stderr.resume();
        await new Promise((resolve) => streams.stdout.once('data', resolve));
        const held = `/proc/${monitor?.[1]}/fd`;
        const open = readdirSync(held).map((name) => readlinkSync(path.join(held, name)));
        expect(open).toContain('anon_inode:[eventpoll]');
        expect(open.filter((target) => target.startsWith(store.directory + '/files'))).toEqual([]);
        streams.stdin?.end('\n');
        streams.stdout.resume();
        await container.wait();
        await container.remove();
      });
      await withFiles(store, 1, async ([file = -1]) => {
        const run = await runtime.run({ hostRoot: true, command: sh('cat <&3'), preserveFds: [file] });
        expect(run.stdout).toBe('file 0\n');
      });
    }),
  );

  it(
    'are refused if they are not open, and where later runs would be without them',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'] });
      for (const [preserveFds, message] of [
        [[999_999], 'start: descriptor 999999 of preserveFds is not open in this process'],
        [[0.5], 'descriptor 0.5 of preserveFds is not open'],
        [Array.from({ length: 65 }, () => 0), 'preserveFds names 65 descriptors'],
        [['x'], 'preserveFds'],
      ] as const)
        await expect(container.start({ preserveFds: preserveFds as number[] })).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining(message) as string,
        });
      expect(await container.state()).toBe('configured');
      const again = await runtime.createContainer({
        hostRoot: true,
        command: ['true'],
        restartPolicy: 'always',
      });
      await expect(again.start({ preserveFds: [0] })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('its restart policy is always') as string,
      });
      await container.remove();
      await again.remove();
    }),
  );
});
