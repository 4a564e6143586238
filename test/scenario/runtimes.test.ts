import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Container, Runtime } from '../../src/index.js';
import { inWorld } from '../support/network-world.js';
import { runtimeChoice } from '../support/oci-runtimes.js';
import { requires } from '../support/requires.js';
import { run, shell } from '../support/run.js';
import { guarded, withStore } from '../support/store.js';

/** Starts a program, and waits for its first word. */
async function startTalking(runtime: Runtime, choice: string, script: string): Promise<Container> {
  const container = await runtime.createContainer({
    hostRoot: true,
    runtime: choice,
    command: ['sh', '-c', script],
  });
  const { stdout, stderr } = await container.startAndAttach();
  stderr.resume();
  await new Promise<void>((resolve) => stdout.once('data', () => resolve()));
  stdout.resume();
  return container;
}

/** The same scenarios with each runtime; the first is the built-in one, which says what they are to do. */
describe
  .runIf(requires({ root: true, crun: true, runc: true }))
  .each(['libpod', 'crun', 'runc', 'libpod-oci'])('the OCI runtime %s', (name) => {
  it(
    'runs a command to its end: code, streams, log, records',
    withStore(async (runtime, store) => {
      const choice = runtimeChoice(store, name);
      const options = { runtime: choice };
      expect(await shell(runtime, 'echo out; echo err >&2; exit 3', options)).toEqual({
        ...{ exitCode: 3, signal: 0, oomKilled: false },
        ...{ stdout: 'out\n', stderr: 'err\n' },
      });
      const container = await runtime.createContainer({
        ...{ hostRoot: true, ...options, stdin: true, cwd: '/tmp', hostname: 'inside' },
        command: ['sh', '-c', 'read line; echo "$line" $(hostname) $(pwd) $$; exit 4'],
        pidFile: path.join(store.directory, 'pid'),
      });
      expect(container.runtimeName).toBe(choice);
      expect((await container.inspect()).OCIRuntime).toBe(choice);
      await container.init();
      expect(await container.state()).toBe('created');
      const pid = await container.pid();
      expect(readFileSync(path.join(store.directory, 'pid'), 'utf8')).toBe(String(pid));
      const attached = await container.startAndAttach({ stdin: true });
      attached.stdin?.end('hello\n');
      attached.stderr.resume();
      expect(await text(attached.stdout)).toBe('hello inside /tmp 1\n');
      expect(await container.wait()).toEqual({ exitCode: 4, signal: 0, oomKilled: false });
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      await container.remove();
    }),
  );

  it(
    'tells what is wrong with a command, and leaves nothing behind',
    withStore(async (runtime, store) => {
      const options = { runtime: runtimeChoice(store, name) };
      await expect(run(runtime, ['no-such-program'], options)).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
      await expect(run(runtime, ['/usr'], options)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(COMMAND_NOT_EXECUTABLE|LAUNCH)$/),
      });
      const throwaway = await runtime.createContainer({
        ...{ hostRoot: true, remove: true, ...options },
        command: ['sh', '-c', 'echo gone'],
      });
      await throwaway.start();
      expect((await throwaway.wait()).exitCode).toBe(0);
      await throwaway.remove();
    }),
  );

  it(
    'has terminals, sessions and limits, and stops when it is told to',
    withStore(async (runtime, store) => {
      const options = { hostRoot: true, runtime: runtimeChoice(store, name) };
      const screen = await runtime.createContainer({
        ...{ ...options, terminal: true, stdin: true },
        command: ['sh', '-c', 'read line; echo "$line"; stty size; test -t 0 && tty'],
      });
      const { stdout, stdin, stderr, resize } = await screen.startAndAttach({ stdin: true });
      stderr.resume();
      resize(33, 99);
      stdin?.write('typed\n');
      expect(await text(stdout)).toMatch(/typed\r\n.*33 99\r\n\/dev\/(pts\/0|console)\r\n/s);
      expect((await screen.wait()).exitCode).toBe(0);
      await screen.remove();

      const container = await startTalking(
        runtime,
        options.runtime,
        'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done',
      );
      const answer = await container.exec(['sh', '-c', 'cat; echo bad >&2; exit 5'], { input: 'in' });
      expect(answer).toMatchObject({ exitCode: 5, stdout: 'in', stderr: 'bad\n' });
      expect((await container.exec(['true'])).exitCode).toBe(0);
      expect(
        (await container.exec(['sh', '-c', 'stty size'], { tty: true, rows: 22, columns: 77 })).stdout,
      ).toBe('22 77\r\n');
      await expect(container.exec(['no-such-program'])).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
      expect(await container.exec(['sleep', '60'], { timeout: 0.2 })).toMatchObject({
        ...{ timedOut: true, signal: 9, exitCode: 137 },
      });
      expect(
        await Promise.all(
          [1, 2, 3].map(async (code) => (await container.exec(['sh', '-c', `exit ${code}`])).exitCode),
        ),
      ).toEqual([1, 2, 3]);
      // One child at once, and one in a session of its own whose parent ends.
      const tree = 'sleep 4242 & read word; (setsid sleep 4242 &); echo up; wait';
      const session = container.exec(['sh', '-c', tree], { stdin: true });
      await session.started();
      session.stdin?.end('go\n');
      await new Promise((resolve) => session.stdout.once('data', resolve));
      session.kill('KILL');
      expect(await session).toMatchObject({ signal: 9, exitCode: 137 });
      const looks = ['sh', '-c', "grep -q '424[2]' /proc/[0-9]*/cmdline"];
      while ((await container.exec(looks)).exitCode === 0);
      await container.update({ pidsLimit: 77 });
      const limits = ['pids', ''].map((one) =>
        path.join('/sys/fs/cgroup', one, container.cgroupPath, 'pids.max'),
      );
      expect(readFileSync(limits.find((file) => existsSync(file)) ?? '', 'utf8')).toBe('77\n');
      const { value: samples } = await runtime.stats({ containers: [container.id] }).next();
      expect(samples?.[0]?.pids).toBeGreaterThan(0);
      await container.pause();
      expect(await container.state()).toBe('paused');
      await container.unpause();
      await container.stop({ timeout: 10 });
      expect(await container.exitCode()).toBe(7);
      // Again: nothing of the first run is in the way.
      await container.restart({ timeout: 0 });
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is run again by a restart policy, and is checked for its health',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        ...{ hostRoot: true, runtime: runtimeChoice(store, name), restartPolicy: 'on-failure:2' },
        command: ['sh', '-c', 'exit 9'],
      });
      await container.start();
      expect((await container.wait()).exitCode).toBe(9);
      while ((await container.state()) !== 'exited') await sleep(20);
      expect((await container.stateRecord()).restartCount).toBe(2);
      await container.remove();
      const checked = await runtime.createContainer({
        ...{ hostRoot: true, runtime: runtimeChoice(store, name), command: ['sleep', '1000'] },
        healthcheck: { test: ['true'] },
      });
      await checked.start();
      expect(await checked.healthcheck()).toMatchObject({ passed: true, status: 'healthy' });
      await checked.remove({ force: true, timeout: 0 });
    }),
  );
});

describe.runIf(requires({ root: true, crun: true, runc: true })).each(['crun', 'runc', 'libpod-oci'])(
  'the /dev/shm of another container, with %s',
  (name) => {
    it(
      'is shared with its IPC namespace, and gives no programs and no devices',
      withStore(async (runtime, store) => {
        const choice = runtimeChoice(store, name);
        const first = await startTalking(
          runtime,
          choice,
          'echo one > /dev/shm/a; cp /usr/bin/id /dev/shm/id; echo ready; sleep 1000',
        );
        const script =
          'cat /dev/shm/a; echo two > /dev/shm/b; /dev/shm/id; echo $?; readlink /proc/self/ns/ipc';
        const options = { runtime: choice, namespaces: { ipc: { container: first.id } } };
        const pid = await first.pid();
        expect((await shell(runtime, script, options)).stdout).toBe(
          `one\n126\n${readlinkSync(`/proc/${pid}/ns/ipc`)}\n`,
        );
        expect(readFileSync(`/proc/${pid}/root/dev/shm/b`, 'utf8')).toBe('two\n');
        await first.remove({ force: true, timeout: 0 });
      }),
    );
  },
);

describe.runIf(requires({ root: true, crun: true, busybox: true, ip: true, nft: true }))(
  'a container of another OCI runtime',
  () => {
    it(
      'is in networks, publishes ports, and leaves both',
      guarded(async (store) => {
        const choice = JSON.stringify(runtimeChoice(store, 'crun'));
        const report = await inWorld(
          store,
          `const server = await runtime.createContainer({ ...root, runtime: ${choice}, command: web, networks: ['bridge'], ports: [{ containerPort: 80, hostPort: 8080 }] });
           await server.start();
           const address = await server.ipAddress();
           await listening('http://' + address + '/word');
           tell(fetchFrom(run, 'http://' + address + '/word'));
           tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
           tell((await server.exec(['ip', '-o', 'link', 'show', 'lo'])).stdout.includes('LOWER_UP'));
           await server.stop({ timeout: 0 });
           tell(fetchFrom(run, 'http://127.0.0.1:8080/word').startsWith('failed'));
           await server.remove();`,
        );
        expect(report).toEqual(['hello', 'hello', true, true]);
      }),
    );

    it(
      'joins the namespaces of its pod',
      withStore(async (runtime, store) => {
        const choice = runtimeChoice(store, 'crun');
        const pod = await runtime.createPod({ name: 'group' });
        const member = await runtime.createContainer({
          ...{ hostRoot: true, pod: 'group', runtime: choice },
          command: ['sh', '-c', 'echo one > /dev/shm/a; sleep 1000'],
        });
        await pod.start();
        const infra = await runtime.getContainer((await pod.inspect()).InfraContainerID).pid();
        const namespaceOf = (pid: number, type: string): string => readlinkSync(`/proc/${pid}/ns/${type}`);
        const pid = await member.pid();
        for (const type of ['net', 'uts', 'ipc'])
          expect(namespaceOf(pid, type)).toBe(namespaceOf(infra, type));
        expect(namespaceOf(pid, 'pid')).not.toBe(namespaceOf(infra, 'pid'));
        expect((await member.exec(['hostname'])).stdout).toBe('group\n');
        await pod.remove({ force: true, timeout: 0 });
      }),
    );
  },
);
