import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectCgroups } from '../../src/linux/cgroups/cgroups.js';
import { cgroupDirectory } from '../../src/base/cgroup-hierarchy.js';
import type { Container, Runtime } from '../../src/index.js';
import { killMonitor } from '../support/kill-monitor.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

function sleeper(runtime: Runtime): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
}

const cgroupsOf = (container: Container): string[] =>
  detectCgroups()
    .map((hierarchy) => cgroupDirectory(hierarchy, container.cgroupPath))
    .filter((directory) => existsSync(directory));

describe.runIf(requires({ root: true }))('a sync', () => {
  it(
    'answers what is so, and records the end that nobody saw',
    withStore(async (runtime) => {
      const container = await sleeper(runtime);
      expect(await container.sync()).toMatchObject({ state: 'configured', generation: 0 });
      await container.start();
      expect(await container.sync()).toMatchObject({ state: 'running', pid: await container.pid() });
      await killMonitor(container);
      await container.wait();
      const ended = await container.sync();
      expect(ended).toMatchObject({ state: 'exited', exitCode: -1, pid: 0 });
      // It is recorded once, and stands.
      expect(await container.sync()).toEqual(ended);
      expect(cgroupsOf(container)).toEqual([]);
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a cleanup', () => {
  it(
    'leaves nothing of one that has ended, and refuses one that runs',
    withStore(async (runtime) => {
      const container = await sleeper(runtime);
      await container.cleanup();
      await container.start();
      expect(cgroupsOf(container)).not.toEqual([]);
      await expect(container.cleanup()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(await container.state()).toBe('running');
      await container.stopWithTimeout(0);
      // The monitor says that it has ended before it has cleared everything away itself.
      do await container.cleanup();
      while (cgroupsOf(container).length > 0);
      expect(await container.state()).toBe('exited');
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a stop with a timeout of its own', () => {
  it(
    'does not wait for that of the container',
    withStore(async (runtime) => {
      const script = "trap '' TERM; echo ready; while :; do sleep 0.02; done";
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', script],
        stopTimeout: 100_000,
      });
      await container.start();
      await container.stopWithTimeout(0);
      expect(await container.wait()).toMatchObject({ exitCode: 137, signal: 9 });
      await container.remove();
    }),
  );
});
