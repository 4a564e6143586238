import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packPath } from '../../src/index.js';
import { bytesOf } from '../support/archives.js';
import { requires } from '../support/requires.js';
import { busyboxRoot, compileC } from '../support/rootfs.js';
import { shell } from '../support/run.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

/** Opens what each name leads to without running it, then for writing through that descriptor; says the errno, or 0. */
const OVERWRITE = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **names) {
  for (int at = 1; at < count; at++) {
    char path[64];
    int held = open(names[at], O_PATH);
    snprintf(path, sizeof path, "/proc/self/fd/%d", held);
    int file = open(path, O_WRONLY);
    printf("%s %d\\n", names[at], held < 0 || file < 0 ? errno : 0);
  }
  return 0;
}
`;
const EROFS = 30;

describe.runIf(requires({ root: true, busybox: true }))('what the engine executes', () => {
  it(
    'cannot be written to through /proc/PID/exe of the container’s init',
    withStore(async (runtime, store) => {
      // CVE-2019-5736. The init of a container is the monitor's own program, and stays in sight.
      const source = compileC(store.makeDirectory('bin'), 'overwrite', OVERWRITE);
      const mounts = [{ destination: '/overwrite', type: 'bind', source, options: ['bind', 'ro'] }];
      const { stdout } = await shell(runtime, 'cp /bin/true /tmp/other; /overwrite /proc/1/exe /tmp/other', {
        mounts,
        init: true,
        capAdd: ['all'],
        seccomp: 'unconfined',
      });
      // The control is a program of the container's own, which no mount protects.
      expect(stdout).toBe(`/proc/1/exe ${EROFS}\n/tmp/other 0\n`);
    }),
  );

  it(
    'is not what a container starts that names /proc/self/exe as its program',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const helper = new URL('../../build/Release/libpod-monitor', import.meta.url);
      const before = readFileSync(helper);
      // At that moment it is the monitor's program: harmless, as it runs as the container does, and on a read-only mount.
      const container = await runtime.createContainer({ rootfs, command: ['/proc/self/exe', 'x'] });
      await container.start().then(
        () => container.wait(),
        (error: Error) => expect(error.message).toContain('/proc/self/exe'),
      );
      await container.remove({ force: true, timeout: 0 });
      expect(readFileSync(helper).equals(before)).toBe(true);
    }),
  );

  it(
    'is nothing of the container: not for a listing, a copy, a commit, a user’s name, nor to unpack',
    withStore(async (runtime, store) => {
      // CVE-2022-1227, CVE-2019-14271, CVE-2026-41567: a helper program or library that is found in the container's root.
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const shared = store.makeDirectory('shared');
      const log = path.join(shared, 'ran');
      // Says in which mount namespace it runs, and as whom it was called.
      const trap = `#!/bin/busybox sh\nbusybox readlink /proc/self/ns/mnt >> /shared/ran || busybox readlink /proc/self/ns/mnt >> ${log}\nexec /bin/busybox "\${0##*/}" "$@"\n`;
      const names = 'ps top tar gzip zstd xz nsenter id getent mount umount cp cat sh passwd'.split(' ');
      for (const name of names) {
        execFileSync('rm', ['-f', path.join(rootfs, 'bin', name)]);
        writeFileSync(path.join(rootfs, 'bin', name), trap, { mode: 0o755 });
      }
      // What a C library would load to look up a user (nsswitch.conf(5)).
      writeFileSync(path.join(rootfs, 'etc/nsswitch.conf'), 'passwd: evil\ngroup: evil\n');
      writeFileSync(path.join(rootfs, 'etc/ld.so.preload'), '/evil.so\n');
      writeFileSync(path.join(rootfs, 'evil.so'), 'no library');
      const mounts = [{ destination: '/shared', type: 'bind', source: shared, options: ['rbind'] }];
      await withSleeper(
        runtime,
        { rootfs, mounts, command: ['/bin/busybox', 'sleep', '100000'] },
        async (container) => {
          await container.top();
          await container.top(['user', 'group', 'args']);
          await container.inspect();
          await container.stat('/etc/passwd');
          await bytesOf(await container.copyOut('/etc'));
          await container.copyIn('/tmp', packPath(rootfs, { name: 'copied' }));
          await bytesOf(await container.export());
          await container.exec(['/bin/busybox', 'true'], { user: 'app:extra' });
          expect(existsSync(log)).toBe(false);
          // The control: whatever runs one of them leaves a trace.
          await container.exec(['tar', '--help']);
          const inside = readFileSync(log, 'utf8').trim();
          expect(inside).toMatch(/^mnt:\[\d+\]$/);
          expect(inside).not.toBe(readlinkSync('/proc/self/ns/mnt'));
        },
      );
    }),
  );
});
