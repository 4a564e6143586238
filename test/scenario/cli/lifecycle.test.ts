import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const FULL_ID = /^[0-9a-f]{64}$/;

describe.skipIf(!requires({ root: true, busybox: true }))('libpod, over the life of a container', () => {
  it(
    'creates, initializes, starts, waits and removes, each in a process of its own',
    withCommand(async (command) => {
      const id = await command.ok(
        'create',
        '--name',
        'one',
        '--label',
        'a=b',
        ...command.overlay,
        'sh',
        '-c',
        'echo hi; exit 3',
      );
      expect(id).toMatch(FULL_ID);
      const state = () => command.ok('ps', '--all', '--format', '{{.State}}');
      expect(await state()).toBe('created');
      expect(await command.ok('init', 'one')).toBe('one');
      expect(await state()).toBe('initialized');
      expect(await command.ok('start', 'one')).toBe('one');
      expect(await command.ok('wait', id.slice(0, 12))).toBe('3');
      expect(await state()).toBe('exited');
      expect(await command.ok('logs', 'one')).toBe('hi');
      expect(await command.ok('rm', 'one')).toBe('one');
      expect(await command.ok('ps', '--all', '--quiet')).toBe('');
    }),
  );

  it(
    'runs a container that outlives the command',
    withCommand(async (command) => {
      expect(await command.ok('run', '-d', '--name', 'bg', ...command.overlay, 'sleep', '100')).toMatch(
        FULL_ID,
      );
      expect(await command.ok('ps', '--format', '{{.Names}} {{.Status}}')).toMatch(/^bg Up /);
      // sleep as a first process has no handler for TERM, which is then ignored: KILL follows at once.
      expect(await command.ok('stop', '--time', '0', 'bg')).toBe('bg');
      expect(await command.ok('wait', 'bg')).toBe('137');
      expect(await command.ok('stop', 'bg')).toBe('bg');
      expect((await command.libpod('kill', 'bg')).status).toBe(125);
    }),
  );

  it(
    'restarts one that runs, and one that does not',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'again', ...command.overlay, 'sleep', '100');
      const started = () => command.ok('inspect', '--format', '{{.State.Pid}} {{.State.Status}}', 'again');
      expect(await command.ok('restart', 'again')).toBe('again');
      const first = await started();
      expect(first).toMatch(/^[1-9]\d* running$/);
      expect(await command.ok('restart', '--running', '--time', '0')).toMatch(FULL_ID);
      expect(await started()).not.toBe(first);
      expect(await started()).toMatch(/^[1-9]\d* running$/);
      await command.ok('rm', '--force', '--time', '0', 'again');
    }),
  );

  it(
    'asks a container to stop with its own signal',
    withCommand(async (command) => {
      const script = 'trap "exit 5" USR1; echo ready; while :; do sleep 0.05; done';
      await command.ok(
        'run',
        '-d',
        '--name',
        'polite',
        '--stop-signal',
        'USR1',
        ...command.overlay,
        'sh',
        '-c',
        script,
      );
      const logs = command.start(['logs', '--follow', 'polite'], '');
      await logs.saw('ready');
      expect(await command.ok('stop', 'polite')).toBe('polite');
      expect(await command.ok('inspect', '--format', '{{.State.ExitCode}}', 'polite')).toBe('5');
      expect((await logs.ended).status).toBe(0);
    }),
  );

  it(
    'attaches on start: output and exit code',
    withCommand(async (command) => {
      await command.ok(
        'create',
        '--name',
        'att',
        '-i',
        ...command.overlay,
        'sh',
        '-c',
        'cat; echo err >&2; exit 4',
      );
      const attached = await command.start(['start', '-a', '-i', 'att'], 'input').ended;
      expect(attached).toMatchObject({ status: 4, stdout: 'input', stderr: 'err\n' });
    }),
  );

  it(
    'attaches to what runs already',
    withCommand(async (command) => {
      const script = 'trap "echo bye; exit 6" TERM; while :; do echo tick; sleep 0.05; done';
      await command.ok('run', '-d', '--name', 'ticks', ...command.overlay, 'sh', '-c', script);
      const attached = command.start(['start', '--attach', 'ticks'], '');
      await attached.saw('tick');
      attached.child.kill('SIGTERM');
      const { status, stdout } = await attached.ended;
      expect(stdout).toMatch(/bye\n$/);
      expect(status).toBe(6);
    }),
  );

  it(
    'lists as podman does',
    withCommand(async (command) => {
      await command.libpod(
        'run',
        '--name',
        'first',
        '--label',
        'tier=web',
        ...command.overlay,
        'sh',
        '-c',
        'exit 2 # and a long rest',
      );
      await command.ok('create', '--name', 'second', ...command.overlay, 'true');
      const [heading, first, second] = (await command.ok('ps', '--all')).split('\n');
      expect(heading).toMatch(/^CONTAINER ID {2}IMAGE +COMMAND +CREATED +STATUS +PORTS {7}NAMES$/);
      expect(first).toMatch(
        /^[0-9a-f]{12} {2}\S+ +sh -c exit 2 # an\.\.\. +\S.* ago +Exited \(2\) .* ago +first$/,
      );
      expect(second).toMatch(/ Created +second$/);
      expect(await command.ok('ps', '--quiet')).toBe('');
      const names = (...flags: string[]) => command.ok('ps', '--all', '--format', '{{.Names}}', ...flags);
      expect(await names()).toBe('first\nsecond');
      expect(await names('--filter', 'status=exited')).toBe('first');
      expect(await names('--filter', 'label=tier=web')).toBe('first');
      expect(await names('--filter', 'label=tier=db')).toBe('');
      expect(await names('--filter', 'name=^sec')).toBe('second');
      expect(await names('--filter', 'exited=2', '--filter', 'exited=3')).toBe('first');
      expect(await names('--latest')).toBe('second');
      expect(await names('--last', '1')).toBe('second');
      expect(await names('--sort', 'status')).toBe('second\nfirst');
      const json = JSON.parse(await command.ok('ps', '--all', '--format', 'json')) as Record<
        string,
        unknown
      >[];
      expect(json[0]).toMatchObject({
        Names: ['first'],
        ExitCode: 2,
        Exited: true,
        State: 'exited',
        Labels: { tier: 'web' },
        Pid: 0,
      });
      expect(json[1]).toMatchObject({ Names: ['second'], State: 'created', Labels: null });
      expect(await command.ok('ps', '-aq', '--no-trunc')).toBe(json.map(({ Id }) => Id).join('\n'));
      expect(await command.ok('container', 'ls', '-aq')).toBe(
        json.map(({ Id }) => String(Id).slice(0, 12)).join('\n'),
      );
    }),
  );

  it(
    'prints logs by stream, by tail, with times and names',
    withCommand(async (command) => {
      await command.ok(
        'run',
        '--name',
        'log',
        ...command.overlay,
        'sh',
        '-c',
        'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; printf end',
      );
      expect(await command.libpod('logs', 'log')).toMatchObject({
        status: 0,
        stdout: 'one\nthree\nend',
        stderr: 'two\n',
      });
      expect(await command.libpod('logs', '--tail', '1', 'log')).toMatchObject({ stdout: 'end', stderr: '' });
      expect(await command.libpod('logs', '-l', '--tail', '1')).toMatchObject({ stdout: 'end', stderr: '' });
      expect(await command.libpod('logs', '--tail', '0', 'log')).toMatchObject({ stdout: '', stderr: '' });
      expect(await command.libpod('logs', '--tail=-5', 'log')).toEqual(await command.libpod('logs', 'log'));
      const stamped = await command.libpod('logs', '-t', '-n', 'log');
      expect(stamped.stdout).toMatch(/^log \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one\n/);
      const moment = /log (\S+) two/.exec(stamped.stderr)?.[1] ?? 'no time';
      expect(await command.libpod('logs', '--since', moment, 'log')).toMatchObject({
        stdout: 'three\nend',
        stderr: 'two\n',
      });
      expect(await command.libpod('logs', '--until', moment, 'log')).toMatchObject({
        stdout: 'one\n',
        stderr: '',
      });
      expect(await command.libpod('logs', '--since', '1h', '--until', '59m', 'log')).toMatchObject({
        stdout: '',
        stderr: '',
      });
    }),
  );

  it(
    'goes on to the other names after a failure, and says which failed',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'there', ...command.overlay, 'true');
      await command.ok('run', '-d', '--name', 'runs', ...command.overlay, 'sleep', '100');
      const removed = await command.libpod('rm', 'nosuch', 'there');
      expect(removed).toMatchObject({ status: 1, stdout: 'there\n' });
      expect(removed.stderr).toMatch(/^Error: .*"nosuch".*\n$/);
      expect((await command.libpod('rm', 'runs')).status).toBe(2);
      expect(await command.libpod('rm', '--ignore', 'nosuch')).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      });
      expect(await command.ok('stop', '--ignore', '--time', '0', 'nosuch', 'runs')).toBe('runs');
      expect(await command.ok('wait', '--ignore', 'nosuch', 'runs')).toBe('-1\n137');
    }),
  );

  it(
    'stops, kills and removes all',
    withCommand(async (command) => {
      for (const name of ['x', 'y'])
        await command.ok('run', '-d', '--name', name, ...command.overlay, 'sleep', '100');
      expect((await command.ok('kill', '--all')).split('\n')).toHaveLength(2);
      expect(await command.ok('wait', 'x', 'y')).toBe('137\n137');
      expect((await command.ok('rm', '--all')).split('\n')).toHaveLength(2);
      expect(await command.ok('stop', '--all')).toBe('');
    }),
  );

  it(
    'waits for several: in the order of their names, for the first alone, and for none if one is not there',
    withCommand(async (command) => {
      for (const name of ['slow', 'fast']) {
        const words = ['--interactive', '--name', name, ...command.overlay];
        await command.ok('create', ...words, 'sh', '-c', `read line; exit ${name === 'fast' ? 4 : 3}`);
        await command.ok('start', name);
      }
      const missing = await command.libpod('wait', 'slow', 'nosuch', 'fast');
      expect(missing).toMatchObject({ status: 125, stdout: '' });
      expect(missing.stderr).toMatch(/^Error: .*"nosuch".*\n$/);
      const all = command.start(['wait', 'slow', 'fast'], '');
      const first = command.start(['wait', '--ignore', '--exit-first-match', 'slow', 'nosuch', 'fast'], '');
      await command.ok('kill', 'fast');
      expect(await first.ended).toMatchObject({ status: 0, stdout: '137\n', stderr: '' });
      expect(await command.ok('ps', '--quiet')).not.toBe('');
      await command.ok('kill', 'slow');
      expect(await all.ended).toMatchObject({ status: 0, stdout: '137\n137\n' });
      expect(await command.ok('wait', '--ignore', '--exit-first-match', 'nosuch')).toBe('-1');
    }),
  );

  it(
    'finds a name of its own where an empty one is given',
    withCommand(async (command) => {
      const id = await command.ok('create', '--name', '', ...command.overlay, 'true');
      expect(await command.ok('inspect', '--format', '{{.Name}}', id)).toMatch(/^[a-z]+_[a-z]+$/);
    }),
  );

  it(
    'inspects, through templates too',
    withCommand(async (command) => {
      const id = await command.ok(
        'create',
        '--name',
        'look',
        '--label',
        'a.b=c',
        ...command.overlay,
        'echo',
        'x y',
      );
      const [whole] = JSON.parse(await command.ok('inspect', 'look')) as {
        Id: string;
        Path: string;
        Args: string[];
      }[];
      expect(whole).toMatchObject({
        Id: id,
        Name: 'look',
        Path: 'echo',
        Args: ['x y'],
        State: { Status: 'created' },
      });
      const format =
        '{{.Name}} {{.Config.Cmd}} {{json .Args}} {{.State.Running}} {{index .Config.Labels "a.b"}} {{len .Args}}';
      expect(await command.ok('container', 'inspect', '-f', format, 'look')).toBe(
        'look [echo x y] ["x y"] false c 1',
      );
      const missing = await command.libpod('inspect', 'nosuch');
      expect(missing).toMatchObject({ status: 125, stdout: '[]\n' });
    }),
  );

  it(
    'tells whether a container exists, and what its start will do',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'here', ...command.overlay, 'true');
      expect((await command.libpod('container', 'exists', 'here')).status).toBe(0);
      expect(await command.libpod('container', 'exists', 'nosuch')).toMatchObject({ status: 1, stderr: '' });
      expect(await command.ok('container', 'plan', 'here')).toMatch(/^prepare: [^]*\nteardown: /);
      const info = JSON.parse(await command.ok('info', '--format', 'json')) as {
        store: { containerStore: object; graphRoot: string };
      };
      expect(info.store).toMatchObject({
        containerStore: { number: 1, running: 0, stopped: 1 },
        graphRoot: command.store.root,
      });
    }),
  );
});
