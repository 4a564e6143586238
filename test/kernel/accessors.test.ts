import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  LINUX_NAMESPACES,
  type Container,
  type ContainerView,
  type CreateOptions,
  type Runtime,
} from '../../src/index.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const SLEEP = ['sleep', '1000'];

function create(runtime: Runtime, options: CreateOptions = {}): Promise<Container> {
  return runtime.createContainer({ hostRoot: true, command: SLEEP, ...options });
}

function gone(container: Container): Promise<void> {
  return container.remove({ force: true, timeout: 0 });
}

describe.runIf(requires({ root: true }))('the configuration of a container', () => {
  it(
    'is what was asked for',
    withStore(async (runtime, store) => {
      const needed = await create(runtime);
      const container = await create(runtime, {
        name: 'told',
        labels: { a: 'b' },
        user: '5:6',
        privileged: true,
        hostname: 'box',
        stopSignal: 'INT',
        stopTimeout: 3,
        stdin: true,
        shmSize: 1 << 20,
        requires: [needed.id],
        networks: ['bridge'],
        ports: [{ containerPort: 80, hostPort: 8080, protocol: 'udp', hostIP: '127.0.0.1' }],
        dns: ['192.0.2.1'],
        dnsSearch: ['example.org'],
        dnsOptions: ['ndots:2'],
        addHosts: ['here:192.0.2.2'],
        logPath: path.join(store.directory, 'log'),
        mounts: [{ destination: '/data', type: 'volume', source: 'data' }],
      });
      // Another engine has it from the record.
      for (const told of [container, (await store.open()).lookupContainer('told')]) {
        expect(told).toMatchObject({
          name: 'told',
          labels: { a: 'b' },
          user: '5:6',
          privileged: true,
          hostname: 'box',
          stopSignal: 2,
          stopTimeout: 3,
          stdin: true,
          shmSize: 1 << 20,
          dependencies: [needed.id],
          newNetNS: true,
          portMappings: [{ containerPort: 80, hostPort: 8080, protocol: 'udp', hostIP: '127.0.0.1' }],
          dnsServers: ['192.0.2.1'],
          dnsSearch: ['example.org'],
          dnsOption: ['ndots:2'],
          hostsAdd: ['here:192.0.2.2'],
          logPath: path.join(store.directory, 'log'),
          cgroupParent: store.cgroupParent,
          runtimeName: 'libpod',
          staticDir: path.join(store.root, 'containers', container.id),
        });
        expect(Math.abs(told.createdTime.getTime() - Date.now())).toBeLessThan(60_000);
        expect(told.config()).toMatchObject({
          id: told.id,
          createdTime: told.createdTime.toISOString(),
          namedVolumes: [{ name: 'data', dest: '/data', isAnonymous: false }],
        });
      }
      expect(needed.dependents).toEqual([container.id]);
      await container.remove();
      await needed.remove();
      await runtime.removeVolume('data');
    }),
  );

  it(
    'is what podman has where nothing was asked for',
    withStore(async (runtime) => {
      const container = await create(runtime);
      expect(container.id).toMatch(/^[0-9a-f]{64}$/);
      expect(container).toMatchObject({
        podId: '',
        image: { id: '', name: '' },
        imageVolumes: false,
        shmDir: '',
        shmSize: 67_108_864,
        privileged: false,
        processLabel: '',
        mountLabel: '',
        user: '',
        dependencies: [],
        newNetNS: true,
        portMappings: [],
        dnsServers: [],
        dnsSearch: [],
        dnsOption: [],
        hostsAdd: [],
        stdin: false,
        labels: {},
        stopSignal: 15,
        stopTimeout: 10,
        autoRemove: false,
        isInfra: false,
        hostname: container.id.slice(0, 12),
      });
      await container.remove();
    }),
  );

  it(
    'cannot be changed by a caller, at any depth',
    withStore(async (runtime) => {
      const container = await create(runtime, {
        labels: { a: 'b' },
        networks: ['bridge'],
        ports: [{ containerPort: 80 }],
        dns: ['192.0.2.1'],
        dnsSearch: ['example.org'],
        dnsOptions: ['ndots:2'],
        addHosts: ['here:192.0.2.2'],
      });
      const lists = [
        'dependencies',
        'dnsServers',
        'dnsSearch',
        'dnsOption',
        'hostsAdd',
        'portMappings',
      ] as const;
      const all = (): unknown => ({
        ...{ config: container.config(), spec: container.spec(), labels: container.labels },
        ...{ image: container.image, created: container.createdTime },
        ...Object.fromEntries(lists.map((name) => [name, container[name]])),
      });
      const before = structuredClone(all());
      /** Changes whatever can be changed beneath a value. */
      const spoil = (value: unknown): void => {
        if (typeof value !== 'object' || value === null) return;
        if (value instanceof Date) value.setTime(0);
        for (const [key, inner] of Object.entries(value)) {
          spoil(inner);
          (value as Record<string, unknown>)[key] = 'changed';
        }
        if (Array.isArray(value)) value.push('changed');
      };
      spoil(all());
      expect(all()).toEqual(before);
      await container.remove();
    }),
  );

  it(
    'tells the labels of SELinux that a record has',
    withStore(async (runtime, store) => {
      const { id, staticDir } = await create(runtime);
      const file = path.join(staticDir, 'config.json');
      // A container with labels is refused where the kernel has no SELinux, as on the machines that test this.
      const config = JSON.parse(readFileSync(file, 'utf8')) as {
        spec: { process: object; linux: object };
      };
      Object.assign(config.spec.process, { selinuxLabel: 'u:r:process:s0' });
      Object.assign(config.spec.linux, { mountLabel: 'u:r:mount:s0' });
      writeFileSync(file, JSON.stringify(config));
      const container = (await store.open()).getContainer(id);
      expect([container.processLabel, container.mountLabel]).toEqual(['u:r:process:s0', 'u:r:mount:s0']);
      await container.remove();
    }),
  );

  it(
    'names the directory that is mounted at /dev/shm, and the size of one of its own',
    withStore(async (runtime, store) => {
      const shm = { destination: '/dev/shm' };
      const directory = store.makeDirectory('shm');
      const told: unknown[] = [];
      for (const options of [
        { namespaces: { ipc: 'host' } },
        { mounts: [{ ...shm, type: 'bind', source: directory, options: ['rbind'] }] },
        { mounts: [{ ...shm, type: 'tmpfs', source: 'tmpfs', options: ['size=2m'] }] },
      ] as const) {
        const container = await create(runtime, options as CreateOptions);
        told.push([container.shmDir, container.shmSize]);
        await container.remove();
      }
      expect(told).toEqual([
        ['/dev/shm', 0],
        [directory, 0],
        ['', 2 << 20],
      ]);
    }),
  );
});

describe.runIf(requires({ root: true }))('the state of a container', () => {
  it(
    'follows its life',
    withStore(async (runtime) => {
      const container = await create(runtime);
      const told = async (): Promise<unknown> => ({
        state: await container.state(),
        pid: (await container.pid()) > 0,
        exitCode: await container.exitCode(),
        mounted: await container.mounted(),
        mountpoint: (await container.mountpoint()) !== '',
        started: (await container.startedTime()) !== undefined,
        finished: (await container.finishedTime()) !== undefined,
      });
      const idle = { pid: false, mounted: false, mountpoint: false };
      const live = { pid: true, mounted: true, mountpoint: true, exitCode: 0 };
      const never = { started: false, finished: false };
      expect(await told()).toEqual({ state: 'configured', exitCode: 0, ...idle, ...never });
      // The log is there from the first launch on.
      expect(existsSync(container.logPath)).toBe(false);
      await container.init();
      expect(existsSync(container.logPath)).toBe(true);
      expect(await told()).toEqual({ state: 'created', ...live, ...never });
      await container.start();
      expect(await told()).toEqual({ state: 'running', ...live, started: true, finished: false });
      await container.pause();
      expect(await told()).toEqual({ state: 'paused', ...live, started: true, finished: false });
      await container.unpause();
      await container.kill();
      await container.wait();
      const before = { started: true, finished: true };
      expect(await told()).toEqual({ state: 'exited', ...idle, exitCode: 137, ...before });
      // podman keeps the times of the last run until there are others, and not how it ended.
      await container.init();
      expect(await told()).toEqual({ state: 'created', ...live, ...before });
      await gone(container);
    }),
  );

  it(
    'has the times of the last run and of the last end, whichever is later',
    withStore(async (runtime) => {
      const begun = Date.now();
      const container = await create(runtime);
      const times = async (): Promise<number[]> =>
        [await container.startedTime(), await container.finishedTime()].map((time) => time?.getTime() ?? 0);
      await container.start();
      await sleep(5);
      await container.stop({ timeout: 0 });
      const [started = 0, finished = 0] = await times();
      expect(started).toBeGreaterThanOrEqual(begun);
      expect(finished).toBeGreaterThan(started);
      expect(finished).toBeLessThanOrEqual(Date.now());
      await sleep(5);
      await container.start();
      const [again = 0, ...before] = await times();
      expect(again).toBeGreaterThan(finished);
      expect(before).toEqual([finished]);
      await gone(container);
    }),
  );

  it(
    'has the end of the run before, also where the restart policy has made the run',
    withStore(async (runtime) => {
      const command = ['sh', '-c', 'mkdir /once 2>/dev/null && exit 1; exec sleep 1000'];
      const container = await create(runtime, { command, restartPolicy: 'always' });
      await container.start();
      await expect.poll(async () => (await container.stateRecord()).restartCount).toBe(1);
      const [started, finished] = [await container.startedTime(), await container.finishedTime()];
      expect(finished?.getTime()).toBeLessThanOrEqual(started?.getTime() ?? 0);
      await gone(container);
    }),
  );

  it(
    'is about the container that runs: its PID, its root, its namespaces, its cgroup',
    withStore(async (runtime) => {
      const container = await create(runtime);
      await expect(container.namespacePath('net')).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' });
      await container.start();
      const pid = await container.pid();
      const root = await container.mountpoint();
      expect(readFileSync(`${root}/etc/hostname`, 'utf8')).toBe(`${container.hostname}\n`);
      const [a, b] = [statSync(`${root}/`), statSync(`/proc/${pid}/root/`)];
      expect([a.dev, a.ino]).toEqual([b.dev, b.ino]);
      await expect.poll(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\x00');
      const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
      expect(cgroups.map((line) => line.split(':')[2])).toContain(container.cgroupPath);
      expect(container.cgroupPath.startsWith(`${container.cgroupParent}/`)).toBe(true);
      for (const namespace of LINUX_NAMESPACES) {
        const file = await container.namespacePath(namespace);
        expect(file).toBe(`/proc/${pid}/ns/${namespace}`);
        expect(readlinkSync(file)).toMatch(new RegExp(`^${namespace}:\\[\\d+\\]$`));
      }
      for (const none of ['disk', 'invalid', 'unknown', ''])
        await expect(container.namespacePath(none as 'net')).rejects.toMatchObject({
          code: 'ERR_INVALID_ARGUMENT',
        });
      await container.pause();
      expect(await container.namespacePath('net')).toBe(`/proc/${pid}/ns/net`);
      await gone(container);
    }),
  );

  it(
    'is told inside of a batch by each accessor, none of which waits for the lock',
    withStore(async (runtime) => {
      const container = await create(runtime);
      await container.start();
      const ask = async (view: ContainerView): Promise<unknown> => ({
        state: await view.state(),
        record: await view.stateRecord(),
        mounted: await view.mounted(),
        mountpoint: await view.mountpoint(),
        started: await view.startedTime(),
        finished: await view.finishedTime(),
        exitCode: await view.exitCode(),
        oomKilled: await view.oomKilled(),
        pid: await view.pid(),
        sessions: await view.execSessions(),
        ips: await view.ips(),
        routes: await view.routes(),
        namespace: await view.namespacePath('net'),
        sizes: [await view.rootFsSize(), await view.rwSize()],
        health: await view.healthStatus(),
      });
      const outside = await ask(container);
      expect(await container.batch(ask)).toEqual(outside);
      await gone(container);
    }),
  );
});

describe.runIf(requires({ root: true, memoryLimits: true }))(
  'a container whose memory did not suffice',
  () => {
    it(
      'is known to have been killed for it, until it is launched again',
      withStore(async (runtime) => {
        const memory = 32 << 20;
        const command = ['tail', '/dev/zero'];
        const container = await create(runtime, { command, resources: { memory, memorySwap: memory } });
        expect(await container.oomKilled()).toBe(false);
        await container.start();
        await container.wait();
        expect([await container.oomKilled(), await container.exitCode()]).toEqual([true, 137]);
        await container.init();
        expect([await container.oomKilled(), await container.exitCode()]).toEqual([false, 0]);
        await gone(container);
      }),
    );
  },
);

describe.runIf(requires({ root: true }))('a container without a network', () => {
  it(
    'has no addresses, and says why',
    withStore(async (runtime) => {
      const own = await create(runtime);
      for (const start of [false, true]) {
        if (start) await own.start();
        expect(await own.ips()).toEqual([]);
        expect(await own.routes()).toEqual([]);
        await expect(own.ipAddress()).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
        expect(await own.execSessions()).toEqual([]);
      }
      const shared = await create(runtime, { namespaces: { network: 'host' } });
      const joining = await create(runtime, { namespaces: { network: { container: own.id } } });
      for (const one of [shared, joining]) {
        expect(one.newNetNS).toBe(false);
        for (const answer of [one.ips(), one.routes(), one.ipAddress()])
          await expect(answer).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
        await one.remove();
      }
      await gone(own);
    }),
  );
});

describe.runIf(requires({ root: true }))('the dependencies of a container', () => {
  it.each(['pid', 'network', 'ipc', 'uts', 'user', 'cgroup'] as const)(
    'name the container whose %s namespace it joins, and not that of another',
    (namespace) =>
      withStore(async (runtime) => {
        const holder = await create(runtime);
        await holder.start();
        const joining = await create(runtime, { namespaces: { [namespace]: { container: holder.id } } });
        expect(joining.dependencies).toEqual([holder.id]);
        expect(joining.config()[`${namespace === 'network' ? 'net' : namespace}NsCtr`]).toBe(holder.id);
        await joining.remove();
        await gone(holder);
      })(),
  );
});
