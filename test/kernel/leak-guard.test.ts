import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';
import { LeakGuard } from '../support/leak-guard.js';
import { requires } from '../support/requires.js';
import { TestStore } from '../support/store.js';

/** A guard that finds nothing may be blind: each kind of leak is made on purpose here. */
describe.runIf(requires({ root: true }))('the leak guard', () => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  /** A guard with no patience is enough: what is leaked here does not go away. */
  async function leaksOf(leak: (store: TestStore) => Promise<void> | void): Promise<string[]> {
    const store = TestStore.make();
    undo.push(() => rmSync(store.directory, { recursive: true, force: true }));
    const { root, runRoot, cgroupParent, directory } = store;
    mkdirSync(path.join(root, 'containers'), { recursive: true });
    const guard = new LeakGuard({ directories: [directory], root, runRoot, cgroupParent });
    await leak(store);
    return guard.differences(0);
  }

  it('sees a descriptor', async () => {
    const found = await leaksOf(() => {
      const fd = openSync('/etc/passwd', 'r');
      undo.push(() => closeSync(fd));
    });
    expect(found).toEqual(['descriptors: /etc/passwd is new']);
  });

  it('sees a mount', async () => {
    const found = await leaksOf((store) => {
      const target = store.makeDirectory('mounted');
      execFileSync('mount', ['-t', 'tmpfs', 'leak', target]);
      undo.push(() => execFileSync('umount', [target]));
    });
    expect(found).toEqual([expect.stringMatching(/^mounts: tmpfs at .*\/mounted is new$/)]);
  });

  it('sees a cgroup', async () => {
    const [hierarchy] = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).filter(({ type }) =>
      /^cgroup2?$/.test(type),
    );
    const found = await leaksOf((store) => {
      const directory = path.join(hierarchy?.mountpoint ?? '', store.cgroupParent);
      mkdirSync(directory);
      undo.push(() => rmdirSync(directory));
    });
    expect(found).toEqual([expect.stringMatching(/^cgroups: .*libpod-test-.* is new$/)]);
  });

  it('sees a process of its own, and a stranger that holds a file', async () => {
    const found = await leaksOf(async (store) => {
      writeFileSync(path.join(store.directory, 'held'), '');
      const script = 'sleep 60 3<held & until [ -e /proc/$!/fd/3 ]; do :; done; echo $!; wait';
      const child = spawn('sh', ['-c', script], {
        cwd: store.directory,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [pid] = (await once(child.stdout, 'data')) as [Buffer];
      undo.push(
        () => once(child, 'exit'),
        () => child.kill('SIGKILL'),
        () => process.kill(Number(String(pid)), 'SIGKILL'),
      );
    });
    expect(found.filter((line) => line.startsWith('processes: '))).toEqual([
      expect.stringMatching(/\((sh|sleep)\) is new$/),
      expect.stringMatching(/\((sh|sleep)\) is new$/),
    ]);
  });

  it('sees a file of a container', async () => {
    const found = await leaksOf((store) => writeFileSync(path.join(store.root, 'containers', 'abc'), ''));
    expect(found).toEqual([expect.stringMatching(/^files: .*\/containers\/abc is new$/)]);
  });
});
