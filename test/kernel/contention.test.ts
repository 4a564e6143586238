import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContainerSettings } from '../../src/model/settings.js';
import type { LinuxResources } from '../../src/oci/runtime-spec.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const PROCESSES = 8;
const OPERATIONS = 200;
const CONTAINERS = 20;
const SEED = Number(process.env['LIBPOD_TEST_SEED'] ?? 20261125);

/** What one process did. */
interface Done {
  readonly started: number;
  readonly refused: number;
  /** The last value that it gave to its limit of each container. */
  readonly limits: Readonly<Record<string, number>>;
  readonly longestMs: number;
}

/**
 * What each process does: verbs at random on containers at random. A verb that the state does not allow is refused, and
 * nothing else may fail. Of each container's limits each is one process's own; `index` says which.
 */
const WORK = `
  const runtime = await Runtime.open({ ...options, readyMonitors: 1 });
  let seed = SEED + index * 7919;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const key = ['cpuShares', 'pidsLimit', 'memory', 'memorySwappiness'][index % 4];
  const base = { cpuShares: 100, pidsLimit: 100, memory: 64 << 20, memorySwappiness: 0 }[key];
  const step = { cpuShares: 1, pidsLimit: 1, memory: 4096, memorySwappiness: 1 }[key];
  const done = { started: 0, refused: 0, limits: {}, longestMs: 0 };
  const all = ids.map((id) => runtime.getContainer(id));
  for (let i = 0; i < OPERATIONS; i++) {
    const at = random(all.length);
    const container = all[at];
    const what = random(100);
    const began = performance.now();
    try {
      if (what < 20) await container.start().then(() => done.started++);
      else if (what < 30) await container.stop({ timeout: 0 });
      else if (what < 35) await container.kill();
      else if (what < 42) await container.pause();
      else if (what < 49) await container.unpause();
      else if (what < 54) await container.init();
      else if (what < 74) {
        if (at % 2 === index >> 2) {
          const value = base + step * (i % 100);
          await container.update({ [key]: value });
          done.limits[container.id] = value;
        }
      } else if (what < 79) {
        // One lock for several verbs: what a look finds is so when the verb comes.
        await container.batch(async (view) => {
          const state = await view.state();
          if (state === 'running') await view.pause();
          else if (state === 'paused') await view.unpause();
        });
      } else if (what < 84) await runtime.containers();
      else if (what < 92) await container.inspect();
      else await container.state();
    } catch (error) {
      // A created one may be killed by somebody before it is started.
      const killedBefore = error?.code === 'ERR_MONITOR' && /before its program ran|monitor of .* is gone/.test(error.message);
      if (error?.code !== 'ERR_INVALID_STATE' && !killedBefore) throw error;
      done.refused++;
    }
    done.longestMs = Math.max(done.longestMs, performance.now() - began);
  }
  say(done);
  await runtime.close();`;

describe.runIf(requires({ root: true }))('eight processes on twenty containers', () => {
  it(
    'lose no update, never wait for each other for ever, and start nothing twice',
    withStore(async (runtime, store) => {
      const ids: string[] = [];
      for (let index = 0; index < CONTAINERS; index++)
        ids.push((await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] })).id);
      const began = performance.now();
      const given = `const SEED = ${SEED}, OPERATIONS = ${OPERATIONS}, ids = ${JSON.stringify(ids)};`;
      const all = await Promise.all(
        Array.from({ length: PROCESSES }, async (_, index) => {
          await using engine = new EngineProcess(store, `${given} const index = ${index}; ${WORK}`);
          const done = await engine.next<Done>();
          expect(await engine.ended).toMatchObject({ code: 0 });
          return done;
        }),
      );
      const seconds = (performance.now() - began) / 1000;
      const refused = all.reduce((sum, done) => sum + done.refused, 0);
      const longest = Math.max(...all.map(({ longestMs }) => longestMs));
      console.log(
        `seed ${SEED}: ${PROCESSES * OPERATIONS} operations in ${seconds.toFixed(1)} s, ${refused} refused by the state, the longest ${longest.toFixed(0)} ms`,
      );

      // Every limit is what its owner gave it last.
      const recorded = [
        ({ cpu }: LinuxResources) => cpu?.shares,
        ({ pids }: LinuxResources) => pids?.limit,
        ({ memory }: LinuxResources) => memory?.limit,
        ({ memory }: LinuxResources) => memory?.swappiness,
      ];
      let updates = 0;
      for (const [index, { limits }] of all.entries()) {
        for (const [id, value] of Object.entries(limits)) {
          const file = path.join(runtime.getContainer(id).staticDir, 'settings.json');
          const { resources = {} } = JSON.parse(readFileSync(file, 'utf8')) as ContainerSettings;
          expect([id, index, recorded[index % 4]?.(resources)]).toEqual([id, index, value]);
          updates++;
        }
      }
      expect(updates).toBeGreaterThan(CONTAINERS);

      // Between two starts of a container there is an end, and each start was asked for once.
      const runs = new Map<string, string[]>();
      let starts = 0;
      for await (const { id, status } of runtime.events({ since: new Date(0), follow: false })) {
        if (status !== 'start' && status !== 'died') continue;
        if (status === 'start') starts++;
        runs.set(id, [...(runs.get(id) ?? []), status]);
      }
      for (const [id, statuses] of runs) {
        // One that was created and ended before its program ran has an end without a start.
        const ofRuns = statuses.filter((status, at) => status === 'start' || statuses[at - 1] === 'start');
        const inTurns = ofRuns.map((_, at) => (at % 2 === 0 ? 'start' : 'died'));
        expect([id, ofRuns]).toEqual([id, inTurns]);
      }
      expect(starts).toBe(all.reduce((sum, done) => sum + done.started, 0));
      await Promise.all(ids.map((id) => runtime.removeContainer(id, { force: true, timeout: 0 })));
    }),
    600_000,
  );
});
