import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { run, shell } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true }))('a root directory', () => {
  it(
    'is used as it stands, and keeps what is written',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      expect((await shell(runtime, 'id -u; echo kept > /kept; ls /', { rootfs })).stdout).toContain(
        '0\nbin\n',
      );
      expect(readFileSync(path.join(rootfs, 'kept'), 'utf8')).toBe('kept\n');
      expect((await shell(runtime, 'cat /kept', { rootfs })).stdout).toBe('kept\n');
      // The container's mounts were its own: beneath the mount points there is nothing.
      for (const name of ['proc', 'sys', 'dev']) expect(readdirSync(path.join(rootfs, name))).toEqual([]);
    }),
  );

  it(
    'stays untouched under a throwaway overlay, which is new at each start',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const before = readdirSync(rootfs);
      const container = await runtime.createContainer({
        rootfs,
        overlay: true,
        command: ['sh', '-c', 'test ! -e /mark && touch /mark && rm /bin/ls'],
      });
      for (let i = 0; i < 2; i++) {
        await container.start();
        expect((await container.wait()).exitCode).toBe(0);
      }
      await container.remove();
      expect(readdirSync(rootfs)).toEqual(before);
      expect(existsSync(path.join(rootfs, 'bin/ls'))).toBe(true);
    }),
  );

  it(
    'may be read-only, with a writable /tmp',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const { stdout } = await shell(runtime, 'touch /x 2>/dev/null; echo $?; touch /dev/shm/x; echo $?', {
        rootfs,
        readOnlyRootfs: true,
        readWriteTmpfs: false,
      });
      expect(stdout).toBe('1\n0\n');
    }),
  );

  it(
    'with links where mounts go does not lead them outside',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const outside = store.makeDirectory('outside');
      execFileSync('sh', [
        '-c',
        `cd ${rootfs} && rmdir sys dev && ln -s ${outside}/a sys && ln -s ../../../../../../../${outside}/b dev && ln -s ${outside}/c srv`,
      ]);
      // The links resolve inside the root, where they lead to nothing: it is made there, and they are never followed out.
      const mounts = [{ destination: '/srv/mounted', type: 'tmpfs', source: 'tmpfs', options: [] }];
      const { stdout } = await shell(runtime, 'mount | grep -c /mounted; test -c /dev/null && echo null', {
        rootfs,
        mounts,
      });
      expect(stdout).toBe('1\nnull\n');
      expect(readdirSync(outside)).toEqual([]);
      expect(existsSync(path.join(rootfs, outside, 'c/mounted'))).toBe(true);
    }),
  );

  it.each([
    ['/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf'],
    ['/etc/resolv.conf', '/run/systemd/resolve/stub-resolv.conf'],
    ['/etc', '/nowhere/etc'],
    ['/etc', '../../../nowhere/etc'],
  ])('may have a link at %s that leads to nothing: %s', (place, target) =>
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      execFileSync('sh', [
        '-c',
        `mkdir -p ${rootfs}/etc; rm -r ${rootfs}${place}; ln -s ${target} ${rootfs}${place}`,
      ]);
      const { stdout } = await shell(runtime, 'cat /etc/resolv.conf; ls /etc/hosts', {
        rootfs,
        overlay: true,
        dns: ['192.0.2.1'],
      });
      expect(stdout).toBe('nameserver 192.0.2.1\n/etc/hosts\n');
    })(),
  );

  it(
    'takes volumes: a directory, a file, read-only, a tmpfs; missing mount points are made inside',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const data = store.makeDirectory('data');
      writeFileSync(path.join(data, 'file'), 'from the host\n');
      const script =
        'cat /a/b/file /single; echo new > /a/b/new; echo x > /ro/x 2>/dev/null || echo read-only; echo $(stat -f -c %T /t)';
      const { stdout } = await shell(runtime, script, {
        rootfs,
        mounts: [
          { destination: '/a/b', type: 'bind', source: data, options: ['rbind'] },
          { destination: '/single', type: 'bind', source: path.join(data, 'file'), options: ['bind'] },
          { destination: '/ro', type: 'bind', source: data, options: ['bind', 'ro'] },
          { destination: '/t', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
        ],
      });
      expect(stdout).toBe('from the host\nfrom the host\nread-only\ntmpfs\n');
      expect(readFileSync(path.join(data, 'new'), 'utf8')).toBe('new\n');
    }),
  );
});

interface BundleSpec {
  process: { terminal?: boolean; args: string[]; env: string[]; cwd: string };
  hostname?: string;
  root: { path: string; readonly?: boolean };
}

/** A bundle as a tool makes it, over a busybox root. */
function makeBundle(store: TestStore, tool: string, change: (spec: BundleSpec) => void): string {
  const bundle = store.makeDirectory('bundle');
  mkdirSync(path.join(bundle, 'rootfs'));
  busyboxRoot(path.join(bundle, 'rootfs'));
  execFileSync(tool, ['spec'], { cwd: bundle });
  const file = path.join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(file, 'utf8')) as BundleSpec;
  change(spec);
  writeFileSync(file, JSON.stringify(spec));
  return bundle;
}

for (const tool of ['crun', 'runc'] as const) {
  describe.runIf(requires({ root: true, busybox: true, [tool]: true }))(
    `a bundle that "${tool} spec" made`,
    () => {
      it(
        'runs as it says, with a terminal',
        withStore(async (runtime, store) => {
          const bundle = makeBundle(store, tool, (spec) => {
            expect(spec.process.terminal).toBe(true);
            spec.process.args = ['sh', '-c', 'tty; hostname; id -u; touch /x 2>&1; exit 3'];
          });
          const container = await runtime.createContainer({ bundle });
          const { stdout } = await container.startAndAttach();
          const lines = (await text(stdout)).split('\r\n');
          expect(lines.slice(0, 3)).toEqual(['/dev/pts/0', tool, '0']);
          // Both tools write `"readonly": true`.
          expect(lines[3]).toContain('Read-only file system');
          expect((await container.wait()).exitCode).toBe(3);
          await container.remove();
        }),
      );

      it(
        'runs another command, without a terminal',
        withStore(async (runtime, store) => {
          const bundle = makeBundle(store, tool, (spec) => {
            spec.process.terminal = false;
            spec.process.env.push('FROM=bundle');
            spec.root.readonly = false;
          });
          const script =
            'echo $FROM; touch /made; ls /proc/1/ns | wc -l; grep -E "Cap(Eff|Amb)" /proc/self/status';
          const result = await run(runtime, ['sh', '-c', script], { bundle });
          expect(result).toMatchObject({ exitCode: 0, stderr: '' });
          // AUDIT_WRITE, KILL and NET_BIND_SERVICE.
          expect(result.stdout).toMatch(/^bundle\n\d+\nCapEff:\t0000000020000420\nCapAmb:\t0{16}\n$/);
          expect(existsSync(path.join(bundle, 'rootfs/made'))).toBe(true);
          // A bundle gets what it names and nothing else: no /etc/hosts, no /run/.containerenv.
          expect(existsSync(path.join(bundle, 'rootfs/etc/hosts'))).toBe(false);
        }),
      );
    },
  );
}

describe.runIf(requires({ root: true, busybox: true, umoci: true }))('a bundle that umoci unpacked', () => {
  it(
    'runs as the image says',
    withStore(async (runtime, store) => {
      const layout = path.join(store.directory, 'layout');
      const umoci = (...args: string[]): void => void execFileSync('umoci', args, { stdio: 'pipe' });
      umoci('init', '--layout', layout);
      umoci('new', '--image', `${layout}:tag`);
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      umoci('insert', '--image', `${layout}:tag`, rootfs, '/');
      umoci(
        'config',
        '--image',
        `${layout}:tag`,
        '--config.cmd',
        'sh',
        '--config.cmd',
        '-c',
        '--config.cmd',
        'echo image; id -un',
        '--config.env',
        'A=b',
      );
      const bundle = path.join(store.directory, 'bundle');
      umoci('unpack', '--image', `${layout}:tag`, bundle);
      const container = await runtime.createContainer({ bundle });
      const terminal = container.spec().process.terminal === true;
      const { stdout, stderr } = await container.startAndAttach();
      stderr.resume();
      expect(await text(stdout)).toBe(terminal ? 'image\r\nroot\r\n' : 'image\nroot\n');
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
      expect(statSync(path.join(bundle, 'rootfs')).isDirectory()).toBe(true);
    }),
  );
});
