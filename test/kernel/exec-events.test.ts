import { describe, expect, it } from 'vitest';
import type { LibpodEvent, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

async function eventsOf(runtime: Runtime, ...statuses: LibpodEvent['status'][]): Promise<LibpodEvent[]> {
  const found: LibpodEvent[] = [];
  for await (const event of runtime.events({
    since: new Date(0),
    follow: false,
    filters: { event: statuses },
  }))
    found.push(event);
  return found;
}

describe.runIf(requires({ root: true }))('events', () => {
  it(
    'tell of each exec session its beginning and its end, by the monitor',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      await container.start();
      await container.exec(['sh', '-c', 'exit 7']);
      const id = await container.execCreate(['sh', '-c', 'exit 3']);
      await container.execStart(id);
      // Nobody is attached to it: its end is awaited where it is told.
      while ((await eventsOf(runtime, 'exec_died')).length < 2);
      const told = await eventsOf(runtime, 'exec', 'exec_died');
      expect(told.map(({ status, exitCode }) => [status, exitCode])).toEqual([
        ['exec', undefined],
        ['exec_died', 7],
        ['exec', undefined],
        ['exec_died', 3],
      ]);
      expect(new Set(told.map(({ key }) => key)).size).toBe(4);
      expect(told.slice(2).every(({ key }) => key.endsWith(`.${id}`))).toBe(true);
      expect(told.every((event) => event.id === container.id)).toBe(true);
      // A command that is not there has no session.
      await expect(container.exec(['/none'])).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' });
      expect(await eventsOf(runtime, 'exec', 'exec_died')).toHaveLength(4);
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'tell of a mount and an unmount that were asked for, and of an attach',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'], stdin: false });
      await container.mount();
      await container.mount();
      expect(await container.unmount()).toBe(true);
      expect(await container.unmount({ force: true })).toBe(true);
      expect(await container.unmount()).toBe(false);
      const { stdout } = await container.startAndAttach();
      stdout.resume();
      await container.wait();
      const told = await eventsOf(runtime, 'mount', 'unmount', 'attach');
      expect(told.map(({ status }) => status)).toEqual(['mount', 'mount', 'unmount', 'unmount', 'attach']);
      await container.remove();
    }),
  );
});
