import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { launchProgram, withCommand, type CommandResult, type TestCommand } from './cli.js';
import { makeLayout } from './images.js';
import { removeCgroups } from './podman.js';

const NAME = 'busybox';
const TAG = 'test';

/** The image that it has. */
export const IMAGE = `${NAME}:${TAG}`;

/** A containerd of one test's own, which runs containers with an OCI runtime. */
export interface Containerd {
  /** Runs ctr(8) with these words. */
  readonly ctr: (...words: string[]) => Promise<CommandResult>;
  /** The words of a command of ctr, for who runs it otherwise. */
  readonly words: (...words: string[]) => readonly string[];
  /** Flags of `ctr run`: the runtime, and a cgroup of the test's. */
  readonly flags: (id: string) => readonly string[];
  /** A path of the test. */
  readonly file: (name: string) => string;
}

/** What containerd has no use for here: some of it it would look for on the host. */
const DISABLED = [
  'grpc.v1.cri',
  'internal.v1.opt',
  ...['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `snapshotter.v1.${name}`),
];

function writeSettings(directory: string): string {
  const file = path.join(directory, 'config.toml');
  const socket = path.join(directory, 'socket');
  const lines = [
    'version = 2',
    `root = "${directory}/root"`,
    `state = "${directory}/state"`,
    `disabled_plugins = ${JSON.stringify(DISABLED.map((name) => `io.containerd.${name}`))}`,
    `[grpc]\naddress = "${socket}"`,
    `[ttrpc]\naddress = "${socket}.ttrpc"`,
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** An archive of an image layout. */
function imageArchive({ rootfs, store, file }: TestCommand): string {
  const layer = file('layer.tar');
  execFileSync('tar', ['-C', rootfs, '-cf', layer, '.']);
  const layout = store.makeDirectory('layout');
  makeLayout(layout, [{ bytes: readFileSync(layer) }], {
    name: TAG,
    config: { Cmd: ['sh', '-c', 'echo image $A'], Env: ['PATH=/bin', 'A=1'] },
  });
  execFileSync('tar', ['-C', layout, '-cf', file('image.tar'), '.']);
  return file('image.tar');
}

/**
 * Runs a test body with a containerd over an OCI runtime; fails if the body leaves anything behind. It has a mount namespace and
 * a `/run` of its own, as its shims keep their sockets, and the runtime its containers, in places that no flag chooses.
 */
export function withContainerd(
  runtime: string,
  body: (containerd: Containerd) => Promise<void>,
): () => Promise<void> {
  return withCommand(async (command) => {
    const { store, file } = command;
    const directory = store.makeDirectory('containerd');
    const script = 'mount -t tmpfs tmpfs /run && exec containerd --config "$0" 2>&1';
    const daemon = launchProgram(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-c', script, writeSettings(directory)],
      '',
    );
    const words = (...more: string[]): readonly string[] => [
      ...['nsenter', '--mount', '--target', String(daemon.child.pid)],
      ...['ctr', '--address', path.join(directory, 'socket'), ...more],
    ];
    const ctr = (...more: string[]): Promise<CommandResult> => {
      const [program = '', ...args] = words(...more);
      return launchProgram(program, args, '').ended;
    };
    const parent = `${store.cgroupParent}-containerd`;
    const flags = (id: string): readonly string[] => [
      ...['--runc-binary', runtime, '--cgroup', `${parent}/${id}`],
    ];
    try {
      await daemon.saw('containerd successfully booted');
      const imported = await ctr('image', 'import', '--base-name', NAME, imageArchive(command));
      if (imported.status !== 0) throw new Error(`ctr image import: ${imported.stderr}`);
      await body({ ctr, words, flags, file });
    } finally {
      for (const id of (await ctr('tasks', 'ls', '--quiet')).stdout.split('\n').filter(Boolean))
        await ctr('tasks', 'delete', '--force', id);
      daemon.child.kill();
      await daemon.ended;
      await removeCgroups(parent);
    }
  });
}
