import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packPath, unpackInto } from '../../src/index.js';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { logOf, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/** Where the IDs of the container begin on the host. */
const FIRST = 300_000;
const MAP = [{ containerID: 0, hostID: FIRST, size: 65536 }];
const MAPPED = { namespaces: { user: 'private' }, uidMappings: MAP } as const;

async function textOf(container: Container): Promise<string> {
  return (await logOf(container)).map(({ data }) => `${data.toString()}\n`).join('');
}

/** A container that waits, for as long as the body runs. */
async function withContainer(
  runtime: Runtime,
  options: CreateOptions,
  body: (container: Container) => Promise<void>,
): Promise<void> {
  const container = await runtime.createContainer({ command: ['sleep', '1000'], ...options });
  try {
    await container.start();
    await body(container);
  } finally {
    await container.remove({ force: true, timeout: 0 });
  }
}

/** What a command in a running container says. */
async function says(container: Container, line: string, options = {}): Promise<string> {
  const { stdout, stderr } = await container.exec(['sh', '-c', line], options);
  return `${stdout}${stderr}`.trim();
}

const owner = (file: string): string => {
  const { uid, gid } = lstatSync(file);
  return `${uid}:${gid}`;
};

describe.runIf(requires({ root: true }))('a container in a user namespace', () => {
  it(
    'has its own root, who is nobody of note outside, and owns its files',
    withStore(async (runtime, store) => {
      await withContainer(runtime, { hostRoot: true, ...MAPPED, user: '7:8' }, async (container) => {
        const pid = await container.pid();
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        expect(status).toMatch(/^Uid:\t300007\t300007\t300007\t300007$/m);
        expect(status).toMatch(/^Gid:\t300008\t/m);
        expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)).toEqual([
          '0',
          '300000',
          '65536',
        ]);
        expect(readlinkSync(`/proc/${pid}/ns/user`)).not.toBe(readlinkSync('/proc/self/ns/user'));
        // Files of the root, of /dev, of the engine and of the host's /usr are root's inside; what is made is its maker's.
        const places = '/ /etc/passwd /dev /dev/null /dev/pts /dev/shm /etc/hosts /usr /usr/bin/env';
        expect(await says(container, `stat -c %u:%g ${places} | sort -u`)).toBe('0:0');
        await says(container, 'touch /new; mkdir /dir; ln -s x /link; rm -rf /home; chown 5:6 /dir', {
          user: '0',
        });
        expect(await says(container, 'stat -c %u:%g /new /dir; id -u')).toBe('0:0\n5:6\n7');
        // The layer holds the container's IDs, so that it can be committed and exported as it stands.
        const upper = path.join(store.root, 'containers', container.id, 'upper');
        expect(['new', 'dir', 'link'].map((name) => owner(path.join(upper, name)))).toEqual([
          '0:0',
          '5:6',
          '0:0',
        ]);
        expect(statSync(path.join(upper, 'home')).isCharacterDevice()).toBe(true);
      });
    }),
  );

  it(
    'can do nothing to the host with all capabilities',
    withStore(async (runtime) => {
      const tries = [
        'mkdir -p /m; mount -t ext4 /dev/vda /m 2>&1 && echo MOUNTED',
        'mknod /disk b 254 0 2>&1 && echo MADE',
        'echo 1 2>&1 > /proc/sys/kernel/panic && echo WROTE',
        'echo b > /proc/sysrq-trigger && echo WROTE',
        'echo -1000 2>&1 > /proc/self/oom_score_adj && echo LOWERED',
        'mount -t tmpfs none /m && echo own mounts are fine',
        'hostname changed && hostname',
        'kill -0 $PPID; nice -n -5 true 2>&1 | head -1',
      ];
      const { stdout, stderr } = await shell(runtime, tries.join('\n'), {
        hostRoot: true,
        ...MAPPED,
        privileged: true,
      });
      expect(stdout + stderr).not.toMatch(/MOUNTED|MADE|WROTE|LOWERED/);
      expect(stdout).toContain('own mounts are fine');
      expect(stdout).toContain('changed');
    }),
  );

  it(
    'has volumes whose files are its own, and binds that show the host’s owners unless they are mapped',
    withStore(async (runtime, store) => {
      const [plain, mapped] = [store.makeDirectory('plain'), store.makeDirectory('mapped')];
      for (const directory of [plain, mapped]) writeFileSync(path.join(directory, 'of-root'), '');
      const mounts = [
        { destination: '/plain', type: 'bind', source: plain, options: ['bind'] },
        { destination: '/mapped', type: 'bind', source: mapped, options: ['bind', 'idmap'] },
        { destination: '/volume', type: 'volume', source: 'things' },
        { destination: '/scratch', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
        { destination: '/over', type: 'overlay', source: mapped },
      ];
      const script = [
        'stat -c "%n %u:%g" /plain/of-root /mapped/of-root /volume /scratch /over/of-root',
        'touch /mapped/made /volume/made /scratch/made /over/made && chown 7:8 /volume/made',
        'touch /plain/made 2>/dev/null || echo refused',
      ];
      const { stdout, stderr } = await shell(runtime, script.join('\n'), {
        hostRoot: true,
        ...MAPPED,
        mounts,
      });
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n')).toEqual([
        '/plain/of-root 65534:65534',
        ...['/mapped/of-root 0:0', '/volume 0:0', '/scratch 0:0', '/over/of-root 0:0', 'refused'],
      ]);
      expect(owner(path.join(mapped, 'made'))).toBe('0:0');
      expect(owner(path.join(runtime.volume('things').mountpoint, 'made'))).toBe('7:8');
      await runtime.removeVolume('things');
    }),
  );

  it(
    'is entered by sessions and attached terminals, and joined by other containers',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const options = {
        rootfs,
        overlay: true,
        ...MAPPED,
        terminal: true,
        stdin: true,
        command: ['sh'],
      };
      await withContainer(runtime, options, async (container) => {
        const user = readlinkSync(`/proc/${await container.pid()}/ns/user`);
        expect(await says(container, 'readlink /proc/self/ns/user; id -u; touch /x; stat -c %u /x')).toBe(
          `${user}\n0\n0`,
        );
        expect(await says(container, 'id -u; id -g; id -G', { user: 'app' })).toBe('1000\n1000\n1000 2000');
        expect(
          await says(container, 'tty; stat -c %u /dev/pts/0 $(tty)', { tty: true, user: 'app' }),
        ).toContain('1000');
        const init = { hostRoot: true, ...MAPPED, init: true, command: ['cat', '/proc/1/comm'] };
        expect((await runtime.run(init)).stdout).toBe('libpod-init\n');
        const other = await runtime.createContainer({
          ...{
            rootfs,
            overlay: true,
            command: [
              'sh',
              '-c',
              'readlink /proc/self/ns/user; touch /y; stat -c %u /y; ls /proc | grep -c ^1$; cat /proc/self/uid_map',
            ],
          },
          namespaces: {
            user: { container: container.id },
            network: { container: container.id },
            ipc: { container: container.id },
            pid: { container: container.id },
          },
        });
        await other.start();
        await other.wait();
        const words = (await textOf(other))
          .trim()
          .split('\n')
          .map((line) => line.trim().replaceAll(/\s+/g, ' '));
        expect(words).toEqual([user, '0', '1', '0 300000 65536']);
        await other.remove();
      });
    }),
  );

  it(
    'stops, starts again, is listed and committed with the container’s own IDs',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const container = await runtime.createContainer({
        rootfs,
        overlay: true,
        ...MAPPED,
        command: ['sh', '-c', 'echo run >> /runs; exec sleep 1000'],
        stopTimeout: 0,
      });
      await container.start();
      expect((await container.inspect()).HostConfig.IDMappings).toEqual({
        UidMap: ['0:300000:65536'],
        GidMap: ['0:300000:65536'],
      });
      const { processes } = await container.top(['user', 'huser', 'pid']);
      expect(processes).toEqual([['root', String(FIRST), '1']]);
      await container.stop();
      await container.start();
      // Its first command may not have run yet.
      expect(await says(container, 'until [ -s /runs ]; do :; done; cat /runs')).toBe('run');
      expect((await container.diff()).map(({ path: changed }) => changed)).toContain('/runs');
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is copied into and out of, and exported, with its own owners while it runs',
    withStore(async (runtime, store) => {
      const from = store.makeDirectory('from');
      writeFileSync(path.join(from, 'file'), 'text');
      chownSync(path.join(from, 'file'), 5, 6);
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const plain = store.makeDirectory('plain');
      chmodSync(plain, 0o777);
      const mounts = [
        { destination: '/volume', type: 'volume', source: 'things' },
        { destination: '/scratch', type: 'tmpfs', source: 'tmpfs' },
        { destination: '/plain', type: 'bind', source: plain, options: ['bind'] },
      ];
      const options = { rootfs, overlay: true, ...MAPPED, user: '7:8', mounts };
      await withContainer(runtime, options, async (container) => {
        for (const place of ['/', '/volume', '/scratch', '/plain'])
          await container.copyIn(place, packPath(from, { name: 'archived/deep' }));
        await container.copyIn('/', packPath(from, { name: 'own' }), { owner: 'container' });
        const copies = ['', '/volume', '/scratch', '/plain'].map((place) => `${place}/archived/deep/file`);
        expect(await says(container, `stat -c %u:%g ${copies.join(' ')} | sort -u`)).toBe('5:6');
        expect(await says(container, 'stat -c %u:%g /archived /archived/deep /own /own/file')).toBe(
          '0:0\n0:0\n7:8\n7:8',
        );
        expect(await container.stat('/archived/deep/file')).toMatchObject({ uid: 5, gid: 6 });
        // What is not mapped is nobody's, and nothing can be given to whom the namespace does not have.
        expect(await container.stat('/plain')).toMatchObject({ uid: 65534, gid: 65534 });
        chownSync(path.join(from, 'file'), 70_000, 0);
        await expect(container.copyIn('/', packPath(from, { name: 'far' }))).rejects.toThrow(
          'the user of far/file is 70000, which the user namespace of the container does not have',
        );
        // Outside they are what the host has.
        expect(owner(path.join(plain, 'archived/deep/file'))).toBe(`${FIRST + 5}:${FIRST + 6}`);
        for (const archive of [await container.copyOut('/archived', {}), await container.export()]) {
          const into = store.makeDirectory(`out-${randomUUID()}`);
          await unpackInto(into, archive);
          expect(owner(path.join(into, 'archived/deep/file'))).toBe('5:6');
        }
      });
      await runtime.removeVolume('things');
    }),
  );
});
