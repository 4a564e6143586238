// /dev/shm: POSIX shared memory goes with the IPC namespace, which does not hold it (shm_overview(7)).
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Container, CreateOptions, Runtime } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { bytesOf, logOf, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/** Starts a container that says when its script has come to its end, and then stays. */
async function staying(runtime: Runtime, script: string, options: CreateOptions = {}): Promise<Container> {
  const container = await runtime.createContainer({
    hostRoot: true,
    command: ['sh', '-c', `${script}; echo ready; exec sleep 1000`],
    ...options,
  });
  await container.start();
  for await (const { data } of container.logs({ follow: true })) if (data.includes('ready')) break;
  return container;
}

const joining = (name: string): CreateOptions => ({ namespaces: { ipc: { container: name } } });

describe.runIf(requires({ root: true }))('/dev/shm', () => {
  it(
    'is that of the container whose IPC namespace is joined',
    withStore(async (runtime) => {
      const first = await staying(runtime, 'echo one > /dev/shm/a', { name: 'first', shmSize: 1 << 20 });
      const script = 'cat /dev/shm/a; echo two > /dev/shm/b; df -k --output=size /dev/shm | tail -1';
      const { stdout } = await shell(runtime, script, joining('first'));
      expect(stdout.trim().split(/\s+/)).toEqual(['one', '1024']);
      expect(readFileSync(`/proc/${await first.pid()}/root/dev/shm/b`, 'utf8')).toBe('two\n');
      await first.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'stays with those that joined when the first one has ended',
    withStore(async (runtime) => {
      const first = await staying(runtime, 'echo one > /dev/shm/a', { name: 'first' });
      const second = await runtime.createContainer({
        hostRoot: true,
        command: ['sh', '-c', 'read line; cat /dev/shm/a'],
        stdin: true,
        ...joining('first'),
      });
      await second.start();
      await first.stop({ timeout: 0 });
      const { stdin } = await second.attach();
      stdin?.end('go\n');
      expect((await second.wait()).exitCode).toBe(0);
      expect(bytesOf(await logOf(second), 'stdout').toString()).toBe('one\n');
      await second.remove();
      await first.remove();
    }),
  );

  it(
    'of another container gives no programs, no devices, and nothing of what is mounted beneath it',
    withStore(async (runtime) => {
      const script = [
        'mount -t tmpfs other /mnt && cp /usr/bin/id /mnt/id && chmod 4755 /mnt/id && mknod -m 666 /mnt/zero c 1 5',
        'mkdir /mnt/beneath && mount -t tmpfs more /mnt/beneath && touch /mnt/beneath/hidden',
        'mount --rbind /mnt /dev/shm',
      ].join(' && ');
      const hostile = await staying(runtime, script, { name: 'hostile', privileged: true });
      const { stdout } = await shell(
        runtime,
        '/dev/shm/id; echo $?; head -c1 /dev/shm/zero; echo $?; ls -A /dev/shm/beneath; grep -c /dev/shm /proc/self/mountinfo',
        joining('hostile'),
      );
      expect(stdout).toBe('126\n1\n1\n');
      await hostile.remove({ force: true, timeout: 0 });
    }),
  );

  it.each([
    ['unmounted it', 'umount /dev/shm', /share the \/dev\/shm of the container .*ENOENT/],
    [
      'put a link in its place',
      'umount /dev/shm && rmdir /dev/shm && ln -s /tmp /dev/shm',
      /share the \/dev\/shm of the container .*ELOOP/,
    ],
  ])('of a container that %s is refused', (_, script, sentence) =>
    withStore(async (runtime) => {
      const hostile = await staying(runtime, script, { name: 'hostile', privileged: true });
      const guest = { hostRoot: true, command: ['true'], ...joining('hostile') };
      const joined = await runtime.createContainer(guest);
      await expect(joined.start()).rejects.toThrow(sentence);
      await joined.remove();
      await hostile.remove({ force: true, timeout: 0 });
    })(),
  );

  it(
    'of a container that is private is nobody else’s',
    withStore(async (runtime) => {
      const first = await staying(runtime, 'true', { name: 'first', namespaces: { ipc: 'private' } });
      await expect(shell(runtime, 'true', joining('first'))).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('IPC namespace of container first cannot be joined') as string,
      });
      await first.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is not there for none, and one of its own for those who join',
    withStore(async (runtime) => {
      const first = await staying(runtime, 'test ! -e /dev/shm', {
        name: 'first',
        namespaces: { ipc: 'none' },
      });
      const { stdout } = await shell(runtime, 'grep -c " /dev/shm " /proc/self/mountinfo', joining('first'));
      expect(stdout).toBe('1\n');
      await first.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'is the host’s with its IPC namespace',
    withStore(async (runtime) => {
      const options: CreateOptions = { namespaces: { ipc: 'host' } };
      const { stdout } = await shell(runtime, 'stat -c %d:%i /dev/shm', options);
      const { dev, ino } = statSync('/dev/shm');
      expect(stdout).toBe(`${dev}:${ino}\n`);
    }),
  );
});
