import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { launchProgram, withCommand, type CommandResult, type TestCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

/*
 * The same words to podman and to libpod, and the same answers: podman goes first, so that what is expected here is what
 * it does and not what somebody remembers of it.
 */

type Answer = Pick<CommandResult, 'status' | 'stdout'>;
type Speak = (...words: string[]) => Promise<CommandResult>;

const HIDE_CGROUP2 = fileURLToPath(new URL('../../../bench/hide-cgroup2.sh', import.meta.url));

/** podman over a store of the test's own. */
function podman(command: TestCommand): Speak {
  const home = command.store.makeDirectory('podman');
  const settings = path.join(home, 'containers.conf');
  // Its own defaults are above the hard limits of a root without CAP_SYS_RESOURCE.
  writeFileSync(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const places = ['root', 'runroot', 'tmpdir'].flatMap((name) => {
    mkdirSync(path.join(home, name));
    return [`--${name}`, path.join(home, name)];
  });
  const ways = ['--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'crun'];
  return (...words) =>
    launchProgram(HIDE_CGROUP2, ['podman', ...places, ...ways, ...words], '', {
      ...process.env,
      CONTAINERS_CONF: settings,
    }).ended;
}

/** Removes what podman leaves in every hierarchy: the parent, and the place of its monitors. */
function removeCgroups(parent: string): void {
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
    for (const directory of [`${parent}/conmon`, parent]) {
      try {
        rmdirSync(path.join('/sys/fs/cgroup', hierarchy, directory));
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
  }
}

/** Words for a new container; the parent cgroup differs, so that each cleans up its own. */
function creation(verb: string, parent: string, rootfs: string, ...words: string[]): string[] {
  return [verb, '--network', 'none', '--cgroup-parent', parent, ...words, '--rootfs', `${rootfs}:O`];
}

/** One story told to an engine; the answers of each step. */
async function story(speak: Speak, parent: string, rootfs: string): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  const say = async (step: string, ...words: string[]): Promise<void> => {
    const { status, stdout } = await speak(...words);
    // IDs differ, and so does time.
    answers[step] = {
      status,
      stdout: stdout.replaceAll(/\b[0-9a-f]{64}\b/g, 'ID').replaceAll(/\b[0-9a-f]{12}\b/g, 'SHORTID'),
    };
  };
  const make = (verb: string, ...words: string[]) => creation(verb, parent, rootfs, ...words);
  await say('true', ...make('run', '--rm'), 'true');
  await say('exit 7', ...make('run', '--rm'), 'sh', '-c', 'echo out; exit 7');
  await say('no command', ...make('run', '--rm'), 'nosuchcommand');
  await say('no program', ...make('run', '--rm'), '/etc/passwd');
  await say('a directory', ...make('run', '--rm'), '/etc');
  await say(
    'environment',
    ...make('run', '--rm', '-e', 'A=1', '-e', 'LIBPOD_NOT_SET'),
    'sh',
    '-c',
    'echo $A $LIBPOD_NOT_SET $HOME $PATH',
  );
  await say(
    'user',
    ...make('run', '--rm', '-u', 'app', '-w', '/tmp', '-h', 'boxy'),
    'sh',
    '-c',
    'id; pwd; hostname',
  );
  await say('entrypoint', ...make('run', '--rm', '--entrypoint', '["echo","a"]'), 'b');
  await say('unknown flag', 'run', '--nosuch');
  await say('unknown command', 'nosuch');
  await say('missing root', 'run', '--rm', '--network', 'none', '--rootfs', '/nosuch', 'true');
  await say('detached', ...make('run', '-d', '--name', 'one'), 'sleep', '100');
  await say('name in use', ...make('run', '-d', '--name', 'one'), 'sleep', '100');
  await say(
    'created',
    ...make('create', '--name', 'two', '--label', 'a=b'),
    'sh',
    '-c',
    'echo to stdout; echo to stderr >&2; exit 3',
  );
  await say('ps', 'ps', '--all', '--sort', 'names', '--format', '{{.Names}} {{.ID}} {{.Command}} {{.Ports}}');
  await say('ps by status', 'ps', '--filter', 'status=created', '--format', '{{.Names}}');
  await say('ps by label', 'ps', '--all', '--filter', 'label=a=b', '--quiet');
  await say('ps by nothing', 'ps', '--filter', 'nosuch=1');
  await say(
    'status',
    'inspect',
    '--format',
    '{{.State.Status}} {{.State.Running}} {{.Config.Cmd}} {{json .Args}}',
    'two',
  );
  await say('init', 'init', 'two');
  await say('status after init', 'inspect', '--format', '{{.State.Status}}', 'two');
  await say('attach', 'start', '--attach', 'two');
  await say('wait', 'wait', 'two');
  await say('logs', 'logs', 'two');
  await say('wait for a state', 'wait', '--condition', 'running', 'one');
  await say('wait for nonsense', 'wait', '--condition', 'nosuch', 'one');
  await say('rename', 'rename', 'two', 'three');
  await say('rename to one in use', 'rename', 'three', 'one');
  await say('rename missing', 'rename', 'nosuch', 'four');
  await say('names after rename', 'ps', '--all', '--sort', 'names', '--format', '{{.Names}}');
  await say('rename back', 'rename', 'three', 'two');
  await say('restart missing', 'restart', 'nosuch');
  await say('restart nothing', 'restart');
  await say('remove running', 'rm', 'one');
  await say('remove missing', 'rm', 'nosuch');
  await say('remove missing by force', 'rm', '--force', 'nosuch');
  await say('stop missing', 'stop', 'nosuch');
  await say('stop missing, ignored', 'stop', '--ignore', 'nosuch');
  await say('wait for missing', 'wait', 'nosuch');
  await say('kill missing', 'kill', 'nosuch');
  await say('logs of missing', 'logs', 'nosuch');
  await say('inspect missing', 'inspect', 'nosuch');
  await say('missing exists', 'container', 'exists', 'nosuch');
  await say('one exists', 'container', 'exists', 'one');
  await say('bad signal', 'kill', '--signal', 'NOPE', 'one');
  await say('stop', 'stop', '--time', '0', 'one');
  await say('stop again', 'stop', 'one');
  await say('kill stopped', 'kill', 'one');
  await say('wait after stop', 'wait', 'one');
  await say('remove', 'rm', 'two');
  await say('created again', ...make('create', '--name', 'five', '--label', 'keep=1'), 'true');
  await say('prune others', 'container', 'prune', '--force', '--filter', 'label!=keep');
  await say('prune by nothing', 'container', 'prune', '--force', '--filter', 'nosuch=1');
  await say('prune', 'container', 'prune', '--force');
  await say('remove all', 'rm', '--all');
  await say('ps of nothing', 'ps', '--all');
  return answers;
}

describe.skipIf(!requires({ root: true, busybox: true, podman: true, crun: true, cgroup1: true }))(
  'libpod beside podman',
  () => {
    it(
      'answers the same words with the same exit codes and output',
      withCommand(async (command) => {
        const parent = command.store.cgroupParent;
        const podmans = `${parent}-podman`;
        const expected = await story(podman(command), podmans, command.rootfs).finally(() =>
          removeCgroups(podmans),
        );
        const libpod: Speak = (...words) => command.libpod(...words);
        const answered = await story(libpod, parent, command.rootfs);
        expect(answered).toEqual(expected);
      }),
    );
  },
);
