import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import type { Mount, RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { generateSpec } from '../../../src/spec/generate.js';

/*
 * The specification of a container that asks for nothing, beside the one that podman 4.3.1 wrote.
 */

const FIXTURE = new URL('../../fixtures/podman-4.3.1-default.json', import.meta.url);
const { spec: podman } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as { spec: RuntimeSpec };

const ours = generateSpec({
  rootfs: '/rootfs',
  command: ['sh'],
  hostname: '0123456789ab',
  hardLimits: { nofile: 1024, nproc: 1024 },
  networkFiles: {
    hosts: '/userdata/hosts',
    hostname: '/userdata/hostname',
    resolvConf: '/userdata/resolv.conf',
    containerenv: '/userdata/.containerenv',
  },
});

const byDestination = (mounts: Mount[] = []) =>
  [...mounts].sort((a, b) => (a.destination < b.destination ? -1 : 1));

it('has the mounts, but for a /dev/shm of its own', () => {
  const shm: Mount = {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
  };
  const expected = podman.mounts?.map((mount) => (mount.destination === shm.destination ? shm : mount));
  expect(byDestination(ours.mounts)).toEqual(byDestination(expected));
});

it('has the masked and read-only paths, in the same order', () => {
  expect(ours.linux?.maskedPaths).toEqual(podman.linux?.maskedPaths);
  expect(ours.linux?.readonlyPaths).toEqual(podman.linux?.readonlyPaths);
});

it('has the capabilities', () => {
  expect(ours.process.capabilities).toEqual({ ...podman.process.capabilities, inheritable: [], ambient: [] });
});

it('has the resources, the devices and the kernel parameters', () => {
  expect(ours.linux?.resources).toEqual(podman.linux?.resources);
  expect(ours.linux?.devices).toEqual(podman.linux?.devices);
  expect(ours.linux?.sysctl).toEqual(podman.linux?.sysctl);
});

it('has the namespaces and a cgroup namespace, which podman makes on cgroup v2 alone', () => {
  const types = podman.linux?.namespaces?.map(({ type }) => type) ?? [];
  expect(ours.linux?.namespaces).toEqual([...types, 'cgroup'].map((type) => ({ type })));
});

it('has the process, but for two variables', () => {
  const { env, capabilities: _ours, ...process } = ours.process;
  const { env: theirs, capabilities: _theirs, ...expected } = podman.process;
  expect(process).toEqual(expected);
  const without = theirs?.filter((variable) => variable !== 'TERM=xterm') ?? [];
  expect(new Set(env)).toEqual(new Set([...without, 'container=libpod']));
});

it('has the host name and the root', () => {
  expect(ours.hostname).toBe(podman.hostname);
  expect(ours.root).toEqual(podman.root);
});
