import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('networks of a pod', () => {
  it(
    'are those of all its containers, with the names there and the ports that it publishes',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'home' });
         const outsider = await runtime.createContainer({ ...root, command: ['sleep', '1000'], networks: ['home'], name: 'outsider' });
         await outsider.start();
         const pod = await runtime.createPod({ name: 'trio', networks: ['home'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         const member = await runtime.createContainer({ ...root, command: web, pod: 'trio', name: 'member', addHosts: ['own:9.9.9.9'] });
         await pod.start();
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell((await lookUp(outsider, 'trio')).length);
         tell((await lookUp(member, 'outsider')).join() === await outsider.ipAddress());
         tell(await lookUp(member, 'own'));
         tell(await lookUp(member, 'member'));
         tell(await refusal(() => runtime.createPod({ infra: false, networks: ['home'] })));
         await pod.remove({ force: true, timeout: 0 });
         tell(await lookUp(outsider, 'trio'));
         tell(published());`,
      );
      expect(report).toEqual([
        'hello',
        1,
        true,
        ['9.9.9.9'],
        ['127.0.0.1'],
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: networks is for the infra container of a pod/),
        [],
        [],
      ]);
    }),
  );

  it(
    'go with the network, by force, as do containers that share a namespace in it; members have none of their own',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'home' });
         await runtime.createNetwork({ name: 'other' });
         const sleeper = { ...root, command: ['sleep', '1000'] };
         const start = async (options) => { const container = await runtime.createContainer({ ...sleeper, ...options }); await container.start(); return container; };
         const base = await start({ networks: ['home'], name: 'base', ports: [{ containerPort: 80, hostPort: 8081 }] });
         await start({ namespaces: { network: { container: 'base' } }, name: 'sharer' });
         const pod = await runtime.createPod({ name: 'duo', networks: ['home', 'other'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         const member = await start({ pod: 'duo', name: 'member' });
         tell(await refusal(() => member.connect('other')));
         tell(await refusal(() => member.disconnect('home')));
         tell(await refusal(() => runtime.createContainer({ ...sleeper, pod: 'duo', networks: ['home'] })));
         tell(await refusal(() => runtime.createContainer({ ...sleeper, pod: 'duo', ports: [{ containerPort: 80 }] })));
         tell((await refusal(() => runtime.removeNetwork('home'))).split(':')[0]);
         await runtime.removeNetwork('home', { force: true });
         tell([(await runtime.containers()).length, (await runtime.pods()).length, published().length, run('ip', '-o', 'link').split('\\n').filter((line) => /libpod0|veth/.test(line) && !/up0/.test(line))]);`,
      );
      const given = (what: string): string =>
        `ERR_INVALID_ARGUMENT: ${what} are given, but the containers of pod duo have its network; give ${what} to the pod when it is made`;
      const shares = expect.stringMatching(
        /^ERR_INVALID_ARGUMENT: container member has no network namespace of its own: it shares that of container \w+-infra$/,
      ) as string;
      expect(report).toEqual([
        shares,
        shares,
        given('networks'),
        given('ports'),
        'ERR_NETWORK_IN_USE',
        [0, 0, 0, []],
      ]);
    }),
  );
});
