import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { readMounts } from '../../src/linux.js';
import { archiveOf, bytesOf, listWithTar } from '../support/archives.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

/** A busybox root with something to fill volumes from. */
function filledRoot(store: TestStore): string {
  const root = busyboxRoot(store.makeDirectory('rootfs'));
  const data = path.join(root, 'srv/data');
  mkdirSync(path.join(data, 'sub'), { recursive: true });
  writeFileSync(path.join(data, 'file'), 'from the root');
  linkSync(path.join(data, 'file'), path.join(data, 'sub/again'));
  symlinkSync('../../../../../../etc/passwd', path.join(data, 'link'));
  chownSync(path.join(data, 'file'), 1234, 4321);
  chmodSync(path.join(data, 'file'), 0o4711);
  chownSync(data, 1000, 2000);
  chmodSync(data, 0o750);
  return root;
}

/** A volume as one of the mounts of a container. */
function volume(source: string | undefined, destination: string, ...options: string[]) {
  return { type: 'volume', ...(source !== undefined && { source }), destination, options };
}

/** Runs a command in a container, which is removed, and answers what it said. */
async function sh(runtime: Runtime, options: CreateOptions, script: string): Promise<string> {
  const { stdout, exitCode, stderr } = await runtime.run({ ...options, command: ['sh', '-c', script] });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

async function ended(container: Container): Promise<number> {
  await container.start();
  return (await container.wait()).exitCode;
}

const can = requires({ root: true, busybox: true });

describe.runIf(can)('a volume', () => {
  it(
    'is made, found, listed and removed, and its name is its own',
    withStore(async (runtime) => {
      const labels = { app: 'web' };
      const made = await runtime.createVolume({ name: 'data', labels });
      expect(made).toMatchObject({ name: 'data', driver: 'local', labels, anonymous: false, containers: [] });
      expect(statSync(made.mountpoint).mode & 0o7777).toBe(0o755);
      await expect(runtime.createVolume({ name: 'data' })).rejects.toMatchObject({ code: 'ERR_NAME_IN_USE' });
      const unnamed = await runtime.createVolume();
      expect(unnamed.name).toMatch(/^[0-9a-f]{64}$/);
      expect(runtime.volume(unnamed.name.slice(0, 10)).name).toBe(unnamed.name);
      expect(runtime.volumes().map(({ name }) => name)).toEqual([unnamed.name, 'data'].sort());
      expect(runtime.volumes(({ anonymous }) => anonymous)).toHaveLength(1);
      expect(() => runtime.volume('none')).toThrow('no such volume');
      expect([runtime.hasVolume('data'), runtime.hasVolume('dat')]).toEqual([true, false]);
      await runtime.removeVolume('data');
      await expect(runtime.removeVolume('data')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_VOLUME' });
      expect(await runtime.pruneVolumes()).toEqual({ removed: [unnamed.name], freed: 0 });
    }),
  );

  it(
    'tells of its beginning and of its end',
    withStore(async (runtime) => {
      const seen: string[] = [];
      const events = runtime.events({ filters: { type: ['volume'] }, until: new Date(Date.now() + 60_000) });
      await runtime.createVolume({ name: 'data' });
      await runtime.removeVolume('data');
      for await (const { type, status, name } of events) {
        seen.push(`${type} ${status} ${name}`);
        if (status === 'remove') break;
      }
      expect(seen).toEqual(['volume create data', 'volume remove data']);
    }),
  );

  it(
    'with wrong options is refused in one sentence, and nothing of it stays',
    withStore(async (runtime) => {
      for (const [options, sentence] of [
        [{ name: '../x' }, 'is not valid'],
        [{ name: '' }, 'is not valid'],
        [{ driver: 'nfs' }, 'driver nfs'],
        [{ options: { size: '1m' } }, '"size" is not known'],
        [{ options: { o: 'size=1m' } }, 'use it with type=tmpfs'],
        [{ options: { o: 'nodev' } }, 'needs a type'],
        [{ options: { o: 'uid=-1' } }, 'uid=-1 is no ID'],
        [{ options: { device: '/x' } }, 'needs a type'],
        [{ options: { o: 'bind', device: 'x' } }, 'absolute'],
        [{ options: { o: 'bind,size=1m', device: '/x' } }, 'cannot be used with bind'],
      ] as const)
        await expect(runtime.createVolume(options)).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_INVALID_(ARGUMENT|NAME)$/) as string,
          message: expect.stringContaining(sentence) as string,
        });
      expect(runtime.volumes()).toEqual([]);
    }),
  );

  it(
    'begins with what the root has there, once, and outlives its containers',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const used = { rootfs, overlay: true, mounts: [volume('data', '/srv/data')] };
      expect(await sh(runtime, used, 'cat /srv/data/file; echo more > /srv/data/new')).toBe('from the root');
      const { mountpoint, needsCopyUp } = runtime.volume('data');
      expect(needsCopyUp).toBe(false);
      const file = statSync(path.join(mountpoint, 'file'));
      expect([file.mode & 0o7777, file.uid, file.gid, file.nlink]).toEqual([0o4711, 1234, 4321, 2]);
      expect(lstatSync(path.join(mountpoint, 'link')).isSymbolicLink()).toBe(true);
      const directory = statSync(mountpoint);
      expect([directory.mode & 0o7777, directory.uid, directory.gid]).toEqual([0o750, 1000, 2000]);
      // What is removed stays so: only the first use fills it.
      expect(await sh(runtime, used, 'cat /srv/data/new; rm -r /srv/data/*')).toBe('more\n');
      expect(await sh(runtime, used, 'ls /srv/data')).toBe('');
      expect(existsSync(path.join(rootfs, 'srv/data/file'))).toBe(true);
      await runtime.removeVolume('data');
    }),
  );

  it(
    'is not filled where nocopy says so, nor if something is in it',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const of = (name: string, ...options: string[]) => ({
        rootfs,
        mounts: [volume(name, '/srv/data', ...options)],
      });
      expect(await sh(runtime, of('a', 'nocopy'), 'ls -A /srv/data; stat -c %u:%g:%a /srv/data')).toBe(
        '1000:2000:750\n',
      );
      expect(await sh(runtime, of('a'), 'ls -A /srv/data')).toBe('');
      writeFileSync(path.join((await runtime.createVolume({ name: 'b' })).mountpoint, 'mine'), '');
      expect(await sh(runtime, of('b'), 'ls -A /srv/data')).toBe('mine\n');
      await runtime.pruneVolumes();
    }),
  );

  it(
    'belongs to whom the container runs as, where the root has no such directory; with U in any case',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const as = (name: string, destination: string, ...options: string[]) => ({
        ...{ rootfs, overlay: true, user: 'app', mounts: [volume(name, destination, ...options)] },
      });
      expect(await sh(runtime, as('a', '/new/place'), 'touch /new/place/x; stat -c %u:%g /new/place')).toBe(
        '1000:1000\n',
      );
      const list = 'cd /srv/data; stat -c %n:%u:%g . file sub sub/again link';
      expect(await sh(runtime, as('b', '/srv/data', 'U'), list)).toBe(
        ['.', 'file', 'sub', 'sub/again', 'link'].map((name) => `${name}:1000:1000\n`).join(''),
      );
      // The link led out: what it names on the host is not touched.
      expect(statSync('/etc/passwd').uid).toBe(0);
      await runtime.createVolume({ name: 'c', options: { o: 'uid=7,gid=8' } });
      expect(await sh(runtime, as('c', '/srv/data'), 'stat -c %u:%g /srv/data')).toBe('7:8\n');
      await runtime.pruneVolumes();
    }),
  );

  it(
    'that is a directory or a file of the host is given to the container by U, but what the host stands on is not',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const source = store.makeDirectory('given');
      mkdirSync(path.join(source, 'sub'));
      writeFileSync(path.join(source, 'sub/file'), '');
      symlinkSync('/etc/passwd', path.join(source, 'link'));
      const alone = path.join(store.directory, 'alone');
      writeFileSync(alone, '');
      symlinkSync(source, path.join(store.directory, 'way'));
      const bind = (from: string, destination: string) => ({
        ...{ type: 'bind', source: from, destination, options: ['rbind', 'U'] },
      });
      const given = (...mounts: ReturnType<typeof bind>[]) => ({
        rootfs,
        overlay: true,
        user: 'app',
        mounts,
      });
      const mounts = [bind(path.join(store.directory, 'way'), '/srv/data'), bind(alone, '/srv/alone')];
      const list = 'stat -c %u:%g /srv/data /srv/data/sub /srv/data/sub/file /srv/data/link /srv/alone';
      expect(await sh(runtime, given(...mounts), list)).toBe('1000:1000\n'.repeat(5));
      expect(statSync('/etc/passwd').uid).toBe(0);
      const uidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
      const ids = { namespaces: { user: 'private' }, uidMappings, gidMappings: uidMappings } as const;
      expect(await sh(runtime, { ...given(...mounts), ...ids }, list)).toBe('1000:1000\n'.repeat(5));
      expect(statSync(path.join(source, 'sub/file')).uid).toBe(201_000);
      await expect(sh(runtime, given(bind('/etc', '/srv/etc')), 'true')).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('give /etc to the container') as string,
      });
      expect(statSync('/etc').uid).toBe(0);
    }),
  );

  it(
    'is filled beneath the root alone, whatever links the root has',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const secret = store.makeDirectory('secret');
      writeFileSync(path.join(secret, 'key'), 'secret');
      symlinkSync(secret, path.join(rootfs, 'out'));
      symlinkSync('../../../../../..' + secret, path.join(rootfs, 'srv/up'));
      symlinkSync('/srv/data', path.join(rootfs, 'within'));
      const ls = (name: string, destination: string) =>
        sh(runtime, { rootfs, overlay: true, mounts: [volume(name, destination)] }, `ls -A ${destination}/`);
      expect(await ls('a', '/out')).toBe('');
      expect(await ls('b', '/srv/up')).toBe('');
      expect(await ls('c', '/within')).toBe('file\nlink\nsub\n');
      expect(statSync(secret).uid).toBe(0);
      expect(readdirSync(secret)).toEqual(['key']);
      await runtime.pruneVolumes();
    }),
  );

  it(
    'can be read-only, and is told by inspect and by lists',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const container = await runtime.createContainer({
        ...{ rootfs, overlay: true, command: ['sh', '-c', 'echo x > /srv/data/file'] },
        mounts: [volume('data', '/srv/data', 'ro')],
      });
      expect(await ended(container)).not.toBe(0);
      const { Mounts } = await container.inspect();
      const { mountpoint } = runtime.volume('data');
      expect(Mounts[0]).toMatchObject({ Type: 'volume', Name: 'data', Source: mountpoint, RW: false });
      const [row] = await runtime.containers(({ volumes }) => volumes.some(({ name }) => name === 'data'));
      expect(row?.id).toBe(container.id);
      await container.remove({ volumes: true });
      // It has a name, and stays.
      await runtime.removeVolume('data');
    }),
  );

  it(
    'that containers have is removed only by force, with them',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const made = (name: string) =>
        runtime.createContainer({ name, rootfs, command: ['sleep', '1000'], mounts: [volume('data', '/d')] });
      const [one, two] = [await made('one'), await made('two')];
      expect(two.config().namedVolumes).toEqual([
        { name: 'data', dest: '/d', options: [], isAnonymous: false },
      ]);
      await two.start();
      expect(runtime.volume('data').containers).toEqual([one.id, two.id].sort());
      await expect(runtime.removeVolume('data')).rejects.toMatchObject({ code: 'ERR_VOLUME_IN_USE' });
      expect((await runtime.pruneVolumes()).removed).toEqual([]);
      await runtime.removeVolume('data', { force: true, timeout: 0 });
      expect([await runtime.containers(), runtime.volumes()]).toEqual([[], []]);
    }),
  );

  it(
    'without a name is made for one container: it goes with --volumes, or with a throwaway one',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const options = { rootfs, overlay: true, mounts: [volume(undefined, '/srv/data')] };
      const container = await runtime.createContainer({ ...options, command: ['cat', '/srv/data/file'] });
      expect(runtime.volumes().map(({ anonymous }) => anonymous)).toEqual([true]);
      expect(await ended(container)).toBe(0);
      await container.remove({ volumes: true });
      expect(runtime.volumes()).toEqual([]);

      expect(await sh(runtime, options, 'cat /srv/data/file; echo x > /srv/data/new')).toBe('from the root');
      expect(runtime.volumes()).toEqual([]);

      // Without the word it stays, and is nobody's: prune finds it.
      const other = await runtime.createContainer({ ...options, command: ['true'] });
      await other.remove();
      expect((await runtime.pruneVolumes()).removed).toHaveLength(1);
    }),
  );

  it(
    'in memory is one file system for all that have it, until it is unmounted',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const options = { type: 'tmpfs', o: 'size=1m,uid=1000,mode=700,nodev,noexec' };
      const { mountpoint, mounted } = await runtime.createVolume({ name: 'ram', options });
      expect(mounted).toBe(false);
      const with_ = { rootfs, overlay: true, mounts: [volume('ram', '/ram')] };
      const writer = await runtime.createContainer({
        ...{ ...with_, command: ['sh', '-c', 'echo shared > /ram/file; sleep 1000'] },
      });
      await writer.start();
      while (!existsSync(path.join(mountpoint, 'file'))) await sleep(10);
      expect(await sh(runtime, with_, 'cat /ram/file; stat -f -c %T /ram; stat -c %u:%a /ram')).toBe(
        'shared\ntmpfs\n1000:700\n',
      );
      expect(await sh(runtime, with_, 'dd if=/dev/zero of=/ram/big bs=1M count=2 2>&1 || true')).toContain(
        'No space left',
      );
      const facts = readMounts().find((one) => one.mountpoint === mountpoint);
      expect(facts?.options).toEqual(expect.arrayContaining(['nodev', 'noexec']));
      await expect(runtime.unmountVolume('ram')).rejects.toMatchObject({ code: 'ERR_VOLUME_IN_USE' });
      await writer.remove({ force: true, timeout: 0 });
      expect(await runtime.unmountVolume('ram')).toBe(true);
      expect(await runtime.unmountVolume('ram')).toBe(false);
      expect(await runtime.mountVolume('ram')).toBe(mountpoint);
      expect(readdirSync(mountpoint)).toEqual([]);
      await runtime.removeVolume('ram');
    }),
  );

  it(
    'that is a bind mount shows a directory of the host, which its removal leaves alone',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const device = store.makeDirectory('host');
      writeFileSync(path.join(device, 'kept'), 'kept');
      await runtime.createVolume({ name: 'bound', options: { o: 'bind,ro', device } });
      const with_ = { rootfs, mounts: [volume('bound', '/b')] };
      expect(await sh(runtime, with_, 'cat /b/kept; touch /b/x 2>/dev/null || echo refused')).toBe(
        'keptrefused\n',
      );
      await runtime.removeVolume('bound');
      expect(readFileSync(path.join(device, 'kept'), 'utf8')).toBe('kept');

      rmSync(device, { recursive: true });
      await runtime.createVolume({ name: 'lost', options: { o: 'bind', device } });
      const container = await runtime.createContainer({
        ...{ rootfs, command: ['true'], mounts: [volume('lost', '/b')] },
      });
      await expect(container.start()).rejects.toThrow(`cannot mount volume lost`);
      await container.remove();
      await runtime.removeVolume('lost');
    }),
  );

  it(
    'goes out as an archive and comes in as one, of which nothing gets out',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const mounts = [volume('data', '/srv/data')];
      await sh(runtime, { rootfs, overlay: true, mounts }, 'true');
      const archive = await bytesOf(await runtime.exportVolume('data'));
      expect(listWithTar(archive).sort()).toEqual(['file', 'link', 'sub/', 'sub/again']);
      const other = await runtime.createVolume({ name: 'other' });
      await runtime.importVolume('other', Readable.from([archive]));
      expect(
        execFileSync('diff', ['-r', '--no-dereference', runtime.volume('data').mountpoint, other.mountpoint])
          .length,
      ).toBe(0);
      // An import is a use: nothing of a root comes on top.
      expect(runtime.volume('other').needsCopyUp).toBe(false);

      const victim = store.makeDirectory('victim');
      for (const [bad, sentence] of [
        [archiveOf({ name: '../../../out', data: 'x' }), 'leads out'],
        [archiveOf({ name: 'esc', type: '2', link: victim }, { name: 'esc/file', data: 'x' }), 'leads out'],
        [archiveOf({ name: 'hard', type: '1', link: '../volume.json' }), 'leads out'],
        [Buffer.alloc(700, 'x'), 'archive'],
      ] as const)
        await expect(runtime.importVolume('other', Readable.from([bad]))).rejects.toThrow(sentence);
      expect(readdirSync(victim)).toEqual([]);
      expect(existsSync(path.join(other.mountpoint, '../out'))).toBe(false);
      await runtime.pruneVolumes();
    }),
  );

  it(
    'is filled once, whoever comes first',
    withStore(async (runtime, store) => {
      const rootfs = filledRoot(store);
      const engines = [runtime, await store.open()];
      const options = { rootfs, overlay: true, mounts: [volume('data', '/srv/data')] };
      const said = await Promise.all(
        Array.from({ length: 6 }, (_, at) =>
          sh(
            engines[at % 2] as Runtime,
            options,
            `cat /srv/data/file; rm -f /srv/data/none; echo >> /srv/data/log`,
          ),
        ),
      );
      expect(new Set(said)).toEqual(new Set(['from the root']));
      expect(readFileSync(path.join(runtime.volume('data').mountpoint, 'log'), 'utf8')).toBe('\n'.repeat(6));
      await runtime.removeVolume('data');
    }),
  );

  it(
    'with a damaged record is left out of lists, refused by name, and can be removed',
    withStore(async (runtime) => {
      const { mountpoint } = await runtime.createVolume({ name: 'bad' });
      await runtime.createVolume({ name: 'good' });
      writeFileSync(path.join(mountpoint, '../volume.json'), '{');
      expect(runtime.volumes().map(({ name }) => name)).toEqual(['good']);
      expect(() => runtime.volume('bad')).toThrow('is damaged');
      await runtime.removeVolume('bad');
      await runtime.removeVolume('good');
    }),
  );
});
