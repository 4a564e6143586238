import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

describe.runIf(requires({ root: true }))('a follower of a log', () => {
  it.each(['restart', 'stop and start'] as const)(
    'ends with the run that it follows, though somebody starts the container again: %s',
    async (how) =>
      withStore(async (runtime) => {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', 'echo run; exec sleep 100000'],
        });
        await container.start();
        // A reader that is slow: it asks for more only when the container runs again.
        const entries = container.logs({ follow: true })[Symbol.asyncIterator]();
        expect((await entries.next()).value).toMatchObject({ stream: 'stdout' });
        if (how === 'restart') await container.restart({ timeout: 0 });
        else {
          await container.stop({ timeout: 0 });
          await container.start();
        }
        let more = 0;
        while ((await entries.next()).done !== true) more++;
        expect(more).toBeLessThanOrEqual(1);
        expect(await container.state()).toBe('running');
        await container.remove({ force: true, timeout: 0 });
      })(),
  );

  it(
    'ends at the moment up to which it is asked for, with what was written by then',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo run; exec sleep 100000'],
      });
      await container.start();
      const until = new Date(Date.now() + 3_600_000);
      for await (const { data } of container.logs({ follow: true, until })) {
        expect(data.toString()).toBe('run');
        break;
      }
      const lines: string[] = [];
      for await (const { data } of container.logs({ follow: true, until: new Date() }))
        lines.push(data.toString());
      expect(lines).toEqual(['run']);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'goes on over the runs of a restart policy, to the end of the last',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        restartPolicy: 'on-failure:2',
        command: ['sh', '-c', 'echo run; exit 3'],
      });
      await container.start();
      const lines: string[] = [];
      for await (const { data } of container.logs({ follow: true })) lines.push(data.toString());
      expect(lines).toEqual(['run', 'run', 'run']);
      expect(await container.exitCode()).toBe(3);
      await container.remove();
    }),
  );
});
