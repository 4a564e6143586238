import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { setFileCapabilities } from '../../src/linux.js';
import { bundleOf } from '../support/bundles.js';
import { requires } from '../support/requires.js';
import { busyboxRoot, compileC } from '../support/rootfs.js';
import { run } from '../support/run.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

/** Writes a file out, with whatever the program was given; busybox would give it up first. */
const SHOW = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **words) {
  char text[4096];
  int file = open(words[count - 1], O_RDONLY);
  if (file < 0) perror("open");
  ssize_t size = read(file, text, sizeof text);
  return size < 0 || write(1, text, size) != size;
}
`;

const STATUS = ['grep', '-E', '^(Uid|CapEff)', '/proc/self/status'];
const CHOWN = '0000000000000001';
const NONE = '0000000000000000';

describe.runIf(requires({ root: true, busybox: true }))('a user who is not root', () => {
  it(
    'gains no capability from a file that has inheritable ones',
    withStore(async (runtime, store) => {
      // CVE-2022-24769, CVE-2022-27649, CVE-2022-27650, CVE-2022-29162. capabilities(7): P'(permitted) has what is inheritable
      // both to the process and to the file.
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const program = compileC(path.join(rootfs, 'bin'), 'gain', SHOW);
      await setFileCapabilities(program, { effective: true, permitted: [], inheritable: ['chown'] });
      const command = ['/bin/gain', '/proc/self/status'];
      const options = { rootfs, command, user: 'app' };
      expect((await run(runtime, command, options)).stdout).toContain(`CapEff:\t${NONE}`);
      await withSleeper(runtime, { rootfs, user: 'app' }, async (container) => {
        for (const more of [{}, { user: '1000:1000' }, { privileged: true, user: '1000:1000' }])
          expect([more, (await container.exec(command, more)).stdout]).toEqual([
            more,
            expect.stringContaining(`CapEff:\t${NONE}`),
          ]);
      });
      // The control: the same container with an inheritable set.
      const bundle = await bundleOf(runtime, path.join(store.directory, 'bundle'), options, ({ process }) => {
        if (process?.capabilities !== undefined) process.capabilities.inheritable = ['CAP_CHOWN'];
      });
      expect((await run(runtime, command, { bundle })).stdout).toContain(`CapEff:\t${CHOWN}`);
    }),
  );

  it(
    'does not become root by a number that is out of range, nor by a name that is a number',
    withStore(async (runtime, store) => {
      // CVE-2024-40635, CVE-2026-46680, CVE-2016-3697, CVE-2026-30892.
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      writeFileSync(
        path.join(rootfs, 'etc/passwd'),
        'root:x:0:0:root:/root:/bin/sh\n1000:x:0:0::/:/bin/sh\nlarge:x:4294967296:0::/:/bin/sh\nminus:x:-1:-1::/:/bin/sh\n',
      );
      const users = [
        '4294967296',
        '4294967295',
        '-1',
        '0:0:0',
        '1:4294967296',
        '1:-1',
        'large',
        'minus',
        '0x0',
        '+0',
        ' 0',
      ];
      for (const user of users) await expect(run(runtime, STATUS, { rootfs, user }), user).rejects.toThrow();
      // The control: cut down to the kernel's 32 bits, the first of them is root.
      expect(Number(users[0]) >>> 0).toBe(0);
      await withSleeper(runtime, { rootfs }, async (container) => {
        for (const user of users) await expect(container.exec(STATUS, { user }), user).rejects.toThrow();
        // A number is a number, whoever has it for a name.
        expect((await container.exec(STATUS, { user: '1000' })).stdout).toContain('Uid:\t1000\t1000');
      });
    }),
  );

  it(
    'is kept out by a group’s missing permission, also through a program that changes the group',
    withStore(async (runtime, store) => {
      // CVE-2022-2989, CVE-2022-2990, CVE-2022-2995, CVE-2022-36109, CVE-2023-25173: a setgid program replaces the group, and
      // if that is not among the supplementary ones, what it is denied is open.
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const secret = path.join(rootfs, 'secret');
      writeFileSync(secret, 'not for group 1000\n');
      chownSync(secret, 0, 1000);
      chmodSync(secret, 0o604);
      const cat = compileC(path.join(rootfs, 'bin'), 'setgid', SHOW);
      chownSync(cat, 0, 3000);
      chmodSync(cat, 0o2755);
      const command = ['/bin/setgid', '/secret'];
      for (const user of ['app', '1000:1000', '1000']) {
        const options = { rootfs, command, user };
        const { stdout, stderr } = await run(runtime, command, options);
        expect([user, stdout, stderr]).toEqual([user, '', expect.stringContaining('Permission denied')]);
      }
      await withSleeper(runtime, { rootfs }, async (container) => {
        for (const user of ['app', '1000:1000'])
          expect((await container.exec(command, { user })).stderr).toContain('Permission denied');
      });
      // The control: the same container without its group among the supplementary ones.
      const options = { rootfs, command, user: 'app' };
      const bundle = await bundleOf(runtime, path.join(store.directory, 'bundle'), options, ({ process }) => {
        if (process?.user !== undefined) process.user.additionalGids = [];
      });
      expect((await run(runtime, command, { bundle })).stdout).toBe('not for group 1000\n');
    }),
  );
});
