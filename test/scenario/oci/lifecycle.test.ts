import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withOci } from '../../support/oci-command.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('a container of libpod-oci', () => {
  it(
    'is created, started, killed and deleted, and tells its state as runc does',
    withOci(async (command) => {
      const { ok, fails, state, file, became } = bound(command);
      const bundle = command.bundle(
        ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.05; done'],
        (spec) => {
          spec.annotations = { 'a.b': 'c' };
        },
      );
      await ok('create', '--bundle', bundle, '--pid-file', file('pid'), 'one');
      const created = await state('one');
      expect(created).toEqual({
        ociVersion: '1.0.2-dev',
        id: 'one',
        pid: Number(readFileSync(file('pid'), 'utf8')),
        status: 'created',
        bundle,
        rootfs: command.rootfs,
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
        annotations: { 'a.b': 'c' },
        owner: 'root',
      });
      expect(await fails('create', '--bundle', bundle, 'one')).toBe('container with id exists: one');
      await ok('start', 'one');
      expect(await state('one')).toMatchObject({ status: 'running', pid: created.pid });
      expect(await fails('start', 'one')).toMatch(/^cannot start container one: it is running/);
      expect(await fails('delete', 'one')).toMatch(/^cannot delete container one that is not stopped/);
      await ok('pause', 'one');
      expect(await state('one')).toMatchObject({ status: 'paused' });
      expect(await fails('pause', 'one')).toMatch(/^cannot pause container one: it is paused/);
      await ok('resume', 'one');
      expect(await fails('resume', 'one')).toMatch(/^cannot resume container one: it is running/);
      await ok('kill', 'one', 'TERM');
      await became('one', 'stopped');
      expect(await state('one')).toMatchObject({ pid: 0 });
      expect(await fails('kill', 'one')).toBe('container not running: one');
      await ok('delete', 'one');
      for (const verb of ['state', 'start', 'kill', 'delete', 'pause', 'resume', 'ps'])
        expect(await fails(verb, 'one')).toBe('container does not exist: one');
      await ok('delete', '--force', 'one');
    }),
  );

  it(
    'is deleted by force though it runs or is paused, and without force before its start',
    withOci(async (command) => {
      const { ok, fails } = bound(command);
      const bundle = command.bundle(['sleep', '1000']);
      await ok('create', '-b', bundle, 'one');
      await ok('delete', 'one');
      await ok('create', '-b', bundle, 'one');
      await ok('start', 'one');
      await ok('pause', 'one');
      await ok('delete', '--force', 'one');
      expect(await fails('state', 'one')).toBe('container does not exist: one');
    }),
  );

  it.each([
    'null',
    '{"schema":1,"id":"one","ociVersion":"1.0.2","pid":1,"startTicks":"1","bundle":"/b","rootfs":"/r","created":"","cgroupPath":"/"}',
  ])('is told of as damaged, and deleted by force alone, with a record that is %s', (text) =>
    withOci(async (command) => {
      const { ok, fails } = bound(command);
      await ok('create', '-b', command.bundle(['sleep', '1000']), 'one');
      const record = path.join(command.root, 'one', 'state.json');
      const whole = readFileSync(record, 'utf8');
      writeFileSync(record, text);
      for (const verb of ['state', 'delete'])
        expect(await fails(verb, 'one')).toBe(`${record} is damaged: delete container one by force`);
      const copy = path.join(command.root, 'two');
      mkdirSync(copy);
      writeFileSync(path.join(copy, 'state.json'), text);
      await ok('delete', '--force', 'two');
      expect(JSON.parse(await ok('list', '--format', 'json'))).toEqual([]);
      expect((await command.oci('list')).stderr).toContain(`${record} is damaged`);
      writeFileSync(record, whole);
      await ok('delete', '--force', 'one');
    })(),
  );

  it(
    'is not made of a bundle whose configuration is no plain file',
    withOci(async (command) => {
      const bundle = command.bundle(['true']);
      const file = path.join(bundle, 'config.json');
      for (const make of [
        () => mkdirSync(file),
        () => symlinkSync('/dev/zero', file),
        () => execFileSync('mkfifo', [file]),
      ]) {
        rmSync(file, { recursive: true });
        make();
        expect(await command.fails('create', '-b', bundle, 'one')).toBe(
          `${file} is no plain file: give the directory of an OCI bundle`,
        );
      }
    }),
  );

  it(
    'is deleted though hooks after its end fail: each runs, and what it says is a warning in the log',
    withOci(async (command) => {
      const { ok, fails, file } = bound(command);
      const hook = (script: string): { path: string; args: string[] } => ({
        path: '/bin/sh',
        args: ['sh', '-c', script],
      });
      const bundle = command.bundle(['true'], (spec) => {
        spec.hooks = { poststop: [hook('echo no luck >&2; exit 3'), hook(`cat > ${file('second')}`)] };
      });
      await ok('create', '-b', bundle, 'one');
      expect((await command.oci('--log', file('log'), '--log-format', 'json', 'delete', 'one')).status).toBe(
        0,
      );
      expect(JSON.parse(readFileSync(file('log'), 'utf8'))).toMatchObject({
        level: 'warning',
        msg: 'cannot run the poststop hook /bin/sh (hooks.poststop[0]): it ended with 3: no luck',
      });
      expect(JSON.parse(readFileSync(file('second'), 'utf8'))).toMatchObject({
        id: 'one',
        status: 'stopped',
      });
      expect(await fails('state', 'one')).toBe('container does not exist: one');
    }),
  );

  it(
    'shares the PID namespace of the host, and ends whole',
    withOci(async (command) => {
      const { ok, became, file } = bound(command);
      const bundle = command.bundle(['sh', '-c', 'sleep 1000 & sleep 1000 & wait'], (spec) => {
        spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'pid');
      });
      const { status } = await command.oci('run', '-d', '-b', bundle, '--pid-file', file('pid'), 'one');
      expect(status).toBe(0);
      let pids: number[] = [];
      while (pids.length < 3) pids = JSON.parse(await ok('ps', '--format', 'json', 'one')) as number[];
      expect(pids).toContain(Number(readFileSync(file('pid'), 'utf8')));
      await ok('kill', '--all', 'one', 'KILL');
      await became('one', 'stopped');
      await ok('delete', 'one');
    }),
  );

  it(
    'runs in the foreground with the streams, the exit status and the signals of the caller',
    withOci(async (command) => {
      const { file } = bound(command);
      const bundle = command.bundle(['sh', '-c', 'cat; echo error >&2; exit 7']);
      const { status, stdout, stderr } = await command.start(['run', '-b', bundle, 'one'], 'in').ended;
      expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'in', stderr: 'error\n' });
      const killed = command.bundle(['sh', '-c', 'kill -9 $$']);
      expect((await command.oci('run', '-b', killed, 'one')).status).toBe(0);
      const waits = command.bundle([
        'sh',
        '-c',
        'trap "exit 4" INT; echo ready; while :; do sleep 0.05; done',
      ]);
      const running = command.start(['run', '--pid-file', file('pid'), '-b', waits, 'one']);
      await running.saw('ready');
      running.child.kill('SIGINT');
      expect((await running.ended).status).toBe(4);
      expect(await command.ok('list', '--quiet')).toBe('');
    }),
  );

  it(
    'is listed as runc lists it',
    withOci(async (command) => {
      const { ok } = bound(command);
      expect(await ok('list')).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
      expect(JSON.parse(await ok('list', '--format', 'json'))).toEqual([]);
      const bundle = command.bundle(['true']);
      await ok('create', '-b', bundle, 'b');
      await ok('create', '-b', command.bundle(['true']), 'a');
      expect(await ok('list', '-q')).toBe('a\nb');
      const [, first] = (await ok('list')).split('\n');
      expect(first).toMatch(/^a {11}\d+ +created {5}\/.* root$/);
      expect(JSON.parse(await ok('list', '-f', 'json'))).toMatchObject([{ id: 'a' }, { id: 'b', bundle }]);
      await ok('delete', 'a');
      await ok('delete', 'b');
    }),
  );

  it(
    'leaves nothing behind when it cannot be made or started',
    withOci(async (command) => {
      const { ok, fails, file } = bound(command);
      const missing = command.bundle(['nosuch']);
      expect(await fails('create', '-b', missing, 'one')).toMatch(
        /^command "nosuch" was not found in the container's \$PATH: .*no such file or directory/,
      );
      const text = command.bundle(['/etc/passwd']);
      expect(await fails('run', '-b', text, 'one')).toMatch(
        /^command "\/etc\/passwd" cannot be executed: .*permission denied/i,
      );
      writeFileSync(`${command.rootfs}/bin/broken`, '\0\x01', { mode: 0o755 });
      const broken = command.bundle(['broken']);
      expect(await fails('run', '-b', broken, 'one')).toMatch(
        /^command "broken" cannot be executed: exec format error/,
      );
      expect(await ok('list', '-q')).toBe('');
      // It is there until its program is tried.
      await ok('create', '-b', broken, 'one');
      expect(await fails('start', 'one')).toMatch(/^command "broken" cannot be executed: exec format error/);
      await command.became('one', 'stopped');
      await ok('delete', 'one');
      expect(await fails('create', '-b', missing, '--pid-file', file('nosuch/pid'), 'one')).toMatch(
        /^command/,
      );
    }),
  );

  it(
    'tells its errors in the log that podman and containerd read',
    withOci(async (command) => {
      const { file } = bound(command);
      const bundle = command.bundle(['nosuch']);
      const log = ['--log', file('log'), '--log-format', 'json'];
      const { status } = await command.oci(...log, '--debug', 'create', '-b', bundle, 'one');
      expect(status).toBe(1);
      const lines = readFileSync(file('log'), 'utf8').trim().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        expect.objectContaining({ level: 'debug', msg: expect.stringMatching(/^create -b /) as unknown }),
        expect.objectContaining({
          level: 'error',
          msg: expect.stringContaining('was not found') as unknown,
          time: expect.any(String) as unknown,
        }),
      ]);
    }),
  );
});

/** The methods of a command, to be called by themselves. */
function bound(command: Parameters<Parameters<typeof withOci>[0]>[0]) {
  return {
    ok: command.ok.bind(command),
    fails: command.fails.bind(command),
    state: command.state.bind(command),
    became: command.became.bind(command),
    file: command.file,
  };
}
