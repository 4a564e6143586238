import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { bytesOf, logOf } from '../support/run.js';
import { withStore } from '../support/store.js';

const now = { force: true, timeout: 0 } as const;
const MEGABYTE = 1024 ** 2;

describe.runIf(requires({ root: true }))('a clone of a container', () => {
  it(
    'is as the original is now, but for what is one container’s alone',
    withStore(async (runtime) => {
      await runtime.createNetwork({ name: 'home', subnets: [{ subnet: '10.231.9.0/24' }] });
      const original = await runtime.createContainer({
        hostRoot: true,
        name: 'web',
        command: ['sh', '-c', 'echo "$(hostname) $HOSTNAME $WORD"'],
        env: { WORD: 'word' },
        labels: { tier: 'front' },
        resources: { memory: 64 * MEGABYTE, cpuPeriod: 100_000, cpuQuota: 100_000 },
        mounts: [
          { type: 'volume', destination: '/own' },
          { type: 'volume', source: 'shared', destination: '/shared' },
        ],
      });
      await original.update({ cpuQuota: 50_000, restartPolicy: 'on-failure:3' });
      await original.connect('home');
      const clone = await runtime.cloneContainer('web', { resources: { memory: 32 * MEGABYTE } });
      const { spec, namedVolumes = [], networks, restartPolicy, labels } = clone.config();
      expect(clone.name).toBe('web-clone');
      expect(spec.linux?.resources).toMatchObject({
        memory: { limit: 32 * MEGABYTE },
        cpu: { period: 100_000, quota: 50_000 },
      });
      expect(networks).toEqual([{ name: 'home' }]);
      expect(restartPolicy).toMatchObject({ name: 'on-failure', retries: 3 });
      expect(labels).toEqual({ tier: 'front' });
      const theirs = original.config().namedVolumes ?? [];
      expect(namedVolumes.map(({ dest, name }) => [dest, theirs.some((one) => one.name === name)])).toEqual([
        ['/own', false],
        ['/shared', true],
      ]);
      const mounts = spec.mounts?.filter(({ type }) => type === 'volume').map(({ source }) => source);
      expect(mounts).toEqual(namedVolumes.map(({ name }) => name));
      expect(clone.cgroupPath).not.toBe(original.cgroupPath);
      await clone.disconnect('home');
      await clone.start();
      await clone.wait();
      const id = clone.id.slice(0, 12);
      expect(bytesOf(await logOf(clone), 'stdout').toString()).toBe(`${id} ${id} word\n`);
      const names = [];
      for (const of of ['web', 'web', 'web-clone']) names.push((await runtime.cloneContainer(of)).name);
      expect(names).toEqual(['web-clone1', 'web-clone2', 'web-clone3']);
      for (const { id: one } of await runtime.containers())
        await runtime.removeContainer(one, { volumes: true });
      await runtime.removeVolume('shared');
      await runtime.removeNetwork('home');
    }),
  );

  it(
    'takes the place of the original, or nothing is changed',
    withStore(async (runtime) => {
      const make = (name: string) =>
        runtime.createContainer({ hostRoot: true, name, command: ['sleep', '1000'], stopTimeout: 0 });
      const one = await make('one');
      await one.start();
      const refused = (options: Parameters<typeof runtime.cloneContainer>[1]) =>
        expect(runtime.cloneContainer('one', options)).rejects;
      await refused({ destroy: true }).toMatchObject({ code: 'ERR_INVALID_STATE' });
      await refused({ name: 'one' }).toMatchObject({ code: 'ERR_NAME_IN_USE' });
      await refused({ name: 'a/b' }).toMatchObject({ code: 'ERR_INVALID_NAME' });
      await refused({ resources: { memory: -5 } }).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      await refused({ pod: 'none' }).toMatchObject({ code: 'ERR_NO_SUCH_POD' });
      await expect(runtime.cloneContainer('none')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_CONTAINER' });
      const needing = await runtime.createContainer({ hostRoot: true, command: ['true'], requires: ['one'] });
      await refused({ destroy: true, force: true }).toMatchObject({ code: 'ERR_DEPENDENCY' });
      expect((await runtime.containers()).map(({ name }) => name)).toEqual(['one', needing.name]);
      await needing.remove();
      const two = await runtime.cloneContainer('one', { name: 'two', destroy: true, force: true });
      expect((await runtime.containers()).map(({ name, state }) => [name, state])).toEqual([
        ['two', 'configured'],
      ]);
      await two.start();
      expect(await two.state()).toBe('running');
      await two.remove(now);
    }),
  );
});

describe.runIf(requires({ root: true }))('a clone of a pod', () => {
  it(
    'has clones of its containers, which join and need each other as the originals do',
    withStore(async (runtime) => {
      const pod = await runtime.createPod({ name: 'duo', resources: { memory: 64 * MEGABYTE } });
      const base = await runtime.createContainer({
        hostRoot: true,
        pod: 'duo',
        name: 'base',
        command: ['sleep', '1000'],
      });
      const side = await runtime.createContainer({
        hostRoot: true,
        pod: 'duo',
        name: 'side',
        requires: ['base'],
        namespaces: { pid: { container: 'base' } },
        command: ['sh', '-c', 'echo "$(hostname) $HOSTNAME"; exec sleep 1000'],
      });
      const clone = await runtime.clonePod('duo', { resources: { cpuPeriod: 100_000, cpuQuota: 50_000 } });
      expect(clone.name).toBe('duo-clone');
      expect(clone.config()).toMatchObject({
        resources: { memory: { limit: 64 * MEGABYTE }, cpu: { quota: 50_000 } },
      });
      const [base2, side2] = ['base-clone', 'side-clone'].map((name) => runtime.lookupContainer(name));
      expect(base2?.dependencies).toEqual([clone.infraId]);
      expect(side2?.config()).toMatchObject({
        pod: clone.id,
        pidNsCtr: base2?.id,
        netNsCtr: clone.infraId,
        dependencies: [base2?.id],
      });
      expect(base2?.cgroupPath.startsWith(`${clone.cgroupPath}/`)).toBe(true);
      await clone.start();
      for await (const { data } of side2?.logs({ follow: true }) ?? []) {
        expect(data.toString()).toBe('duo-clone duo-clone');
        break;
      }
      await expect(runtime.cloneContainer(clone.infraId)).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('clone the pod') as string,
      });
      await clone.remove(now);
      const outsider = await runtime.createContainer({
        hostRoot: true,
        command: ['true'],
        requires: ['base'],
      });
      await expect(runtime.clonePod('duo', { destroy: true, force: true })).rejects.toMatchObject({
        code: 'ERR_DEPENDENCY',
      });
      await outsider.remove();
      expect((await runtime.pods()).map(({ id }) => id)).toEqual([pod.id]);
      expect((await runtime.containers()).map(({ id }) => id).sort()).toEqual(
        [pod.infraId, base.id, side.id].sort(),
      );
      const last = await runtime.clonePod('duo', { name: 'last', destroy: true, force: true });
      expect((await runtime.pods()).map(({ id }) => id)).toEqual([last.id]);
      await last.remove(now);
    }),
  );

  it(
    'is where a container can be cloned to, whose namespaces it then has',
    withStore(async (runtime) => {
      const lone = await runtime.createContainer({
        hostRoot: true,
        name: 'lone',
        command: ['sleep', '1000'],
      });
      const pod = await runtime.createPod({ name: 'pod' });
      const inside = await runtime.cloneContainer('lone', { pod: 'pod' });
      const shared = { netNsCtr: pod.infraId, ipcNsCtr: pod.infraId, utsNsCtr: pod.infraId };
      expect(inside.config()).toMatchObject({ ...shared, pod: pod.id, createNetNS: false, sharesShm: true });
      await pod.start();
      const out = await runtime.cloneContainer(inside.name, {
        pod: (await runtime.createPod({ name: 'apart', infra: false })).id,
      });
      expect(out.config()).toMatchObject({ createNetNS: true, spec: { hostname: out.id.slice(0, 12) } });
      expect(out.dependencies).toEqual([]);
      await out.start();
      await runtime.createNetwork({ name: 'home', subnets: [{ subnet: '10.231.9.0/24' }] });
      await lone.connect('home');
      await expect(runtime.cloneContainer('lone', { pod: 'pod' })).rejects.toMatchObject({
        message: expect.stringContaining('the containers of pod pod have its network') as string,
      });
      await lone.remove();
      await runtime.removeNetwork('home');
      for (const { id } of await runtime.pods()) await runtime.removePod(id, now);
    }),
  );
});
