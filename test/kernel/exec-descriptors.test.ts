import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container, ExecOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** What a command has open; the last one is the directory that `ls` itself reads. */
async function openIn(container: Container, options: ExecOptions): Promise<number[]> {
  const { stdout, stderr } = await container.exec(sh('exec ls /proc/self/fd'), options);
  expect(stderr).toBe('');
  return stdout
    .split(/\s+/)
    .filter(Boolean)
    .map(Number)
    .sort((a, b) => a - b);
}

describe.skipIf(!requires({ root: true }))('the descriptors of an exec session', () => {
  it(
    'are its three streams alone, whatever it is asked to be',
    withStore(async (runtime) => {
      await withSleeper(runtime, { stdin: true, capAdd: ['all'] }, async (container) => {
        const choices: ExecOptions[] = [
          {},
          { tty: true },
          { tty: true, stdin: true },
          { stdin: true },
          { input: 'x' },
          { privileged: true },
          { user: '1000:1000' },
          { privileged: true, user: '0', cwd: '/proc', env: { LISTEN_FDS: '1' } },
          { timeout: 100 },
          { cleanup: false },
          { all: true },
        ];
        for (const options of choices)
          expect({ options, open: await openIn(container, options) }).toEqual({
            options,
            open: [0, 1, 2, 3],
          });
      });
    }),
  );

  it(
    'are also those that are passed, in order, the same open files, and no others',
    withStore(async (runtime) => {
      const directory = mkdtempSync(path.join(tmpdir(), 'libpod-fds-'));
      const names = Array.from({ length: 20 }, (_, index) => path.join(directory, `${index}`));
      for (const [index, name] of names.entries()) writeFileSync(name, `file ${index}\n`);
      const files = names.map((name) => openSync(name, 'r+'));
      try {
        await withSleeper(runtime, {}, async (container) => {
          for (const options of [{}, { tty: true }, { stdin: true, user: '1000' }]) {
            const open = await openIn(container, { ...options, preserveFds: files });
            expect(open).toEqual(Array.from({ length: 24 }, (_, index) => index));
          }
          const all = sh('for n in $(seq 3 22); do cat /proc/$$/fd/$n; done');
          expect((await container.exec(all, { preserveFds: files })).stdout).toBe(
            names.map((_, index) => `file ${index}\n`).join(''),
          );
          const [one] = files;
          const gap = { preserveFds: [undefined, undefined, one] };
          expect(await openIn(container, gap)).toEqual([0, 1, 2, 3, 5]);
          // The offset is shared, as the open file is.
          const [first = -1, second = -1] = files;
          await container.exec(sh('echo more >&4'), { preserveFds: [second, first] });
          expect(readFileSync(first, 'utf8')).toBe('0\n');
          expect(readFileSync(names[0] as string, 'utf8')).toBe('more\n0\n');
        });
      } finally {
        for (const file of files) closeSync(file);
        rmSync(directory, { recursive: true });
      }
    }),
  );

  it(
    'are refused if they are not open here, or too many',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        for (const [preserveFds, message] of [
          [[0, 999_999], 'descriptor 999999 of preserveFds is not open in this process'],
          [[-1], 'descriptor -1 of preserveFds is not open'],
          [[0.5], 'descriptor 0.5 of preserveFds is not open'],
          [Array.from({ length: 65 }, () => 0), 'preserveFds names 65 descriptors'],
        ] as const)
          await expect(container.exec(['true'], { preserveFds })).rejects.toMatchObject({
            code: 'ERR_INVALID_ARGUMENT',
            message: expect.stringContaining(message) as string,
          });
        expect(await container.execSessions()).toEqual([]);
      });
    }),
  );
});
