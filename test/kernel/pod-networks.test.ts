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
});
