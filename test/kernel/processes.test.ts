import { execFileSync, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  ancestorsOf,
  cgroupMembers,
  childrenOf,
  descendantsOf,
  detectCgroups,
  listProcesses,
  Namespace,
  ProcessHandle,
  processStat,
  processStatus,
  spawnProcess,
  startTicks,
  type SpawnProcessOptions,
} from '../../src/linux.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

const SIGKILL = 9;
const NOBODY = 0x7ffffff0;
const UNKNOWN = { exitCode: undefined, signal: undefined };

const code = (expected: string): unknown => expect.objectContaining({ name: 'LibpodError', code: expected });

/** Runs a shell script to its end and answers its output. */
async function shell(
  store: { readonly directory: string },
  script: string,
  options: Partial<SpawnProcessOptions> = {},
): Promise<string> {
  const file = path.join(store.directory, 'output');
  const output = openSync(file, 'w');
  const child = await spawnProcess({
    file: 'sh',
    args: ['-c', script],
    stdio: ['ignore', output, output],
    ...options,
  });
  closeSync(output);
  using handle = child;
  await handle.ended();
  return readFileSync(file, 'utf8');
}

describe.runIf(requires({ root: true }))('a process that is held', () => {
  it(
    'tells how it ended, if it is a child',
    guarded(async () => {
      for (const [script, end] of [
        ['exit 0', { exitCode: 0, signal: undefined }],
        ['exit 7', { exitCode: 7, signal: undefined }],
        ['kill -TERM $$', { exitCode: undefined, signal: 15 }],
      ] as const) {
        using child = await spawnProcess({ file: 'sh', args: ['-c', script] });
        expect(await child.ended()).toEqual(end);
        // As often as it is asked, and after the end too.
        expect(await Promise.all([child.ended(), child.ended()])).toEqual([end, end]);
        expect(child.signal(SIGKILL)).toBe(false);
        expect(() => child.identity).toThrow(code('ERR_NO_SUCH_PROCESS'));
      }
    }),
  );

  it(
    'is left to node:child_process, if that started it',
    guarded(async () => {
      const child = spawn('sh', ['-c', 'read line; exit 5'], { stdio: ['pipe', 'ignore', 'ignore'] });
      using handle = ProcessHandle.open(child.pid ?? 0);
      const ended = handle.ended();
      child.stdin.end('\n');
      const [[status], end] = await Promise.all([once(child, 'exit') as Promise<[number]>, ended]);
      expect(status).toBe(5);
      // Whoever comes first: libuv, which reaps it, or this.
      expect([5, undefined]).toContain(end.exitCode);
      expect(await handle.ended()).toEqual(UNKNOWN);
    }),
  );

  it(
    'is heard of also as a stranger’s child',
    guarded(async (store) => {
      const file = path.join(store.directory, 'pid');
      const parent = spawn('sh', ['-c', `sleep 1000 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`], {
        stdio: 'ignore',
      });
      while (!existsSync(file)) await sleep(10);
      using handle = ProcessHandle.open(Number(readFileSync(file, 'utf8')));
      expect(handle.identity).toEqual({ pid: handle.pid, startTicks: startTicks(handle.pid) });
      const ended = handle.ended();
      expect(handle.signal('KILL')).toBe(true);
      expect(await ended).toEqual(UNKNOWN);
      await once(parent, 'exit');
    }),
  );

  it(
    'is one that lives, and the one that is meant',
    guarded(async () => {
      expect(() => ProcessHandle.open(NOBODY)).toThrow(code('ERR_NO_SUCH_PROCESS'));
      for (const pid of [0, -1, 1.5, NaN, 'x' as never, null as never]) {
        expect(() => ProcessHandle.open(pid)).toThrow(code('ERR_INVALID_ARGUMENT'));
      }
      const own = { pid: process.pid, startTicks: startTicks(process.pid) };
      using handle = ProcessHandle.open(own);
      expect(handle.identity).toEqual(own);
      expect(() => ProcessHandle.open({ ...own, startTicks: own.startTicks + 1n })).toThrow(
        code('ERR_NO_SUCH_PROCESS'),
      );
      expect(() => handle.signal('NONE')).toThrow(code('ERR_INVALID_ARGUMENT'));
      const disposed = ProcessHandle.open(own);
      disposed[Symbol.dispose]();
      disposed[Symbol.dispose]();
      expect(() => disposed.fd).toThrow(code('ERR_INVALID_STATE'));
      await expect(disposed.ended()).rejects.toThrow(code('ERR_INVALID_STATE'));
    }),
  );

  it(
    'is waited for until the caller gives up, without a thread',
    guarded(async () => {
      using child = await spawnProcess({ file: 'sleep', args: ['1000'] });
      using again = ProcessHandle.open(child.pid);
      const threads = readdirSync('/proc/self/task').length;
      const stop = new AbortController();
      setMaxListeners(0, stop.signal);
      const waiting = [child, again].flatMap((handle) =>
        Array.from({ length: 100 }, () => handle.ended({ signal: stop.signal })),
      );
      const patient = again.ended();
      await sleep(50);
      expect(readdirSync('/proc/self/task').length).toBe(threads);
      stop.abort('enough');
      for (const result of await Promise.allSettled(waiting))
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'ERR_ABORTED', cause: 'enough' },
        });
      await expect(again.ended({ signal: stop.signal })).rejects.toThrow(code('ERR_ABORTED'));
      child.signal('KILL');
      expect(await child.ended()).toEqual({ exitCode: undefined, signal: SIGKILL });
      await patient;
    }),
  );

  it('keeps Node alive while somebody waits for it, and not else', async () => {
    const door = fileURLToPath(new URL('../../dist/linux.js', import.meta.url));
    const script = (wait: string): string => `
      import { spawnProcess } from ${JSON.stringify(door)};
      const child = await spawnProcess({ file: 'sleep', args: ['0.2'] });
      ${wait}
      process.on('exit', () => console.log(child.exists() ? 'runs' : 'ended'));`;
    const run = (wait: string): string =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script(wait)]).toString();
    expect(run('await child.ended();')).toBe('ended\n');
    expect(run('')).toBe('runs\n');
  });
});

describe.runIf(requires({ root: true }))('a process that is started', () => {
  it(
    'begins with no signal ignored or blocked, and with the descriptors it was given',
    guarded(async (store) => {
      expect(await shell(store, 'grep -E "^Sig(Blk|Ign):" /proc/self/status; ls /proc/$$/fd')).toBe(
        `SigBlk:\t${'0'.repeat(16)}\nSigIgn:\t${'0'.repeat(16)}\n0\n1\n2\n`,
      );
      const fds = ['a', 'b', 'c'].map((name) => {
        const file = path.join(store.directory, name);
        writeFileSync(file, name);
        return openSync(file, 'r');
      });
      const output = openSync(path.join(store.directory, 'output'), 'w');
      // Every one in the place of another.
      const stdio = ['ignore', output, output, ...[...fds].reverse(), 'ignore'] as const;
      using child = await spawnProcess({
        file: 'sh',
        args: ['-c', 'cat <&3; cat <&4; cat <&5; cat <&6'],
        stdio,
      });
      await child.ended();
      expect(readFileSync(path.join(store.directory, 'output'), 'utf8')).toBe('cba');
      for (const fd of [output, ...fds]) closeSync(fd);
    }),
  );

  it(
    'has the arguments, environment, directory and session that were asked for',
    guarded(async (store) => {
      const env = { PATH: process.env['PATH'], A: 'a b\n', NONE: undefined };
      const script = 'printf "%s|" "$0" "$@" "$A" "${NONE-unset}" "$(pwd)"';
      const args = ['-c', script, 'zero', '', 'one two', '$HOME', 'é'];
      expect(await shell(store, '', { env, args, argv0: 'other', cwd: '/usr' })).toBe(
        'zero||one two|$HOME|é|a b\n|unset|/usr|',
      );
      expect(await shell(store, 'tr "\\0" " " < /proc/$$/cmdline', { argv0: 'other' })).toMatch(/^other -c /);
      using led = await spawnProcess({ file: 'sleep', args: ['1000'], session: true });
      using follower = await spawnProcess({ file: 'sleep', args: ['1000'] });
      expect(processStat(led.pid).session).toBe(led.pid);
      expect(processStat(follower.pid).session).toBe(processStat(process.pid).session);
      for (const child of [led, follower]) {
        child.signal('KILL');
        await child.ended();
      }
    }),
  );

  it(
    'that cannot be executed is an error with a code, and no process',
    guarded(async (store) => {
      const file = (name: string, text: string, mode: number): string => {
        const made = path.join(store.directory, name);
        writeFileSync(made, text);
        chmodSync(made, mode);
        return made;
      };
      const plain = file('plain', 'x', 0o644);
      const wrong: [SpawnProcessOptions, string][] = [
        [{ file: 'no-such-program' }, 'ERR_COMMAND_NOT_FOUND'],
        [{ file: 'sh', env: { PATH: '/nowhere' } }, 'ERR_COMMAND_NOT_FOUND'],
        [{ file: '/nowhere/at/all' }, 'ERR_COMMAND_NOT_FOUND'],
        [{ file: file('script', '#!/nowhere\n', 0o755) }, 'ERR_COMMAND_NOT_FOUND'],
        [{ file: plain }, 'ERR_COMMAND_NOT_EXECUTABLE'],
        [{ file: 'plain', env: { PATH: store.directory } }, 'ERR_COMMAND_NOT_EXECUTABLE'],
        [{ file: file('noise', 'noise', 0o755) }, 'ERR_COMMAND_NOT_EXECUTABLE'],
        [{ file: 'true', cwd: '/nowhere' }, 'ERR_NOT_FOUND'],
        [{ file: 'true', cwd: plain }, 'ERR_NOT_A_DIRECTORY'],
        [{ file: 'true', cgroups: ['/nowhere'] }, 'ERR_NOT_FOUND'],
        [{ file: 'true', stdio: [9999] }, 'ERR_SYSTEM'],
        [{ file: 'true', stdio: [-1] }, 'ERR_INVALID_ARGUMENT'],
        [{ file: '' }, 'ERR_INVALID_ARGUMENT'],
        [{ file: 'true', args: ['a\0b'] }, 'ERR_INVALID_ARGUMENT'],
        [{ file: 'true', env: { 'A=B': 'c' } }, 'ERR_INVALID_ARGUMENT'],
      ];
      for (const [options, expected] of wrong) {
        await expect(spawnProcess(options), JSON.stringify(options)).rejects.toThrow(code(expected));
      }
      using user = Namespace.ofProcess(process.pid, 'user');
      await expect(spawnProcess({ file: 'true', namespaces: [user] })).rejects.toThrow(
        code('ERR_INVALID_ARGUMENT'),
      );
    }),
  );

  it(
    'is born in its cgroups',
    guarded(async (store) => {
      const directories = detectCgroups().map(({ mountpoint }) => path.join(mountpoint, store.cgroupParent));
      // A v1 cpuset takes nobody before it is filled.
      const usable = directories.filter((directory) => !directory.includes('/cpuset/'));
      for (const directory of usable) mkdirSync(path.join(directory, 'beneath'), { recursive: true });
      try {
        using child = await spawnProcess({ file: 'sleep', args: ['1000'], cgroups: usable });
        for (const directory of usable) expect(cgroupMembers(directory)).toEqual([child.pid]);
        using below = await spawnProcess({
          file: 'sleep',
          args: ['1000'],
          cgroups: usable.map((directory) => path.join(directory, 'beneath')),
        });
        const both = [child.pid, below.pid].sort((a, b) => a - b);
        for (const directory of usable) {
          expect(cgroupMembers(directory)).toEqual([child.pid]);
          expect(cgroupMembers(directory, { recursive: true })).toEqual(both);
        }
        for (const one of [child, below]) {
          one.signal('KILL');
          await one.ended();
        }
        expect(() => cgroupMembers(path.join(usable[0] ?? '', 'nothing'))).toThrow(code('ERR_NOT_FOUND'));
      } finally {
        for (const directory of usable) {
          rmdirSync(path.join(directory, 'beneath'));
          rmdirSync(directory);
        }
      }
    }),
  );

  it(
    'is one of very many',
    guarded(async () => {
      const children = await Promise.all(
        Array.from({ length: 200 }, () => spawnProcess({ file: 'sh', args: ['-c', 'exit 3'] })),
      );
      expect(new Set(children.map(({ pid }) => pid)).size).toBe(200);
      for (const child of children) {
        expect(await child.ended()).toEqual({ exitCode: 3, signal: undefined });
        child[Symbol.dispose]();
      }
    }),
  );
});

describe.runIf(requires({ root: true }))('processes', () => {
  it(
    'are listed, with their parents and children',
    guarded(async (store) => {
      const file = path.join(store.directory, 'pids');
      const script = `sh -c 'sleep 1000 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; wait' & wait`;
      using child = await spawnProcess({ file: 'sh', args: ['-c', script], session: true });
      while (!existsSync(file)) await sleep(10);
      const [middle, last] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
      const pids = (list: readonly { pid: number }[]): number[] => list.map(({ pid }) => pid);
      // The mv may not have ended yet, nor the sleep begun.
      let all = await listProcesses();
      const settled = (): boolean =>
        descendantsOf(all, child.pid).length === 2 && all.find(({ pid }) => pid === last)?.name === 'sleep';
      for (let tries = 0; tries < 500 && !settled(); tries++) {
        await sleep(10);
        all = await listProcesses();
      }
      expect(pids(childrenOf(all, child.pid))).toEqual([middle]);
      expect(pids(descendantsOf(all, child.pid))).toEqual([middle, last]);
      expect(pids(ancestorsOf(all, last ?? 0)).slice(0, 3)).toEqual([middle, child.pid, process.pid]);
      expect(all.find(({ pid }) => pid === last)).toMatchObject({ name: 'sleep', session: child.pid });
      expect(pids(all)).toEqual([...pids(all)].sort((a, b) => a - b));
      expect(processStatus(last ?? 0)).toMatchObject({ parent: middle, uids: { real: 0 } });
      for (const pid of [child.pid, middle, last]) process.kill(pid ?? 0, 'SIGKILL');
      await child.ended();
      expect(() => processStat(child.pid)).toThrow(code('ERR_NO_SUCH_PROCESS'));
    }),
  );
});
