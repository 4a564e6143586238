import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CreateOptions, Runtime } from '../../src/index.js';
import { archiveOf } from '../support/archives.js';
import { makeLayout, skopeoCopy } from '../support/images.js';
import { TestRegistry } from '../support/registry.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { withStore, type TestStore } from '../support/store.js';

/** What an image says of how it is run, in the words of config.md. */
type RunConfig = Readonly<Record<string, unknown>>;

/** Makes images of busybox and a layer above it, and answers their names. */
async function withImages(
  runtime: Runtime,
  store: TestStore,
  images: Readonly<Record<string, readonly [config: RunConfig, top: Buffer]>>,
  body: (name: (image: string) => string) => Promise<void>,
): Promise<void> {
  await using registry = await TestRegistry.start(store.makeDirectory('registry'));
  const bottom = execFileSync('tar', ['-C', busyboxRoot(store.makeDirectory('rootfs')), '-c', '.'], {
    maxBuffer: 1 << 28,
  });
  for (const [image, [config, top]] of Object.entries(images)) {
    const layout = store.makeDirectory(`layout-${image}`);
    makeLayout(layout, [{ bytes: bottom }, { bytes: top }], { config });
    skopeoCopy(`oci:${layout}:test`, `docker://${registry.host}/${image}`);
    await runtime.images.pull(`${registry.host}/${image}`, { tlsVerify: false });
  }
  await body((image) => `${registry.host}/${image}`);
  await runtime.images.prune({ all: true });
}

/** What a command says in a container, which is removed. */
async function sh(runtime: Runtime, options: CreateOptions, script: string): Promise<string> {
  const { stdout, exitCode, stderr } = await runtime.run({ ...options, command: ['sh', '-c', script] });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

const can = requires({ root: true, registry: true, skopeo: true, openssl: true, busybox: true });

describe.runIf(can)('a container of an image', () => {
  it(
    'has the volumes, the user, the directory and the ports that the image says',
    withStore(async (runtime, store) => {
      const config = {
        Volumes: { '/srv/data': {}, '/empty/': {} },
        User: 'app',
        WorkingDir: '/made/here',
        StopSignal: 'SIGUSR1',
        ExposedPorts: { '8080/tcp': {}, '5353/udp': {} },
        Env: ['PATH=/bin', 'PLAIN', 'HOME*', 'LITERAL=$HOME ${PATH}'],
      };
      const top = archiveOf(
        { name: 'srv/data/', type: '5', mode: 0o750 },
        { name: 'srv/data/file', data: 'of the image', mode: 0o644 },
        // The directory to work in is missing, and on the way to it is a link to the outside.
        { name: 'made', type: '2', link: store.directory },
      );
      await withImages(runtime, store, { app: [config, top] }, async (name) => {
        const image = name('app');
        const container = await runtime.createContainer({ image, command: ['sh', '-c', 'pwd; id -un'] });
        const volumes = runtime.volumes();
        expect(volumes.map(({ anonymous, containers }) => [anonymous, containers])).toEqual([
          [true, [container.id]],
          [true, [container.id]],
        ]);
        expect((await container.inspect()).Mounts.map(({ Destination }) => Destination).sort()).toEqual([
          '/empty',
          '/srv/data',
        ]);
        await container.start();
        expect((await container.wait()).exitCode).toBe(0);
        const said: string[] = [];
        for await (const { data } of container.logs()) said.push(String(data));
        expect(said).toEqual([`${store.directory}/here`, 'app']);
        // The directory was made beneath the root, wherever the link points on the host.
        expect(existsSync(path.join(store.directory, 'here'))).toBe(false);
        expect([container.stopSignal, container.imageVolumes]).toEqual([10, true]);
        const { id } = await runtime.images.find(image);
        expect(container.image).toEqual({ id, name: `${image}:latest` });
        expect(await container.rwSize()).toBe(0);
        expect(await container.rootFsSize()).toBeGreaterThan(1_000_000);
        await container.remove({ volumes: true });
        expect(runtime.volumes()).toEqual([]);

        const as = (options: Partial<CreateOptions>) => ({ image, user: '0', ...options });
        expect(await sh(runtime, as({}), 'cat /srv/data/file')).toBe('of the image');
        // Nothing of the environment of the engine, and nothing is put in its place.
        expect(
          await sh(
            runtime,
            as({}),
            'echo "$PLAIN:$LITERAL"; tr "\\0" "\\n" < /proc/$$/environ | grep -c "^HOME\\*=$"',
          ),
        ).toBe(':$HOME ${PATH}\n1\n');
        expect(
          await sh(runtime, as({ imageVolumes: 'tmpfs' }), 'stat -f -c %T /srv/data; ls /srv/data'),
        ).toBe('tmpfs\n');
        expect(
          await sh(runtime, as({ imageVolumes: 'ignore' }), 'stat -f -c %T /srv/data; ls /srv/data'),
        ).toContain('file');
        // One that is mounted by hand is the user's.
        const mounts = [{ type: 'tmpfs', source: 'tmpfs', destination: '/srv/data/' }];
        expect(await sh(runtime, as({ mounts }), 'stat -f -c %T /srv/data')).toBe('tmpfs\n');

        const open = await runtime.createContainer({
          image,
          command: ['true'],
          publishAll: true,
          expose: ['70-71'],
        });
        const ports = (await runtime.containers())[0]?.ports ?? [];
        expect(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).sort()).toEqual([
          '5353/udp',
          '70/tcp',
          '71/tcp',
          '8080/tcp',
        ]);
        expect(ports.every(({ hostPort }) => hostPort > 1023)).toBe(true);
        await open.remove({ volumes: true });
        await expect(
          runtime.createContainer({ image, command: ['true'], expose: ['70000'] }),
        ).rejects.toThrow('exposed port "70000"');
      });
    }),
  );

  it(
    'is refused what an image must not say, in one sentence, and nothing of it stays',
    withStore(async (runtime, store) => {
      const empty = archiveOf({ name: 'x', data: 'x' });
      const bad: Readonly<Record<string, readonly [RunConfig, string]>> = {
        'volume-proc': [{ Volumes: { '/proc/../proc//': {} } }, 'volume at'],
        'user-large': [{ User: '4294967296' }, 'the user ID must be'],
        'user-host': [{ User: 'daemon' }, 'daemon'],
        'directory-relative': [{ WorkingDir: '../../../etc' }, 'etc'],
        'directory-fd': [{ WorkingDir: '/proc/self/fd/3' }, '/proc/self/fd/3'],
        signal: [{ StopSignal: 'SIGNONE' }, 'SIGNONE'],
      };
      const passwd = archiveOf({ name: 'etc/passwd', type: '2', link: '../../../../../../etc/passwd' });
      const images = Object.fromEntries(
        Object.entries(bad).map(
          ([name, [config]]) => [name, [config, name === 'user-host' ? passwd : empty]] as const,
        ),
      );
      await withImages(runtime, store, images, async (name) => {
        for (const [image, [, sentence]] of Object.entries(bad))
          await expect(
            runtime.run({ image: name(image), command: ['true'], reject: true }),
            image,
          ).rejects.toThrow(sentence);
        expect(await runtime.containers()).toEqual([]);
        expect(runtime.volumes()).toEqual([]);
      });
      expect(readdirSync(store.directory)).not.toContain('etc');
    }),
  );

  it(
    'gets no privilege from labels, annotations or variables of an image',
    withStore(async (runtime, store) => {
      const words = {
        'io.podman.annotations.privileged': 'TRUE',
        'io.podman.annotations.seccomp': 'unconfined',
        'io.podman.annotations.label': 'disable',
        'io.podman.annotations.volumes-from': 'all',
        'run.oci.keep_original_groups': '1',
        'org.systemd.property.Delegate': 'true',
        'io.containers.autoupdate': 'registry',
        PODMAN_SYSTEMD_UNIT: 'x.service',
        'a\nb': 'x\ny',
      };
      const config = {
        Labels: words,
        Env: [
          'LD_PRELOAD=/lib/evil.so',
          'NODE_OPTIONS=--require /evil.js',
          'LIBPOD_NATIVE=/evil',
          'NEWLINE=a\nb=c',
        ],
      };
      const top = archiveOf({ name: 'lib/evil.so', data: 'x' }, { name: 'evil.js', data: 'process.exit(9)' });
      await withImages(runtime, store, { evil: [config, top] }, async (name) => {
        const image = name('evil');
        const status =
          'grep -E "^(CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status; cat /proc/self/oom_score_adj';
        const plain = await sh(
          runtime,
          { rootfs: path.join(store.directory, 'rootfs'), overlay: true },
          status,
        );
        expect(await sh(runtime, { image }, status)).toBe(plain);
        const container = await runtime.createContainer({ image, command: ['true'] });
        // They are labels of the container, and no more.
        expect(container.labels).toEqual(words);
        expect(container.spec().annotations ?? {}).not.toHaveProperty(['io.podman.annotations.privileged']);
        await container.start();
        expect((await container.wait()).exitCode).toBe(0);
        await container.remove();
      });
    }),
  );
});
