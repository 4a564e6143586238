import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

const LAN = `subnets: [{ subnet: '192.0.2.0/24', gateway: '192.0.2.2', ipRange: '192.0.2.64/28' }, { subnet: 'fd00:2::/64', gateway: 'fd00:2::2', ipRange: 'fd00:2::40/124' }]`;

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('networks of macvlan', () => {
  it(
    'put containers beside the host, with addresses of the range, reached by other machines and by each other',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `tell((await runtime.createNetwork({ name: 'lan', driver: 'macvlan', parent: 'up0', mtu: 1400, ${LAN} })).mode);
         const server = await runtime.createContainer({ ...root, command: ['httpd', '-f', '-p', '[::]:80', '-h', '/etc'], networks: [{ name: 'lan', mac: '92:d0:c6:0a:29:33', aliases: ['web'] }] });
         await server.start();
         tell(await server.ips());
         for (let i = 0; i < 200 && fetchFrom(there, 'http://192.0.2.64/word').startsWith('failed'); i++) await sleep(20);
         tell(fetchFrom(there, 'http://192.0.2.64/word'));
         tell(fetchFrom(there, 'http://[fd00:2::40]/word'));
         tell((await runIn(['lan'], ...request('http://192.0.2.64/word'))).output);
         const links = run('nsenter', '--net=/proc/' + (await server.pid()) + '/ns/net', '--', 'ip', '-d', '-o', 'link', 'show', 'eth0');
         tell(['macvlan mode bridge', 'mtu 1400', '92:d0:c6:0a:29:33'].map((word) => links.includes(word)));
         tell((await server.inspect()).NetworkSettings.Networks.lan.Gateway);
         await server.stop();
         await server.start();
         tell(published());`,
      );
      expect(report).toEqual([
        'bridge',
        ['192.0.2.64/24', 'fd00:2::40/64'],
        'hello',
        'hello',
        'hello',
        [true, true, true],
        '192.0.2.2',
        [],
      ]);
    }),
  );

  it(
    'are come into and left while a container runs, beside a bridge that its ports stay on',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'lan', driver: 'macvlan', parent: 'up0', mode: 'private', ${LAN} });
         const server = await runtime.createContainer({ ...root, command: web, networks: ['lan', 'bridge'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         await server.disconnect('lan');
         tell(run('nsenter', '--net=/proc/' + (await server.pid()) + '/ns/net', '--', 'ip', '-br', 'link').match(/^\\w+/gm).join());
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         await server.connect({ name: 'lan', ips: ['192.0.2.70'] });
         tell(fetchFrom(there, 'http://192.0.2.70/word'));
         await server.reloadNetworks();
         tell(fetchFrom(there, 'http://192.0.2.70/word'));
         tell((await runIn(['lan'], ...request('http://192.0.2.70/word'))).output.includes('hello'));`,
      );
      expect(report).toEqual(['hello', 'lo,eth1', 'hello', 'hello', 'hello', false]);
    }),
  );

  it(
    'refuse what they cannot have, and say what is gone',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const lan = { driver: 'macvlan', ${LAN} };
         tell(await refusal(() => runtime.createNetwork({ name: 'a', ...lan })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', ...lan, parent: 'nowhere' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', ...lan, parent: 'up0', mode: 'l2' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', ...lan, parent: 'up0', interfaceName: 'x0' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', driver: 'macvlan', parent: 'up0' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', parent: 'up0' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'a', subnets: [{ subnet: '10.7.0.0/24', ipRange: '10.8.0.0/28' }] })));
         run('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
         tell((await runtime.createNetwork({ name: 'lan', ...lan })).parent);
         const ports = [{ containerPort: 80, hostPort: 8080 }];
         tell(await refusal(() => runtime.createContainer({ ...root, command: web, networks: ['lan'], ports })));
         const one = await runtime.createContainer({ ...root, command: web, networks: ['lan'] });
         run('ip', 'link', 'set', 'up0', 'name', 'up1', 'down');
         tell(await refusal(() => one.start()));`,
      );
      expect(report).toEqual([
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: network a needs a parent/),
        expect.stringMatching(/^ERR_NO_SUCH_INTERFACE: the host has no interface nowhere/),
        expect.stringMatching(
          /^ERR_INVALID_ARGUMENT: mode "l2" is none of macvlan: give bridge, private, vepa, passthru/,
        ),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: network a has no bridge to name x0/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: network a needs a subnet/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: network a is a bridge, which has no parent/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: IP range "10.8.0.0\/28" must be/),
        'up0',
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: ports are published, but lan is no bridge/),
        expect.stringMatching(/^ERR_NO_SUCH_INTERFACE: the host has no interface up0/),
      ]);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true, ip: true, ipvlan: true }))('networks of ipvlan', () => {
  it(
    'have the address of the parent, and no way out if they are internal',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'lan', driver: 'ipvlan', parent: 'up0', internal: true, ${LAN} });
         const server = await runtime.createContainer({ ...root, command: web, networks: ['lan'] });
         await server.start();
         for (let i = 0; i < 200 && fetchFrom(there, 'http://192.0.2.64/word').startsWith('failed'); i++) await sleep(20);
         tell(fetchFrom(there, 'http://192.0.2.64/word'));
         tell((await server.routes()).filter(({ gateway }) => gateway !== ''));
         const { MacAddress } = (await server.inspect()).NetworkSettings.Networks.lan;
         tell(run('ip', 'link', 'show', 'up0').includes(MacAddress));`,
      );
      expect(report).toEqual(['hello', [], true]);
    }),
  );
});
