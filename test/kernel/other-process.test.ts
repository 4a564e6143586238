import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

/** A container that has said one line and will say another. */
const STARTS = `
  const runtime = await Runtime.open(options);
  const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'echo first; sleep 1.5; echo second; exit 6'], name: 'left' });
  await container.start();
  say(container.id);
`;

describe.runIf(requires({ root: true }))('a container outlives the process that started it', () => {
  for (const [how, last] of [
    ['ends without closing anything', ''],
    ['closes its runtime', 'await runtime.close();'],
    ['is killed', 'await never;'],
  ] as const) {
    it(
      `when it ${how}: another one lists it, waits, reads its log and exit status, and removes it`,
      withStore(async (runtime, store) => {
        await using engine = new EngineProcess(store, `${STARTS} ${last}`);
        const id = await engine.next<string>();
        if (last.includes('never')) await engine.kill();
        else expect(await engine.ended).toEqual({ code: 0, signal: null, stderr: '' });
        expect(await runtime.containers()).toMatchObject([{ id, name: 'left', state: 'running' }]);
        const container = runtime.lookupContainer('left');
        expect(await container.wait()).toEqual({ exitCode: 6, signal: 0, oomKilled: false });
        expect(bytesOf(await logOf(container), 'stdout').toString()).toBe('first\nsecond\n');
        expect(await container.exitCode()).toBe(6);
        expect(await runtime.containers()).toMatchObject([{ id, state: 'exited', exitCode: 6 }]);
        await container.remove();
      }),
    );
  }

  it(
    'and is stopped, killed and attached to by another',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         for (const name of ['stopped', 'killed', 'attached']) {
           const container = await runtime.createContainer({ hostRoot: true, command: ['cat'], stdin: true, name, stopSignal: 'KILL' });
           await container.start();
         }
         say('ready'); await never;`,
      );
      await engine.next();
      await engine.kill();
      await runtime.lookupContainer('stopped').stop();
      expect((await runtime.lookupContainer('stopped').wait()).exitCode).toBe(137);
      await runtime.lookupContainer('killed').kill('KILL');
      expect((await runtime.lookupContainer('killed').wait()).signal).toBe(9);
      const { stdin, stdout, stderr } = await runtime.lookupContainer('attached').attach();
      stderr.resume();
      stdin?.end('hello\n');
      const pieces: Buffer[] = [];
      for await (const piece of stdout as AsyncIterable<Buffer>) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe('hello\n');
      for (const { id } of await runtime.containers()) await runtime.getContainer(id).remove();
    }),
  );

  it(
    'and what hits its process group, as ^C in a terminal does, does not hit the container',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(store, `${STARTS} await never;`);
      await engine.next();
      process.kill(-engine.pid, 'SIGINT');
      expect((await engine.ended).signal).toBe('SIGINT');
      expect((await runtime.lookupContainer('left').wait()).exitCode).toBe(6);
      await runtime.lookupContainer('left').remove();
    }),
  );

  it(
    'and one that was only created is started by another',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'exit 8'], name: 'left' });
         await container.init();
         say('ready'); await never;`,
      );
      await engine.next();
      await engine.kill();
      const container = runtime.lookupContainer('left');
      expect(await container.state()).toBe('created');
      await container.start();
      expect((await container.wait()).exitCode).toBe(8);
      await container.remove();
    }),
  );

  it(
    'and what nobody reads any more still comes into the log',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'seq 200000'], name: 'left' });
         await container.startAndAttach();
         say('ready'); await never;`,
      );
      await engine.next();
      await sleep(100);
      // Its output waits for the reader; when that is gone, it goes on.
      await engine.kill();
      const container = runtime.lookupContainer('left');
      expect((await container.wait()).exitCode).toBe(0);
      const lines = bytesOf(await logOf(container), 'stdout')
        .toString()
        .split('\n');
      expect(lines).toHaveLength(200_001);
      expect(lines[199_999]).toBe('200000');
      await container.remove();
    }),
  );

  it(
    'and a throwaway one goes by itself, telling its end to who waits',
    withStore(async (runtime, store) => {
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const container = await runtime.createContainer({ hostRoot: true, command: ['sh', '-c', 'sleep 0.4; exit 5'], name: 'left', remove: true });
         await container.start();
         say('ready'); await never;`,
      );
      await engine.next();
      await engine.kill();
      expect((await runtime.lookupContainer('left').wait()).exitCode).toBe(5);
      await expect.poll(() => runtime.hasContainer('left')).toBe(false);
    }),
  );
});
