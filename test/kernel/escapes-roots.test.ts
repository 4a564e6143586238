import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';
import { MASKED_PATHS } from '../../src/spec/paths.js';
import { bundleOf } from '../support/bundles.js';
import { requires } from '../support/requires.js';
import { busyboxRoot, compileC } from '../support/rootfs.js';
import { run, shell } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

/** Exchanges two names for ever: renameat2(2), RENAME_EXCHANGE. */
const SWAPPER = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **names) {
  puts("ready");
  fflush(stdout);
  for (;;) syscall(SYS_renameat2, AT_FDCWD, names[1], AT_FDCWD, names[2], 2);
}
`;

/** A container that exchanges two names of its own; it swaps when this resolves. */
async function swapping(
  runtime: Runtime,
  names: readonly string[],
  options: CreateOptions,
): Promise<Container> {
  const container = await runtime.createContainer({ ...options, command: ['/swap', ...names] });
  await container.start();
  for await (const _ of container.logs({ follow: true })) break;
  return container;
}

const gone = (container: Container): Promise<void> => container.remove({ force: true, timeout: 0 });

/** A root with the swapper in it. */
function rootWithSwapper(store: TestStore): string {
  const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
  compileC(rootfs, 'swap', SWAPPER);
  return rootfs;
}

const ROUNDS = 8;

describe.runIf(requires({ root: true, busybox: true }))('a root that is hostile', () => {
  it(
    'and whose /proc is a link that is swapped meanwhile keeps nothing of /proc unmasked',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      // CVE-2019-19921: /proc is mounted where the link leads, and masked where it leads a moment later. While masks were
      // looked up from the root, every second container of this test had a /proc without some of them.
      const rootfs = rootWithSwapper(store);
      rmdirSync(path.join(rootfs, 'proc'));
      for (const name of ['p1', 'p2']) mkdirSync(path.join(rootfs, name));
      symlinkSync('now', path.join(rootfs, 'proc'));
      symlinkSync('p1', path.join(rootfs, 'now'));
      symlinkSync('p2', path.join(rootfs, 'then'));
      const attacker = await swapping(runtime, ['/now', '/then'], { rootfs });
      // The control: who looks twice is led to two places.
      const first = realpathSync(path.join(rootfs, 'proc'));
      while (realpathSync(path.join(rootfs, 'proc')) === first);
      const masked = MASKED_PATHS.filter((file) => file.startsWith('/proc/') && existsSync(file));
      for (let round = 0; round < ROUNDS; round++) {
        const victim = run(
          runtime,
          ['sh', '-c', 'cat /p1/self/mountinfo /p2/self/mountinfo 2>/dev/null; true'],
          { rootfs },
        );
        const mounts = parseMountinfo(
          await victim.then(
            ({ stdout }) => stdout,
            (error: Error) => {
              // It was noticed, and the container does not run.
              expect(error.message).toMatch(/cannot (mask|make) \/proc\/.*another process changes the root/);
              return '';
            },
          ),
        );
        for (const { mountpoint } of mounts.filter(({ type, root }) => type === 'proc' && root === '/')) {
          const above = mounts.filter((mount) => mount.mountpoint.startsWith(`${mountpoint}/`));
          const places = above.map((mount) => mount.mountpoint.slice(mountpoint.length));
          expect(places).toEqual(expect.arrayContaining(masked.map((file) => file.slice('/proc'.length))));
          expect(above.find((mount) => mount.mountpoint === `${mountpoint}/sys`)?.options).toContain('ro');
        }
      }
      await gone(attacker);
    }),
  );

  it(
    'and a volume whose directories are swapped for links lead no mount out of the container',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      // CVE-2021-30465: a mount beneath a volume that another container writes to.
      const rootfs = rootWithSwapper(store);
      const volume = store.makeDirectory('volume');
      const outside = store.makeDirectory('outside');
      mkdirSync(path.join(volume, 'here'));
      symlinkSync(outside, path.join(volume, 'evil'));
      const shared = { destination: '/v', type: 'bind', source: volume, options: ['rbind', 'rw'] };
      const attacker = await swapping(runtime, ['/v/here', '/v/evil'], { rootfs, mounts: [shared] });
      const victim = async (name: string): Promise<unknown> => {
        const mounts = [
          shared,
          { destination: `/v/here/${name}`, type: 'tmpfs', source: 'tmpfs', options: [] },
          {
            destination: `/v/here/file-${name}`,
            type: 'bind',
            source: path.join(rootfs, 'etc/passwd'),
            options: ['bind'],
          },
        ];
        // Beneath the root the link leads to nothing, so that a directory is made there; or the kernel gives up.
        return run(runtime, ['true'], { rootfs, mounts }).catch((error: Error) => error);
      };
      for (let round = 0; round < ROUNDS; round += 2)
        await Promise.all([victim(`a${round}`), victim(`b${round}`)]);
      expect(readdirSync(outside)).toEqual([]);
      // The control: who makes the directory by its path on the host is led out.
      for (let at = 0; readdirSync(outside).length === 0; at++)
        try {
          mkdirSync(path.join(volume, `here/control-${at}`));
        } catch {
          // Between two renames there was nothing; the next one finds it.
        }
      await gone(attacker);
    }),
  );

  it(
    'has links at /dev, /proc, /sys, /etc, at a mount’s place and at the working directory, and none leads outside',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const outside = store.makeDirectory('outside');
      const source = path.join(store.directory, 'source');
      writeFileSync(source, 'mounted\n');
      for (const [at, name] of ['dev', 'proc', 'sys', 'etc', 'run', 'work', 'mnt'].entries()) {
        rmSync(path.join(rootfs, name), { recursive: true, force: true });
        mkdirSync(path.join(outside, name));
        const target = path.join(outside, name);
        symlinkSync(at % 2 === 0 ? target : `../../../../../../../..${target}`, path.join(rootfs, name));
        // The control: on the host each of them leads out.
        expect(realpathSync(path.join(rootfs, name))).toBe(target);
      }
      const { stdout, exitCode } = await shell(
        runtime,
        'pwd; test -c /dev/null && test -d /proc/self && test -d /sys/class && test -f /etc/hosts && test -f /run/.containerenv && cat /mnt/deep/file',
        {
          rootfs,
          cwd: '/work/made',
          mounts: [{ destination: '/mnt/deep/file', type: 'bind', source, options: ['bind'] }],
        },
      );
      expect([exitCode, stdout]).toEqual([0, `${outside}/work/made\nmounted\n`]);
      for (const name of readdirSync(outside))
        expect([name, readdirSync(path.join(outside, name))]).toEqual([name, []]);
    }),
  );

  it(
    'and that has replaced /dev/null, /dev/console and /dev/ptmx gets masks and a terminal all the same, or does not run',
    withStore(async (runtime, store) => {
      // CVE-2025-31133, CVE-2025-52565: what is mounted for a mask or a console came from the root. A bundle without a
      // /dev of its own shows the root's.
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const loot = path.join(store.directory, 'loot');
      writeFileSync(loot, 'of the host');
      const masked = MASKED_PATHS.find((file) => existsSync(file) && statSync(file).isFile()) ?? '';
      const command = ['stat', '-c', '%t:%T', masked];
      const started = async (terminal: boolean): Promise<string> => {
        const bundle = await bundleOf(
          runtime,
          path.join(store.directory, 'bundle'),
          { rootfs, command },
          (spec) => {
            spec.mounts = (spec.mounts ?? []).filter(({ destination }) => !destination.startsWith('/dev'));
            if (spec.process !== undefined) spec.process.terminal = terminal;
          },
        );
        return (await run(runtime, command, { bundle })).stdout;
      };
      const dev = (name: string): string => path.join(rootfs, 'dev', name);
      for (const target of [loot, '/proc/sys/kernel/core_pattern', '/etc/passwd', '/bin/busybox']) {
        symlinkSync(target, dev('null'));
        await expect(started(false)).rejects.toThrow('cannot make device /dev/null');
        rmSync(dev('null'));
      }
      writeFileSync(dev('null'), 'mine');
      await expect(started(false)).rejects.toThrow('cannot make device /dev/null');
      rmSync(dev('null'));
      mkdirSync(dev('pts'));
      for (const target of [loot, '/dev/zero', '/proc/self/fd/0', '/etc/passwd']) {
        symlinkSync(target, dev('pts/ptmx'));
        await expect(started(true)).rejects.toThrow('cannot open a terminal');
        rmSync(dev('pts/ptmx'));
      }
      expect(await started(false)).toBe('1:3\n');
      expect(readFileSync(loot, 'utf8')).toBe('of the host');
    }),
  );
});
