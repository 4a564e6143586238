import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCommand, withCommand, type CommandResult } from '../../support/cli.js';
import { podman, podmanWords, removeCgroups, type Speak } from '../../support/podman.js';
import { requires } from '../../support/requires.js';

/*
 * The same words to podman and to libpod, and the same answers: podman goes first, so that what is expected here is what
 * it does and not what somebody remembers of it.
 */

type Answer = Pick<CommandResult, 'status' | 'stdout'>;
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
  await say('pause', 'pause', 'one');
  await say('status when paused', 'inspect', '--format', '{{.State.Status}} {{.State.Paused}}', 'one');
  await say('ps when paused', 'ps', '--filter', 'status=paused', '--format', '{{.Names}}');
  await say('pause again', 'pause', 'one');
  await say('stop when paused', 'stop', '--time', '0', 'one');
  await say('remove when paused', 'rm', 'one');
  await say('unpause', 'unpause', 'one');
  await say('unpause again', 'unpause', 'one');
  await say('pause missing', 'pause', 'nosuch');
  await say('pause one that does not run', 'pause', 'two');
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

/** Mount points of a container with their options, in an order that is the same for both. */
const MOUNTS = (...places: string[]): string =>
  `cut -d' ' -f5,6 /proc/self/mountinfo | grep -E '^(${places.join('|')}) ' | sort`;
const V1 = (...files: string[]): string => `cd /sys/fs/cgroup; cat ${files.join(' ')}`;

/** Options, and a line of shell that shows what came of them. `V` is a directory, `DISK` a block device. */
const OPTIONS: readonly (readonly [flags: string, script: string])[] = [
  ['', 'cat /sys/fs/cgroup/pids/pids.max; sort /sys/fs/cgroup/devices/devices.list; ls -A /dev | sort'],
  [
    '',
    'ls -A /sys/firmware /proc/acpi 2>/dev/null; cat /proc/keys /proc/timer_list | wc -c; stat -c %t:%T /proc/keys',
  ],
  ['', MOUNTS('/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/proc', '/sys')],
  ['--group-add other,77 -u 1000:33', 'id -u; id -G'],
  ['--umask 0077 -w /tmp', 'umask; pwd'],
  ['--read-only', 'touch /x 2>/dev/null; echo $?; touch /tmp/x /run/x /var/tmp/x; echo $?; ls -A /tmp'],
  ['--read-only --read-only-tmpfs=false', 'touch /tmp/x 2>/dev/null; echo $?'],
  ['--tmpfs /etc', 'cat /etc/group; stat -c %a /etc; stat -f -c %T /etc'],
  ['--mount type=tmpfs,dst=/a,ro --tmpfs /b:size=1m,mode=700,exec', `${MOUNTS('/a', '/b')}; stat -c %a /b`],
  ['-v V:/c:ro,z,nosuid -v V:/d:rshared --mount type=bind,src=V,dst=/e,ro', MOUNTS('/c', '/d', '/e')],
  ['-v V:/o:O', 'ls /o; touch /o/new && echo written'],
  ['--mount type=devpts,dst=/p,mode=0600', 'stat -f -c %T /p; ls /p'],
  [
    '-m 64m --memory-reservation 32m --memory-swappiness 3',
    V1(
      ...['limit', 'memsw.limit', 'soft_limit'].map((name) => `memory/memory.${name}_in_bytes`),
      'memory/memory.swappiness',
    ),
  ],
  ['-m 64m --memory-swap -1', V1('memory/memory.memsw.limit_in_bytes')],
  ['--cpus 0.5 -c 100', V1('cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us', 'cpu/cpu.shares')],
  [
    '--cpus 0 -m 0 --memory-reservation 0 --cpu-shares 0',
    V1('cpu/cpu.cfs_quota_us', 'cpu/cpu.shares', 'memory/memory.limit_in_bytes'),
  ],
  ['--cpu-quota 20000 --cpu-period 50000', V1('cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us')],
  [
    '--cpuset-cpus 0 --cpuset-mems 0 --pids-limit 9',
    V1('cpuset/cpuset.cpus', 'cpuset/cpuset.mems', 'pids/pids.max'),
  ],
  [
    '--device-read-bps DISK:1mb --device-write-bps DISK:2k --device-read-iops DISK:3 --device-write-iops DISK:4',
    V1(
      ...['read_bps', 'write_bps', 'read_iops', 'write_iops'].map(
        (kind) => `blkio/blkio.throttle.${kind}_device`,
      ),
    ),
  ],
  [
    '--ulimit nofile=100:200 --ulimit core=0 --ulimit nproc=50 --oom-score-adj 300',
    'cat /proc/self/limits /proc/self/oom_score_adj',
  ],
  [
    '--device /dev/fuse --device /dev/net --device /dev/null:/dev/x:r',
    'stat -c "%n %a %t %T" /dev/fuse /dev/net/tun /dev/x; sort /sys/fs/cgroup/devices/devices.list',
  ],
  [
    '--privileged',
    'sort /sys/fs/cgroup/devices/devices.list; ls -A /dev | sort; touch /proc/sys/kernel/hostname && echo writable',
  ],
  ['--cap-drop all --cap-add net_admin -u 1000', 'grep Cap /proc/self/status'],
  [
    '--cap-drop all --cap-add chown,kill --security-opt no-new-privileges',
    'grep -E "Cap|NoNew" /proc/self/status',
  ],
  ['--security-opt seccomp=unconfined', 'grep Seccomp: /proc/self/status'],
  [
    '--security-opt unmask=/proc/* --security-opt mask=/etc/group',
    `${MOUNTS('/proc/[a-z]+', '/proc/sysrq-trigger')} | wc -l; cat /etc/group`,
  ],
  ['--security-opt label=type:spc_t --security-opt label=level:s0:c1,c2', 'id -u'],
  ['--security-opt proc-opts=hidepid=2', 'grep -c hidepid /proc/self/mountinfo'],
  ['--shm-size 1m', 'df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2'],
  [
    '--sysctl net.ipv4.ip_forward=1 --sysctl kernel.shm_rmid_forced=1',
    'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced',
  ],
  ['-e A -e LIBPOD_T* --env B=x', 'echo $B $LIBPOD_TEST_ONE $LIBPOD_TEST_TWO'],
  ['--entrypoint ["sh","-c"]', 'echo entered'],
  // A whole word: two digits of an ID may be the same.
  ['--add-host db:10.0.0.1', 'grep -w db /etc/hosts'],
  // What both refuse, with the exit code of the engine.
  ['-m 1x', 'true'],
  ['-m 10m --memory-swap 5m', 'true'],
  ['--memory-swappiness 101', 'true'],
  ['--cpus 1 --cpu-quota 5', 'true'],
  ['--cpu-shares -1', 'true'],
  ['--pids-limit many', 'true'],
  ['--ulimit nosuch=1', 'true'],
  ['--ulimit nofile=2:1', 'true'],
  ['--cap-add nosuch', 'true'],
  ['--device /dev/nosuch', 'true'],
  ['--device-cgroup-rule nonsense', 'true'],
  ['--device-read-bps DISK:x', 'true'],
  ['--tmpfs /t:bogus', 'true'],
  ['-v /nosuch:/v', 'true'],
  ['-v V:/v:bogus', 'true'],
  ['--mount type=bogus,dst=/v', 'true'],
  ['--security-opt bogus', 'true'],
  ['--uts host -h name', 'true'],
  ['--ipc host --shm-size 1m', 'true'],
  ['--pid host --init', 'true'],
  ['--no-hosts --add-host a:1.2.3.4', 'true'],
  ['--network container:nosuch', 'true'],
  ['--shm-size 1x', 'true'],
];

describe.skipIf(!requires({ root: true, busybox: true, podman: true, crun: true, cgroup1: true }))(
  'libpod beside podman',
  () => {
    it(
      'answers the same words with the same exit codes and output',
      withCommand(async (command) => {
        const parent = command.store.cgroupParent;
        const podmans = `${parent}-podman`;
        const expected = await story(podman(podmanWords(command)), podmans, command.rootfs).finally(() =>
          removeCgroups(podmans),
        );
        const libpod: Speak = (...words) => command.libpod(...words);
        const answered = await story(libpod, parent, command.rootfs);
        expect(answered).toEqual(expected);
      }),
    );

    let command: TestCommand;
    let podmanSpeaks: Speak;
    let rows = 0;
    beforeAll(() => {
      process.env['LIBPOD_TEST_ONE'] = 'one';
      process.env['LIBPOD_TEST_TWO'] = 'two';
      command = new TestCommand();
      podmanSpeaks = podman(podmanWords(command));
    });
    afterAll(() => command[Symbol.asyncDispose]());

    it.each(OPTIONS)('makes the same of %s (%s)', async (flags, script) => {
      const volume = command.store.makeDirectory(`volume${++rows}`);
      writeFileSync(path.join(volume, 'old'), '');
      const [disk] = readdirSync('/sys/block');
      const words = flags
        .split(' ')
        .filter(Boolean)
        .map((word) =>
          word.replace(/^V:|(?<==)V(?=,)/, (at) => at.replace('V', volume)).replace('DISK', `/dev/${disk}`),
        );
      const shell = flags.includes('--entrypoint') ? [script] : ['sh', '-c', script];
      const say = async (speak: Speak, parent: string): Promise<Answer> => {
        const { status, stdout } = await speak(
          ...creation('run', parent, command.rootfs, '--rm', ...words),
          ...shell,
        );
        return { status, stdout };
      };
      const { cgroupParent } = command.store;
      const podmans = `${cgroupParent}-podman`;
      const expected = await say(podmanSpeaks, podmans).finally(() => removeCgroups(podmans));
      expect(await say((...all) => command.libpod(...all), cgroupParent)).toEqual(expected);
      expect(readdirSync(volume)).toEqual(['old']);
    });
  },
);
