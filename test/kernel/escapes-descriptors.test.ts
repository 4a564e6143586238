import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { run } from '../support/run.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const MOST = 24;

describe.runIf(requires({ root: true }))('a descriptor of the engine', () => {
  it(
    'is no working directory, neither of a container nor of an exec session',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      // CVE-2024-21626: a directory of the host that is still open when the working directory is entered.
      const secret = store.makeDirectory('secret');
      writeFileSync(path.join(secret, 'file'), 'of the host');
      const held = openSync(secret, 'r');
      try {
        for (let fd = 0; fd < MOST; fd += 6) {
          const cwd = `/proc/self/fd/${fd}`;
          await expect(run(runtime, ['cat', 'file'], { cwd })).rejects.toThrow(cwd);
        }
        await withSleeper(runtime, {}, async (container) => {
          for (let fd = 0; fd < MOST; fd++)
            for (const way of ['/proc/self/fd', '/proc/thread-self/fd', '/dev/fd'])
              await expect(container.exec(['cat', 'file'], { cwd: `${way}/${fd}` })).rejects.toThrow();
          // The control: one that is handed over on purpose does lead there.
          const leaked = await container.exec(['cat', '/proc/self/fd/3/file'], { preserveFds: [held] });
          expect(leaked.stdout).toBe('of the host');
        });
      } finally {
        closeSync(held);
      }
    }),
  );

  it(
    'is no program, nor a place to mount at',
    withStore(async (runtime) => {
      for (let fd = 3; fd < MOST; fd += 5)
        await expect(run(runtime, [`/proc/self/fd/${fd}`])).rejects.toThrow(`/proc/self/fd/${fd}`);
      const mounts = [{ destination: '/proc/self/fd/3/x', type: 'tmpfs', source: 'tmpfs', options: [] }];
      await expect(run(runtime, ['true'], { mounts })).rejects.toThrow('/proc/self/fd/3');
    }),
  );
});
