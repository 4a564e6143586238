import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Linux } from '../../src/oci/runtime-spec.js';
import { makeBundle } from '../support/bundle.js';
import { runtimeChoice } from '../support/oci-runtimes.js';
import { requires } from '../support/requires.js';
import { run } from '../support/run.js';
import { withStore, type TestStore } from '../support/store.js';

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** A pair of linked interfaces of the host's, whose names nobody else has. */
class Pair implements Disposable {
  readonly #id = randomBytes(3).toString('hex');
  readonly moved = `lpm${this.#id}`;
  readonly kept = `lpk${this.#id}`;

  constructor() {
    ip(
      'link',
      'add',
      this.moved,
      'mtu',
      '1400',
      'address',
      '92:d0:c6:0a:29:33',
      'type',
      'veth',
      'peer',
      this.kept,
    );
    ip('address', 'add', '192.0.2.7/24', 'brd', '+', 'dev', this.moved);
    ip('address', 'add', 'fd00:7::7/64', 'dev', this.moved, 'nodad');
    ip('address', 'add', '198.51.100.8/24', 'scope', 'link', 'dev', this.moved);
    ip('link', 'set', this.moved, 'up');
  }

  /** Whether the host has the interface. */
  has(name: string): boolean {
    return ip('-br', 'link')
      .split('\n')
      .some((line) => line.startsWith(`${name}@`));
  }

  [Symbol.dispose](): void {
    // With one end goes the other; with the namespace of one it may be about to go.
    try {
      if (this.has(this.kept)) execFileSync('ip', ['link', 'delete', this.kept], { stdio: 'pipe' });
    } catch (error) {
      if (this.has(this.kept)) throw error;
    }
  }
}

const SHOW = 'ip link show; ip address show scope global';

function bundleWith(store: TestStore, netDevices: Linux['netDevices'], more: Linux = {}): string {
  // The version that older runtimes know too.
  return makeBundle(store, {
    ociVersion: '1.0.2',
    process: { args: ['sh', '-c', SHOW] },
    linux: { netDevices, ...more },
  });
}

const OWN_IDS: Linux = {
  namespaces: [...(['pid', 'network', 'ipc', 'uts', 'mount', 'user'] as const).map((type) => ({ type }))],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

describe.runIf(requires({ root: true, busybox: true, ip: true }))('linux.netDevices', () => {
  const moves = (runtimeName: string, more: Linux = {}) =>
    withStore(async (runtime, store) => {
      using pair = new Pair();
      const bundle = bundleWith(store, { [pair.moved]: { name: 'data%d' } }, more);
      const { stdout, exitCode } = await run(runtime, [], {
        bundle,
        runtime: runtimeChoice(store, runtimeName),
      });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/ data0@.*<[^>]*UP[^>]*>.* mtu 1400 /);
      expect(stdout).toContain('link/ether 92:d0:c6:0a:29:33');
      expect(stdout).toContain('inet 192.0.2.7/24 brd 192.0.2.255 scope global data0');
      expect(stdout).toContain('inet6 fd00:7::7/64 scope global');
      expect(stdout).not.toContain('198.51.100.8');
      // A pair goes with the namespace; hardware comes back.
      expect(pair.has(pair.moved)).toBe(false);
    });

  it('moves a device with its addresses, MTU and MAC into the container', moves('libpod'));

  it('does so with a user namespace', moves('libpod', OWN_IDS));

  it.runIf(requires({ crun: true }))('does so under another runtime', moves('crun'));

  it(
    'refuses a device that is not there, one that is not to be moved and a restart policy, and leaves all as it is',
    withStore(async (runtime, store) => {
      using pair = new Pair();
      const missing = { bundle: bundleWith(store, { [pair.moved]: {}, nosuch0: {} }) };
      await expect(run(runtime, [], missing)).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
        message: expect.stringContaining('no network device nosuch0') as string,
      });
      const loopback = { bundle: bundleWith(store, { [pair.moved]: {}, lo: { name: 'x' } }) };
      await expect(run(runtime, [], loopback)).rejects.toMatchObject({
        code: 'ERR_LAUNCH',
        message: expect.stringContaining('move the network device lo into the container') as string,
      });
      const again = { bundle: bundleWith(store, { [pair.moved]: {} }), restartPolicy: 'always' };
      await expect(runtime.createContainer(again)).rejects.toThrow(
        'the restart policy always contradicts linux.netDevices',
      );
    }),
  );
});
