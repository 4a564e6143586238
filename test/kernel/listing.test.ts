import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, ContainerSummary, Runtime } from '../../src/index.js';
import { FileStamps } from '../../src/linux/files/files.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const SLEEP = { hostRoot: true, command: ['sleep', '1000'] } as const;

/** Lists until what was read is old enough to be kept: then the next listing reads no file. */
async function listSettled(runtime: Runtime): Promise<ContainerSummary[]> {
  for (;;) {
    const before = await runtime.containers();
    const again = await runtime.containers();
    if (again.every((one, index) => one === before[index])) return again;
    await sleep(10);
  }
}

describe.runIf(requires({ root: true }))('a listing of containers', () => {
  it(
    'is kept for as long as nothing happens, and follows what another engine does',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ ...SLEEP, name: 'a' });
      const { id } = container;
      await using other = new EngineProcess(
        store,
        `import { createInterface } from 'node:readline';
        const runtime = await Runtime.open({ ...options, readyMonitors: 0 });
        const container = runtime.getContainer(${JSON.stringify(id)});
        const verbs = {
          start: () => container.start(),
          pause: () => container.pause(),
          unpause: () => container.unpause(),
          rename: () => container.rename('b'),
          stop: () => container.stop({ timeout: 0 }),
          remove: () => container.remove(),
          close: () => runtime.close(),
        };
        for await (const verb of createInterface({ input: process.stdin })) {
          await verbs[verb]();
          say(verb);
          if (verb === 'close') break;
        }
        process.stdin.destroy();`,
      );
      for (const [verb, state, name] of [
        ['start', 'running', 'a'],
        ['pause', 'paused', 'a'],
        ['unpause', 'running', 'a'],
        ['rename', 'running', 'b'],
        ['stop', 'exited', 'b'],
        ['start', 'running', 'b'],
        ['stop', 'exited', 'b'],
      ] as const) {
        await listSettled(runtime);
        other.write(`${verb}\n`);
        await other.next();
        expect([verb, await runtime.containers()]).toMatchObject([verb, [{ id, state, name }]]);
      }
      other.write('remove\n');
      await other.next();
      expect(await runtime.containers()).toEqual([]);
      other.write('close\n');
      await other.next();
      expect((await other.ended).code).toBe(0);
    }),
  );

  it(
    'sees a monitor killed, though it had no time to write a word of it',
    withStore(async (runtime) => {
      const container = await runtime.createContainer(SLEEP);
      await container.start();
      expect(await listSettled(runtime)).toMatchObject([{ state: 'running' }]);
      const stat = readFileSync(`/proc/${await container.pid()}/stat`, 'utf8');
      process.kill(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), 'SIGKILL');
      for (;;) {
        const [{ state } = { state: '' }] = await runtime.containers();
        if (state !== 'running') break;
        await sleep(5);
      }
      expect(await runtime.containers()).toMatchObject([{ state: 'exited', exitCode: -1 }]);
      await container.remove();
    }),
  );

  it(
    'sees a record damaged, and another text of the same size and modification time',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({ ...SLEEP, labels: { is: 'old' } });
      await listSettled(runtime);
      const file = path.join(container.staticDir, 'config.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('"old"', '"new"'));
      utimesSync(file, 1, 1);
      expect(await listSettled(runtime)).toMatchObject([{ labels: { is: 'new' } }]);
      writeFileSync(file, '{');
      expect(await runtime.containers()).toMatchObject([{ state: 'unknown' }]);
      await runtime.removeContainer(container.id, { force: true });
      rmSync(path.join(store.root, 'damaged'), { recursive: true });
    }),
  );

  it(
    'hands out what no caller can change for the next one',
    withStore(async (runtime) => {
      const container: Container = await runtime.createContainer({ ...SLEEP, labels: { a: '1' } });
      const [one] = await listSettled(runtime);
      expect(() => ((one?.labels as Record<string, string>)['a'] = '2')).toThrow(TypeError);
      expect(() => (one?.command as string[]).push('more')).toThrow(TypeError);
      expect(await runtime.containers()).toMatchObject([{ labels: { a: '1' }, command: SLEEP.command }]);
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('the stamps of files', () => {
  it('differ after a change, and are no good while the clock may stand still', async () => {
    const directory = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
    try {
      const [a, b] = [path.join(directory, 'a'), path.join(directory, 'b')];
      writeFileSync(a, '1');
      const look = (): FileStamps => FileStamps.of([a, b]);
      const first = look();
      expect(first.areSettled()).toBe(false);
      expect(first.equals(look())).toBe(true);
      while (!look().areSettled()) await sleep(10);
      writeFileSync(a, '2');
      expect(look().equals(first)).toBe(false);
      const second = look();
      mkdirSync(b);
      expect(look().equals(second)).toBe(false);
      expect(look().slice(0, 1).equals(second.slice(0, 1))).toBe(true);
      rmSync(b, { recursive: true });
      expect(look().equals(second)).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
