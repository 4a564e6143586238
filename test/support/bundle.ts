import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RuntimeSpec } from '../../src/oci/runtime-spec.js';
import { busyboxRoot } from './rootfs.js';
import type { TestStore } from './store.js';

/** What a bundle may say, with parts of its sections left out. */
export type BundleConfig = Omit<Partial<RuntimeSpec>, 'process' | 'linux'> & {
  readonly process?: Partial<RuntimeSpec['process']>;
  readonly linux?: Partial<NonNullable<RuntimeSpec['linux']>>;
};

const CAPABILITIES = ['CAP_CHOWN', 'CAP_SETUID', 'CAP_SETGID', 'CAP_KILL', 'CAP_SYS_ADMIN'];

/** Makes a bundle of a busybox root in the test's directory, or changes what it made before, with namespaces, /proc and /dev, and what a test adds. */
export function makeBundle(store: TestStore, config: BundleConfig, name = 'bundle'): string {
  const directory = store.makeDirectory(name);
  if (!existsSync(path.join(directory, 'rootfs'))) busyboxRoot(store.makeDirectory(`${name}/rootfs`));
  const { process: asked, linux, ...more } = config;
  const spec: RuntimeSpec = {
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    process: {
      user: { uid: 0, gid: 0 },
      args: ['true'],
      env: ['PATH=/bin'],
      cwd: '/',
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      ...asked,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
      ...linux,
    },
    ...more,
  };
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify(spec));
  return directory;
}
