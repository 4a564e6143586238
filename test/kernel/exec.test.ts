import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { busyboxRoot, staticBusybox } from '../support/rootfs.js';
import { withSleeper } from '../support/sleeper.js';
import { withStore } from '../support/store.js';

const sh = (script: string): string[] => ['sh', '-c', script];

/** Waits until something is so. */
async function until(is: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await is())) await sleep(10);
}

/** The processes of a container, by their command lines. */
async function commandLines(container: Container): Promise<string[]> {
  const { stdout } = await container.exec(
    sh('for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline 2>/dev/null; echo; done'),
  );
  return stdout.split('\n');
}

describe.skipIf(!requires({ root: true }))('exec', () => {
  it(
    'tells how a command ended, and what it wrote on each stream',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const process = container.exec(sh('echo out; echo err >&2; exit 7'));
        expect(process.id).toMatch(/^[0-9a-f]{64}$/);
        expect(await process).toEqual({
          id: process.id,
          command: sh('echo out; echo err >&2; exit 7'),
          exitCode: 7,
          signal: 0,
          timedOut: false,
          stdout: 'out\n',
          stderr: 'err\n',
          detached: false,
        });
        expect(await container.execSessions()).toEqual([]);
        const bytes = await container.exec(['printf', '\\377\\0'], { encoding: 'buffer' });
        expect([...bytes.stdout]).toEqual([255, 0]);
      });
    }),
  );

  it(
    'tells each of the 256 exit codes and each signal',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const codes = Array.from({ length: 256 }, (_, code) => code);
        for (const from of [0, 64, 128, 192]) {
          const some = codes.slice(from, from + 64);
          const results = await Promise.all(some.map((code) => container.exec(sh(`exit ${code}`))));
          expect(results.map(({ exitCode, signal }) => [exitCode, signal])).toEqual(
            some.map((code) => [code, 0]),
          );
        }
        // Those that stop or go on do not end a process, nor do those that are ignored unless handled.
        const harmless = new Set([17, 18, 19, 20, 21, 22, 23, 28]);
        const signals = Array.from({ length: 64 }, (_, index) => index + 1).filter(
          (signal) => !harmless.has(signal) && signal !== 32 && signal !== 33,
        );
        const results = await Promise.all(
          signals.map((signal) =>
            container.exec([
              'python3',
              '-c',
              `import os, signal; ${signal} in (13, 25) and signal.signal(${signal}, signal.SIG_DFL); os.kill(os.getpid(), ${signal})`,
            ]),
          ),
        );
        expect(results.map(({ exitCode, signal }) => [exitCode, signal])).toEqual(
          signals.map((signal) => [128 + signal, signal]),
        );
      });
    }),
  );

  it(
    'is confined as the container is',
    withStore(async (runtime) => {
      const facts = sh(
        'grep -E "^(Cap|NoNewPrivs|Seccomp|Groups|Uid|Gid|Umask)" /proc/self/status; ulimit -a; ' +
          'for n in mnt net ipc uts pid cgroup; do readlink /proc/self/ns/$n; done; ' +
          'for n in mnt net ipc uts pid cgroup; do readlink /proc/1/ns/$n; done; cat /proc/self/oom_score_adj; ls -l /proc/self/fd',
      );
      const options = {
        capDrop: ['CHOWN'],
        noNewPrivileges: true,
        ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
        oomScoreAdj: 100,
        user: '1000:1000',
        umask: 0o027,
      };
      await withSleeper(runtime, options, async (container) => {
        const { stdout } = await container.exec(facts);
        const status = readFileSync(`/proc/${await container.pid()}/status`, 'utf8');
        for (const name of [
          'CapInh',
          'CapPrm',
          'CapEff',
          'CapBnd',
          'CapAmb',
          'NoNewPrivs',
          'Seccomp',
          'Groups',
          'Umask',
        ]) {
          const line = new RegExp(`^${name}:.*$`, 'm').exec(status)?.[0];
          expect(line).toBeDefined();
          expect(stdout).toContain(line);
        }
        expect(stdout).toMatch(/open files\s+\(-n\) 100|nofiles?\s.*100/);
        const namespaces = stdout.split('\n').filter((line) => /^[a-z]+:\[\d+\]$/.test(line));
        expect(namespaces.slice(0, 6)).toEqual(namespaces.slice(6));
        expect(stdout).toContain('\n100\n');
        // Nothing but the standard streams, and what "ls" reads.
        expect(stdout.match(/ -> /g)).toHaveLength(4);
      });
    }),
  );

  it(
    'is in the cgroups of the container, in one of its own beneath it',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const session = container.exec(['sleep', '1000']);
        const lines = readFileSync(`/proc/${await session.started()}/cgroup`, 'utf8')
          .trim()
          .split('\n');
        for (const line of lines) expect(line).toContain(container.cgroupPath);
        expect(lines.filter((line) => line.endsWith(`/exec-${session.id}`))).toHaveLength(1);
        session.kill('KILL');
        await session;
      });
    }),
  );

  it(
    'takes user, environment, directory and terminal of its own',
    withStore(async (runtime) => {
      await withSleeper(runtime, { env: { FROM: 'container', BOTH: 'container' } }, async (container) => {
        const { stdout } = await container.exec(
          sh('id -u; id -g; pwd; echo $FROM $BOTH $ONE; echo $HOME; grep CapEff /proc/self/status'),
          {
            user: '65534:7',
            cwd: '/usr/bin',
            env: { BOTH: 'session', ONE: '1' },
          },
        );
        expect(stdout.split('\n').slice(0, 4)).toEqual(['65534', '7', '/usr/bin', 'container session 1']);
        expect(stdout).toMatch(/CapEff:\s+0000000000000000/);
        const terminal = await container.exec(
          sh('tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo $TERM'),
          {
            tty: true,
            rows: 31,
            columns: 97,
          },
        );
        expect(terminal.stdout).toMatch(/^\/dev\/pts\/\d+\r\n31 97\r\nxterm\r\n$/);
        const root = await container.exec(['grep', 'CapEff', '/proc/self/status'], { privileged: true });
        const own = await container.exec(['grep', 'CapEff', '/proc/self/status']);
        expect(BigInt(`0x${root.stdout.split('\t')[1]?.trim()}`)).toBeGreaterThan(
          BigInt(`0x${own.stdout.split('\t')[1]?.trim()}`),
        );
      });
    }),
  );

  it.skipIf(staticBusybox() === undefined)(
    'finds users in the files of the container',
    withStore(async (runtime, store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      await withSleeper(runtime, { rootfs }, async (container) => {
        const { stdout } = await container.exec(sh('id; echo $HOME'), { user: 'app' });
        expect(stdout).toBe('uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)\n/home/app\n');
        await expect(container.exec(['id'], { user: 'nobody-there' })).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
          message: expect.stringContaining('nobody-there') as string,
        });
      });
    }),
  );

  it(
    'says what is wrong in one sentence, and leaves nothing',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const cases = [
          [['no-such-command'], {}, 'ERR_COMMAND_NOT_FOUND'],
          [['/no/such/command'], {}, 'ERR_COMMAND_NOT_FOUND'],
          [['/etc/passwd'], {}, 'ERR_COMMAND_NOT_EXECUTABLE'],
          [['/usr'], {}, 'ERR_COMMAND_NOT_EXECUTABLE'],
          [['true'], { cwd: '/no/such' }, 'ERR_LAUNCH'],
          [['true'], { cwd: 'relative' }, 'ERR_INVALID_ARGUMENT'],
          [['true'], { user: 'nobody-there' }, 'ERR_INVALID_ARGUMENT'],
          [['true'], { env: { 'A=B': '1' } }, 'ERR_INVALID_ARGUMENT'],
          [['true'], { timeout: -1 }, 'ERR_INVALID_ARGUMENT'],
          [[], {}, 'ERR_INVALID_ARGUMENT'],
          [['a\0b'], {}, 'ERR_INVALID_ARGUMENT'],
        ] as const;
        for (const [command, options, code] of cases)
          await expect(container.exec(command, options), JSON.stringify(command)).rejects.toMatchObject({
            code,
          });
        expect(await container.execSessions()).toEqual([]);
      });
    }),
  );

  it(
    'has no descriptor of the host to step out by (CVE-2024-21626)',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        for (let fd = 0; fd < 32; fd++)
          await expect(
            container.exec(['pwd'], { cwd: `/proc/self/fd/${fd}` }),
            `descriptor ${fd}`,
          ).rejects.toMatchObject({ code: 'ERR_LAUNCH' });
        const { stdout } = await container.exec(['ls', '/proc/1/cwd/']);
        expect(stdout).toBe((await container.exec(['ls', '/'])).stdout);
      });
    }),
  );

  it(
    'is refused unless the container runs',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '1000'] });
      await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.init();
      await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.start();
      await container.pause();
      await expect(container.exec(['true'])).rejects.toMatchObject({
        code: 'ERR_INVALID_STATE',
        message: expect.stringContaining('paused') as string,
      });
      await container.unpause();
      expect((await container.exec(['true'])).exitCode).toBe(0);
      await container.stop({ timeout: 0 });
      await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      expect(await container.execSessions()).toEqual([]);
      await container.remove();
      await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'ERR_REMOVED' });
    }),
  );

  it(
    'ends with the container, and its end is told',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const sessions = [
          container.exec(sh('echo before; exec sleep 1000')),
          container.exec(['sleep', '1000']),
        ];
        await Promise.all(sessions.map((session) => session.started()));
        await container.kill();
        const results = await Promise.all(sessions);
        expect(results.map(({ exitCode, signal }) => [exitCode, signal])).toEqual([
          [137, 9],
          [137, 9],
        ]);
        await container.wait();
      });
    }),
  );

  it(
    'kills the whole tree on abort and on timeout',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        // A grandchild in a session of its own, out of reach of any signal to a group.
        const tree = sh('setsid sleep 4242 & setsid sh -c "sleep 4242 & sleep 4242" & echo up; wait');
        const controller = new AbortController();
        const aborted = container.exec(tree, { signal: controller.signal });
        aborted.stdout.once('data', () => controller.abort(new Error('enough')));
        await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: new Error('enough') });
        await until(async () => !(await commandLines(container)).some((line) => line.includes('sleep 4242')));
        const late = await container.exec(tree, { timeout: 0.3 });
        expect(late).toMatchObject({ exitCode: 137, signal: 9, timedOut: true, stdout: 'up\n' });
        await until(async () => !(await commandLines(container)).some((line) => line.includes('sleep 4242')));
        await expect(container.exec(['true'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
          code: 'ERR_ABORTED',
        });
        await expect(container.exec(['sleep', '9'], { timeout: 0.1, reject: true })).rejects.toMatchObject({
          code: 'ERR_EXEC_FAILED',
          cause: { timedOut: true },
        });
      });
    }),
  );

  it(
    'ends when its process has, though a child keeps the streams; and not before, though the process closed them',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const child = await container.exec(sh('sleep 4242 & echo started'));
        expect(child).toMatchObject({ exitCode: 0, stdout: 'started\n' });
        expect((await commandLines(container)).some((line) => line.includes('sleep 4242'))).toBe(true);
        const closed = await container.exec(sh('exec >&- 2>&-; sleep 0.3; exit 3'));
        expect(closed).toMatchObject({ exitCode: 3, stdout: '' });
        const terminal = await container.exec(sh('sleep 4242 & echo started'), { tty: true });
        expect(terminal).toMatchObject({ exitCode: 0, stdout: 'started\r\n' });
      });
    }),
  );

  it(
    'takes input to its end, and writes it to who reads',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        expect((await container.exec(['cat'], { input: 'hello' })).stdout).toBe('hello');
        expect((await container.exec(['cat'], { input: '' })).stdout).toBe('');
        expect((await container.exec(['cat'])).stdout).toBe('');
        const cat = container.exec(['cat'], { stdin: true });
        cat.stdin?.write('one\n');
        for await (const piece of cat.stdout) {
          expect(String(piece)).toBe('one\n');
          cat.stdin?.end();
        }
        expect((await cat).stdout).toBe('one\n');
        // One that does not read what it is given.
        expect((await container.exec(['true'], { input: Buffer.alloc(1_000_000) })).exitCode).toBe(0);
      });
    }),
  );

  it(
    'refuses to keep more than was asked for',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        await expect(container.exec(['yes'], { maxBuffer: 100_000 })).rejects.toMatchObject({
          code: 'ERR_OUTPUT_LIMIT',
        });
        expect((await container.exec(sh('printf 12345'), { maxBuffer: 5 })).stdout).toBe('12345');
        expect(await container.execSessions()).toEqual([]);
      });
    }),
  );

  it(
    'forwards signals and sizes',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const trap = container.exec(
          sh('trap "echo got; exit 5" USR1; echo ready; while :; do sleep 0.05; done'),
        );
        trap.stdout.once('data', () => trap.kill('USR1'));
        expect(await trap).toMatchObject({ exitCode: 5, stdout: 'ready\ngot\n' });
        const terminal = container.exec(
          sh('trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done'),
          {
            tty: true,
          },
        );
        terminal.stdout.once('data', () => terminal.resize(40, 111));
        expect((await terminal).stdout).toBe('ready\r\n40 111\r\n');
      });
    }),
  );

  it(
    'keeps sessions that were created, until they are removed',
    withStore(async (runtime, store) => {
      await withSleeper(runtime, {}, async (container) => {
        const id = await container.execCreate(sh('read line; echo "got $line"; exit 9'), { stdin: true });
        expect(await container.execSessions()).toEqual([id]);
        expect(await container.execSession(id)).toMatchObject({
          id,
          containerId: container.id,
          command: sh('read line; echo "got $line"; exit 9'),
          pid: 0,
          state: 'created',
        });
        // Another engine, as another process has it.
        const other = (await store.open()).getContainer(container.id);
        await expect(other.execAttach(id)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
        const run = other.execStartAndAttach(id, { input: 'line\n' });
        expect(await run).toMatchObject({ id, exitCode: 9, stdout: 'got line\n' });
        const ended = await container.execSession(id);
        expect(ended).toMatchObject({ state: 'stopped', exitCode: 9 });
        expect(Date.parse(ended.finishedTime)).toBeGreaterThanOrEqual(Date.parse(ended.startedTime));
        await expect(container.execStart(id)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
        await other.execRemove(id);
        expect(await container.execSessions()).toEqual([]);
        await expect(container.execSession(id)).rejects.toMatchObject({ code: 'ERR_NO_SUCH_EXEC_SESSION' });

        const long = await container.execCreate(
          sh('trap "exit 4" TERM; echo up; while :; do sleep 0.05; done'),
        );
        const first = container.execStartAndAttach(long);
        await new Promise((resolve) => first.stdout.once('data', resolve));
        const second = other.execAttach(long);
        await second.started();
        const { pid, command } = await container.execSession(long);
        expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)).toEqual(command);
        await expect(other.execRemove(long)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
        await other.execStop(long);
        expect((await first).exitCode).toBe(4);
        expect((await second).exitCode).toBe(4);
        await other.execRemove(long);

        const missing = await container.execCreate(['no-such-command']);
        await expect(other.execStart(missing)).rejects.toMatchObject({ code: 'ERR_COMMAND_NOT_FOUND' });
        expect(await container.execSession(missing)).toMatchObject({ state: 'stopped', exitCode: 127 });
        await other.execRemove(missing);

        const stubborn = await container.execCreate(sh('trap "" TERM; while :; do sleep 0.05; done'));
        await container.execStart(stubborn);
        await container.execRemove(stubborn, { force: true });
        expect(await container.execSessions()).toEqual([]);
        await container.execCreate(['true']);
      });
    }),
  );

  it(
    'runs on without anybody, and is forgotten when it has ended',
    withStore(async (runtime) => {
      await withSleeper(runtime, {}, async (container) => {
        const started = await container.exec(
          sh('while ! test -e /tmp/go; do sleep 0.02; done; echo done >/tmp/went; echo lost'),
          {
            detach: true,
          },
        );
        expect(started).toMatchObject({ exitCode: 0, stdout: '' });
        expect(await container.execSessions()).toEqual([started.id]);
        await container.exec(['touch', '/tmp/go']);
        await until(async () => (await container.execSessions()).length === 0);
        expect((await container.exec(['cat', '/tmp/went'])).stdout).toBe('done\n');
      });
    }),
  );
});
