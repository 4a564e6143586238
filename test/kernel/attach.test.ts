import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { LibpodError } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

const echo = ['sh', '-c', 'while read line; do echo "got $line"; done; echo over'];

describe.runIf(requires({ root: true }))('attach', () => {
  it(
    'is left without a trace, and entered again, by the process that started the container too',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        stdin: true,
        stdinOnce: false,
        command: echo,
      });
      const first = await container.startAndAttach();
      first.stdin?.write('one\n');
      await once(first.stdout, 'readable');
      const heard = text(first.stdout);
      first.detach();
      expect(await first.ended).toBe('detached');
      expect(await heard).toBe('got one\n');
      const second = await container.attach();
      second.stdin?.end('two\n');
      expect(await text(second.stdout)).toBe('got two\nover\n');
      expect(await second.ended).toBe('exited');
      await container.wait();
      await container.remove();
    }),
  );

  it(
    'looks at its options before it launches anything',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['true'], remove: true });
      for (const wrong of [{ detachKeys: 'ctrl-1' }, { stallTimeout: -1 }]) {
        await expect(container.startAndAttach(wrong)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
        expect(await container.state()).toBe('configured');
      }
      await container.remove();
    }),
  );

  it(
    'says why a launch failed to an engine that was held up before its word',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['/none'] });
      const options = {
        // Read last before the word.
        get cleanup() {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
          return false;
        },
      };
      await expect(container.startAndAttach(options)).rejects.toMatchObject({
        code: 'ERR_COMMAND_NOT_FOUND',
      });
      await container.remove();
    }),
  );

  it(
    'is left when its signal aborts',
    withStore(async (runtime) => {
      const container = await runtime.createContainer({ hostRoot: true, command: ['sleep', '100'] });
      await container.start();
      const abort = new AbortController();
      const streams = await container.attach({ signal: abort.signal });
      abort.abort();
      expect(await streams.ended).toBe('detached');
      expect(await container.state()).toBe('running');
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'cuts a client off that does not read for longer than it may, and nobody else',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'read go; head -c 3000000 /dev/zero; echo end >&2'],
        stdin: true,
        stdinOnce: false,
      });
      const reader = await container.startAndAttach();
      const other = (await store.open()).getContainer(container.id);
      const stuck = await other.attach({ stallTimeout: 0.3 });
      let bytes = 0;
      const all = once(reader.stdout, 'end');
      reader.stdout.on('data', (piece: Buffer) => (bytes += piece.length));
      reader.stdin?.write('\n');
      // More than all buffers on the way hold comes through, though nobody reads the other's.
      const failed = once(stuck.stdout, 'error').then(([error]: unknown[]) => error);
      expect(await text(reader.stderr)).toBe('end\n');
      await all;
      expect(bytes).toBe(3_000_000);
      stuck.stdout.on('data', () => undefined);
      stuck.stderr.on('error', () => undefined);
      expect(await stuck.ended).toBe('stalled');
      expect(LibpodError.is(await failed, 'ERR_TIMEOUT')).toBe(true);
      let logged = 0;
      for await (const { stream, data } of container.logs()) if (stream === 'stdout') logged += data.length;
      expect(logged).toBe(3_000_000);
      await container.remove();
    }),
  );

  it(
    'delivers what a client said last, though the container reads it when the client is gone',
    withStore(async (runtime, store) => {
      const container = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'while [ ! -e /tmp/go ]; do sleep 0.02; done; wc -c'],
        stdin: true,
        mounts: [{ type: 'bind', source: store.directory, destination: '/tmp' }],
      });
      await container.start();
      const client = await store.open();
      const { stdin } = await client.getContainer(container.id).attach();
      stdin?.end(Buffer.alloc(150_000));
      await once(stdin as Writable, 'finish');
      // All has left the client; it fits into the pipe and the socket.
      await client.close();
      writeFileSync(path.join(store.directory, 'go'), '');
      await container.wait();
      expect(
        bytesOf(await logOf(container), 'stdout')
          .toString()
          .trim(),
      ).toBe('150000');
      await container.remove();
      rmSync(path.join(store.directory, 'go'));
    }),
  );

  it(
    'ends the stdin with the client that had it, unless it is for many',
    withStore(async (runtime, store) => {
      const options = { hostRoot: true, command: ['cat'], stdin: true } as const;
      const once = await runtime.createContainer(options);
      const many = await runtime.createContainer({ ...options, stdinOnce: false });
      for (const container of [once, many]) {
        await container.start();
        const client = await store.open();
        await client.getContainer(container.id).attach();
        await client.close();
      }
      expect((await once.wait()).exitCode).toBe(0);
      expect(await many.state()).toBe('running');
      await many.remove({ force: true, timeout: 0 });
      await once.remove();
    }),
  );
});
