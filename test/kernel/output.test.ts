import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { bytesOf, logOf, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

const MIB = 1024 * 1024;

async function digestOf(stream: Readable): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A program that writes pseudo-random bytes and, last, their digest to its error output. */
const writes = (bytes: number): string[] => [
  'python3',
  '-c',
  `import hashlib,os,random,sys
r=random.Random(7); h=hashlib.sha256(); left=${bytes}
while left:
    b=r.randbytes(min(left, 65536)); left-=len(b); h.update(b); sys.stdout.buffer.write(b)
sys.stdout.buffer.flush(); sys.stderr.write(h.hexdigest())`,
];

describe.runIf(requires({ root: true }))('the log', () => {
  it(
    'keeps both streams apart, in the k8s-file format',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo out; echo err >&2; echo; printf end'],
      });
      await container.start();
      await container.wait();
      const entries = await logOf(container);
      expect(
        entries
          .filter(({ stream }) => stream === 'stdout')
          .map(({ data, partial }) => [data.toString(), partial]),
      ).toEqual([
        ['out', false],
        ['', false],
        ['end', true],
      ]);
      expect(bytesOf(entries, 'stderr').toString()).toBe('err\n');
      const file = readFileSync((await container.inspect()).HostConfig.LogConfig.Path, 'utf8');
      for (const line of file.trimEnd().split('\n')) {
        expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00 std(out|err) [FP] .*$/);
      }
      await container.remove();
    }),
  );

  it(
    'gives the pipe of a fast writer more room, and loses nothing on the way',
    withStore(async (runtime, store) => {
      const flags = store.makeDirectory('flags');
      // Fills the pipe, waits until it can take more than pipes can at first, and fills that too.
      const program = `import fcntl, os, time
size = lambda: fcntl.fcntl(1, 1032)
def fill():
    written = 0
    try:
        while True: written += os.write(1, b'x' * 4096)
    except BlockingIOError: return written
os.set_blocking(1, False)
first = size()
while not os.path.exists('/flags/stopped'): time.sleep(.01)
written = fill()
open('/flags/full', 'w').close()
while size() == first: time.sleep(.01)
written += fill()
os.write(2, b'%d %d %d' % (first, size(), written))`;
      const container = await runtime.createContainer({
        hostRoot: true,
        mounts: [{ destination: '/flags', type: 'bind', source: flags, options: ['rbind'] }],
        command: ['python3', '-c', program],
      });
      await container.start();
      const status = readFileSync(`/proc/${await container.pid()}/status`, 'utf8');
      const monitor = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
      process.kill(monitor, 'SIGSTOP');
      writeFileSync(path.join(flags, 'stopped'), '');
      while (!existsSync(path.join(flags, 'full'))) await sleep(10);
      process.kill(monitor, 'SIGCONT');
      expect((await container.wait()).exitCode).toBe(0);
      const entries = await logOf(container);
      const [first, last, written] = bytesOf(entries, 'stderr').toString().split(' ').map(Number);
      expect([first, last]).toEqual([64 * 1024, 256 * 1024]);
      expect(bytesOf(entries, 'stdout').length).toBe(written);
      await container.remove();
    }),
  );

  it(
    'keeps every byte of ten megabytes of binary',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: writes(10 * MIB + 3) });
      await container.start();
      expect((await container.wait()).exitCode).toBe(0);
      const entries = await logOf(container);
      const stdout = bytesOf(entries, 'stdout');
      expect(stdout.length).toBe(10 * MIB + 3);
      expect(createHash('sha256').update(stdout).digest('hex')).toBe(bytesOf(entries, 'stderr').toString());
      expect((await container.inspect()).State.LogBytesLost).toBe(0);
      await container.remove();
    }),
  );

  it(
    'puts a line together that was written in pieces, also around another stream',
    withStore(async (runtime) => {
      const { stdout, stderr } = await shell(
        runtime,
        'printf a; sleep 0.05; printf x >&2; sleep 0.05; printf b; sleep 0.05; printf "c\\n"; printf "y\\n" >&2',
      );
      expect(stdout).toBe('abc\n');
      expect(stderr).toBe('xy\n');
    }),
  );

  it(
    'is followed to the end, from another runtime too',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done'],
      });
      const other = (await store.open()).getContainer(container.id);
      const lines: string[] = [];
      const following = (async () => {
        for await (const { data } of other.logs({ follow: true })) lines.push(data.toString());
      })();
      await container.start();
      await container.wait();
      await following;
      expect(lines).toEqual(['1', '2', '3', '4', '5']);
      const last: string[] = [];
      for await (const { data } of container.logs({ tail: 2 })) last.push(data.toString());
      expect(last).toEqual(['4', '5']);
      await container.remove();
    }),
  );

  it(
    'starts with the lines after `since` and ends with those before `until`',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'echo 1; sleep 0.1; echo 2; sleep 0.1; echo 3'],
      });
      await container.start();
      await container.wait();
      const all = await logOf(container);
      // Dates have milliseconds, the lines are a hundred of them apart.
      const between = (index: number): Date => new Date(Date.parse(all[index]?.time ?? '') - 40);
      const got: string[] = [];
      for await (const { data } of container.logs({ since: between(1), until: between(2) }))
        got.push(data.toString());
      expect(got).toEqual(['2']);
      await container.remove();
    }),
  );

  it(
    'goes on in the same file when the container runs again',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['echo', 'again'] });
      for (let i = 0; i < 2; i++) {
        await container.start();
        await container.wait();
      }
      expect(bytesOf(await logOf(container), 'stdout').toString()).toBe('again\nagain\n');
      await container.remove();
    }),
  );

  it(
    'is not kept with the driver "none", and says so',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['echo', 'lost'],
        logDriver: 'none',
      });
      await container.start();
      await container.wait();
      await expect(logOf(container)).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('attached streams', () => {
  it(
    'give every byte, from the first to the last, of fifty megabytes',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: writes(50 * MIB),
        logDriver: 'none',
      });
      const streams = await container.startAndAttach();
      const [out, err] = await Promise.all([digestOf(streams.stdout), text(streams.stderr)]);
      expect(out).toEqual({ bytes: 50 * MIB, sha256: err });
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
    }),
  );

  it(
    'end, and give all, though the program was quicker than the reader',
    withStore(async (runtime) => {
      for (let i = 0; i < 20; i++) {
        const container = await runtime.createContainer({
          hostRoot: true,
          command: ['sh', '-c', 'echo out; echo err >&2'],
          remove: true,
        });
        const { stdout, stderr } = await container.startAndAttach();
        expect(await Promise.all([text(stdout), text(stderr)])).toEqual(['out\n', 'err\n']);
        await container.wait();
        await container.remove();
      }
    }),
  );

  it(
    'hold the program back when nobody reads, and lose nothing',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: writes(8 * MIB),
        logDriver: 'none',
      });
      const { stdout, stderr } = await container.startAndAttach();
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await container.state()).toBe('running');
      const [out, err] = await Promise.all([digestOf(stdout), text(stderr)]);
      expect(out).toEqual({ bytes: 8 * MIB, sha256: err });
      await container.wait();
      await container.remove();
    }),
  );

  it(
    'lose nothing when the program ends while the reader is behind, on either stream',
    withStore(async (runtime) => {
      // More than all buffers on the way hold, so that pipes are full of it when their writer goes.
      const script = 'head -c 2000000 /dev/zero >&2 & head -c 2000000 /dev/zero; wait';
      for (let i = 0; i < 5; i++) {
        const command = ['sh', '-c', script];
        const container = await runtime.createContainer({ hostRoot: true, remove: true, command });
        const { stdout, stderr } = await container.startAndAttach();
        const slowly = async (stream: Readable): Promise<number> => {
          let bytes = 0;
          for await (const piece of stream as AsyncIterable<Buffer>) {
            bytes += piece.length;
            if (bytes % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
          }
          return bytes;
        };
        expect(await Promise.all([slowly(stdout), slowly(stderr)])).toEqual([2_000_000, 2_000_000]);
        await container.wait();
        await container.remove();
      }
    }),
  );

  it(
    'that are destroyed hold nobody up, and leave nothing',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2; exit 3'],
        logDriver: 'none',
      });
      const { stdout, stderr } = await container.startAndAttach();
      for await (const _ of stdout) break;
      expect(stdout.destroyed).toBe(true);
      stderr.destroy();
      const again = await container.attach().catch(() => undefined);
      again?.stdout.destroy();
      again?.stderr.destroy();
      expect((await container.wait()).exitCode).toBe(3);
      await container.remove();
    }),
  );

  it(
    'come to several clients at once',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'read line; echo "got $line"'],
        stdin: true,
      });
      const first = await container.startAndAttach();
      const second = await (await store.open()).getContainer(container.id).attach();
      // The second has attached once the monitor read its request, which comes before the input of the same connection.
      second.stdin?.write('hello\n');
      expect(await Promise.all([text(first.stdout), text(second.stdout)])).toEqual([
        'got hello\n',
        'got hello\n',
      ]);
      first.stderr.resume();
      second.stderr.resume();
      await container.wait();
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('standard input', () => {
  it(
    'is empty unless asked for',
    withStore(async (runtime) => {
      const { stdout } = await shell(runtime, 'cat; readlink /proc/self/fd/0');
      expect(stdout).toBe('/dev/null\n');
    }),
  );

  it(
    'takes every byte, and its end ends it',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sha256sum'],
        stdin: true,
      });
      const { stdin, stdout } = await container.startAndAttach();
      const data = Buffer.alloc(5 * MIB, 'libpod \0\xff\n', 'latin1');
      stdin?.end(data);
      expect(await text(stdout)).toBe(`${createHash('sha256').update(data).digest('hex')}  -\n`);
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
    }),
  );

  it(
    'ends quietly for who writes to a program that does not read',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'], stdin: true });
      const { stdin } = await container.startAndAttach();
      stdin?.end(Buffer.alloc(MIB));
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
    }),
  );

  it(
    'stays open for the next client when one goes away without ending it',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['cat'],
        stdin: true,
        stdinOnce: false,
      });
      await container.start();
      const first = await store.open();
      (await first.getContainer(container.id).attach()).stdin?.write('one\n');
      await expect.poll(async () => bytesOf(await logOf(container), 'stdout').toString()).toBe('one\n');
      await first.close();
      const second = await container.attach();
      second.stdin?.end('two\n');
      expect((await container.wait()).exitCode).toBe(0);
      expect(bytesOf(await logOf(container), 'stdout').toString()).toBe('one\ntwo\n');
      await container.remove();
    }),
  );
});

describe.runIf(requires({ root: true }))('a terminal', () => {
  it(
    'is the controlling terminal and the console',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: [
          'sh',
          '-c',
          'tty; readlink /proc/self/fd/0; stty size; test -c /dev/console && echo console; ps -o tty= -p $$; echo e >&2',
        ],
        terminal: true,
      });
      const { stdout } = await container.startAndAttach();
      const lines = (await text(stdout)).split('\r\n');
      expect(lines).toEqual(['/dev/pts/0', '/dev/pts/0', '0 0', 'console', 'pts/0', 'e', '']);
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
    }),
  );

  it(
    'is told its new size, and tells the program',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: [
          'python3',
          '-uc',
          'import os,signal\nsignal.pthread_sigmask(signal.SIG_BLOCK,[signal.SIGWINCH])\nprint("ready")\nsignal.sigwait([signal.SIGWINCH])\nprint(os.get_terminal_size())',
        ],
        terminal: true,
        stdin: true,
      });
      const { stdout, resize } = await container.startAndAttach();
      await once(stdout, 'data');
      resize(33, 111);
      expect((await buffer(stdout)).toString()).toContain('os.terminal_size(columns=111, lines=33)');
      await container.wait();
      await container.remove();
    }),
  );

  it(
    'passes what is typed, also ^C and ^D',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'trap "echo caught" INT; cat; read x; cat; echo done'],
        terminal: true,
        stdin: true,
      });
      const { stdin, stdout } = await container.startAndAttach();
      let seen = '';
      stdout.on('data', (piece: Buffer) => (seen += piece.toString()));
      stdin?.write('hi\n');
      await expect.poll(() => seen).toContain('hi\r\nhi\r\n');
      stdin?.write('\x03');
      await expect.poll(() => seen).toContain('caught');
      stdin?.write('x\n\x04');
      await expect.poll(() => seen).toContain('done');
      expect((await container.wait()).exitCode).toBe(0);
      await container.remove();
    }),
  );

  it(
    'ends with its program, though a process of the container had it open',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', '(setsid sleep 100 &); echo bye'],
        terminal: true,
      });
      const { stdout } = await container.startAndAttach();
      expect(await text(stdout)).toBe('bye\r\n');
      await container.wait();
      await container.remove();
    }),
  );
});
