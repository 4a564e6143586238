import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { run, shell } from '../support/run.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const MIB = 1 << 20;

/** Says how many children it could have at once; they end with it. */
const FORKS = `
import os, time
made = 0
for _ in range(60):
    try:
        if os.fork() == 0: time.sleep(100)
        made += 1
    except OSError: pass
print(made)
`;

/** The resident memory of the process that supervises a container, in bytes. */
async function monitorMemory(container: Container): Promise<number> {
  const parent =
    /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${await container.pid()}/status`, 'utf8'))?.[1] ?? '';
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

const sizes = (directory: string): number =>
  readdirSync(directory).reduce(
    // A file of the log may be renamed meanwhile.
    (sum, name) => sum + (statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

describe.runIf(requires({ root: true }))('a container that writes without end', () => {
  it(
    'fills neither the disk nor the memory of its monitor; without a limit its log grows',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      const logMaxSize = 64 * 1024;
      const [bounded, free] = ['bounded', 'free'].map((name) => store.makeDirectory(name)) as [
        string,
        string,
      ];
      const start = async (directory: string, more: object): Promise<Container> => {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', 'yes "$(head -c 3000 /dev/zero | tr "\\0" x)"'],
          logPath: path.join(directory, 'log'),
          ...more,
        });
        await container.start();
        return container;
      };
      const limited = await start(bounded, { logMaxSize });
      // The control.
      const unlimited = await start(free, {});
      const before = [await monitorMemory(limited), await monitorMemory(unlimited)] as const;
      while (sizes(free) < 20 * MIB) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sizes(bounded)).toBeLessThan(3 * logMaxSize);
      expect((await monitorMemory(limited)) - before[0]).toBeLessThan(MIB);
      expect((await monitorMemory(unlimited)) - before[1]).toBeLessThan(MIB);
      for (const container of [limited, unlimited]) await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'and whose output nobody reads is held back; what is collected has an end',
    { timeout: 60_000 },
    withStore(async (runtime) => {
      // CVE-2022-1708, CVE-2022-31030: the output of an exec session, kept whole.
      await withSleeper(runtime, { logDriver: 'none' }, async (container) => {
        const before = await monitorMemory(container);
        const unread = container.exec(['sh', '-c', 'yes'], { buffer: false });
        await unread.started();
        const collected = container.exec(['sh', '-c', 'yes'], { maxBuffer: MIB });
        await expect(collected).rejects.toThrow('wrote more than 1048576 bytes and was killed');
        expect((await monitorMemory(container)) - before).toBeLessThan(2 * MIB);
        // The control: with more room more is kept.
        const more = await container.exec(['sh', '-c', 'yes | head -c 3000000'], { maxBuffer: 4 * MIB });
        expect(more.stdout.length).toBe(3_000_000);
        unread.stdout.destroy();
        unread.stderr.destroy();
        await container.stop({ timeout: 0 });
        await unread.then(
          () => undefined,
          () => undefined,
        );
      });
    }),
  );

  it(
    'or makes processes without end is stopped by its limit',
    withStore(async (runtime) => {
      const made = async (options: object): Promise<number> =>
        Number((await run(runtime, ['python3', '-c', FORKS], options)).stdout);
      const limit = await shell(
        runtime,
        'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null',
      );
      expect(limit.stdout.trim()).toBe('2048');
      expect(await made({ resources: { pidsLimit: 20 } })).toBeLessThan(20);
      // The control.
      expect(await made({})).toBe(60);
    }),
  );
});
