import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { TestStore } from '../support/store.js';

/** Lets everything but what is under /forbidden. */
const PROFILE = `profile libpod-test flags=(attach_disconnected,mediate_deleted) {
  file,
  network,
  capability,
  signal,
  deny /forbidden/** rwklx,
}
`;

describe.runIf(requires({ root: true, busybox: true, apparmor: true }))('AppArmor', () => {
  it('confines a container, and what is executed in it, by the profile that is asked for', async () => {
    await using store = TestStore.make();
    const file = path.join(store.directory, 'profile');
    writeFileSync(file, PROFILE);
    execFileSync('apparmor_parser', ['--replace', '--skip-cache', file]);
    try {
      const runtime = await store.open();
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const look = 'cat /proc/self/attr/current; mkdir /forbidden && echo x > /forbidden/x; echo $?';
      const result = await runtime.run({
        rootfs,
        apparmorProfile: 'libpod-test',
        command: ['sh', '-c', look],
      });
      expect(result.stdout).toBe('libpod-test (enforce)\n1\n');
      expect(result.stderr).toContain('Permission denied');
      const container = await runtime.createContainer({
        rootfs,
        apparmorProfile: 'libpod-test',
        command: ['sleep', '1000'],
      });
      await container.start();
      const inside = await container.exec(['cat', '/proc/self/attr/current']);
      expect(inside.stdout).toBe('libpod-test (enforce)\n');
      await container.remove({ force: true, timeout: 0 });
    } finally {
      execFileSync('apparmor_parser', ['--remove', file]);
    }
  });
});
