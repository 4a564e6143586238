import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RuntimeSpec } from '../../src/oci/runtime-spec.js';
import { makeBundle } from '../support/bundle.js';
import { launchProgram } from '../support/cli.js';
import { requires } from '../support/requires.js';
import { logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

const AGENT = fileURLToPath(new URL('../support/seccomp-agent.py', import.meta.url));

type Linux = NonNullable<RuntimeSpec['linux']>;

/** The namespaces of a bundle, and a user namespace. */
const MAPPED: Partial<Linux> = {
  namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 300_000, size: 10 }],
  gidMappings: [{ containerID: 0, hostID: 300_000, size: 10 }],
};

describe.runIf(requires({ root: true, busybox: true }))('a seccomp filter with a listener', () => {
  it.each([
    ['as root', {}, {}],
    ['without new privileges, in a user namespace', { noNewPrivileges: true }, MAPPED],
  ])('%s: its descriptor is sent with the state, and the listener answers', async (_how, process, linux) => {
    await withStore(async (runtime, store) => {
      const socket = path.join(store.directory, 'listener.sock');
      const agent = launchProgram('python3', [AGENT, socket], '');
      await agent.saw('listening');
      const bundle = makeBundle(store, {
        process: { args: ['sh', '-c', 'mkdir /tmp/x; echo $?'], ...process },
        linux: {
          ...linux,
          seccomp: {
            defaultAction: 'SCMP_ACT_ALLOW',
            flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
            listenerPath: socket,
            listenerMetadata: 'say "no"',
            syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' }],
          },
        },
        annotations: { some: '"pid":' },
      });
      const container = await runtime.createContainer({ bundle });
      await container.init();
      const pid = await container.pid();
      await agent.saw('}');
      await container.start();
      await container.wait();
      const said = (await logOf(container)).map(({ data }) => data.toString()).join('\n');
      expect(said).toContain('Input/output error');
      const { stdout, stderr, status } = await agent.ended;
      expect([status, stderr]).toEqual([0, '']);
      const [, text = ''] = stdout.split('\n');
      expect(text).toMatch(/ 1$/);
      expect(JSON.parse(text.slice(0, -2))).toEqual({
        ociVersion: '1.2.0',
        fds: ['seccompFd'],
        pid,
        metadata: 'say "no"',
        state: {
          ociVersion: '1.2.0',
          id: container.id,
          status: 'creating',
          pid,
          bundle,
          annotations: { some: '"pid":' },
        },
      });
      await container.remove();
    })();
  });

  it(
    'is refused where nobody could be notified, and at the start where nobody listens',
    withStore(async (runtime, store) => {
      const notify = { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' as const };
      const allow = 'SCMP_ACT_ALLOW';
      for (const [seccomp, words] of [
        [{ defaultAction: allow, syscalls: [notify] }, 'no listenerPath says who is notified'],
        [{ defaultAction: allow, listenerPath: 's', syscalls: [notify] }, 'must be absolute'],
        [
          { defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/s' },
          'linux.seccomp.defaultAction is SCMP_ACT_NOTIFY',
        ],
        [
          { defaultAction: allow, listenerPath: '/s', syscalls: [{ ...notify, names: ['sendmsg'] }] },
          'SCMP_ACT_NOTIFY for sendmsg',
        ],
        [{ defaultAction: allow, listenerMetadata: 'm' }, 'without listenerPath'],
        [
          { defaultAction: allow, flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] },
          'which is for rules with SCMP_ACT_NOTIFY',
        ],
      ] as const) {
        const bundle = makeBundle(store, { linux: { seccomp } as unknown as Partial<Linux> });
        await expect(runtime.createContainer({ bundle }), words).rejects.toThrow(words);
      }
      const listenerPath = '/nobody/here';
      const bundle = makeBundle(store, {
        linux: { seccomp: { defaultAction: allow, listenerPath, syscalls: [notify] } },
      });
      const container = await runtime.createContainer({ bundle });
      await expect(container.start()).rejects.toThrow(
        `cannot connect to ${listenerPath} (linux.seccomp.listenerPath): no such file or directory`,
      );
      await container.remove();
    }),
  );
});
