import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('options of a network', () => {
  it(
    'say what its containers know of names and ways',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'still', subnets: [{ subnet: '10.7.1.0/24', ipRange: '10.7.1.30-10.7.1.31' }], names: false, dnsServers: ['192.0.2.53'], defaultRoute: false,
           routes: [{ destination: '198.51.100.0/24', gateway: '10.7.1.254', metric: 7 }] });
         await runtime.createNetwork({ name: 'far', subnets: [{ subnet: '10.7.2.0/24' }], metric: 300 });
         const sleeper = (more) => runtime.createContainer({ ...root, command: ['sleep', '1000'], ...more }).then(async (container) => { await container.start(); return container; });
         const into = async (container, ...words) => run('nsenter', '--net=/proc/' + (await container.pid()) + '/ns/net', '--', ...words).trim().split('\\n').map((line) => line.trim());
         const resolv = async (container) => run('cat', '/proc/' + (await container.pid()) + '/root/etc/resolv.conf').split('\\n').filter((line) => line.startsWith('nameserver'));
         const a = await sleeper({ name: 'a', networks: ['still'] });
         const b = await sleeper({ name: 'b', networks: ['still'], addHosts: ['host;gate:host-gateway'] });
         tell([await a.ips(), await b.ips(), await lookUp(a, 'b'), await lookUp(b, 'a'), await lookUp(b, 'host'), await lookUp(b, 'gate')]);
         tell(await into(a, 'ip', 'route'));
         tell(await resolv(a));
         tell(await refusal(() => sleeper({ networks: ['still'] })));
         const c = await sleeper({ name: 'c', networks: ['far'], dns: ['192.0.2.54'], noHostname: true });
         await c.connect('still').then(() => tell('there was an address'), (error) => tell(error.code));
         await b.remove({ force: true, timeout: 0 });
         await c.connect('still');
         tell([await lookUp(c, 'a'), await resolv(c), run('sh', '-c', 'test -e /proc/' + (await c.pid()) + '/root/etc/hostname && echo there || echo none').trim()]);
         tell(await into(c, 'ip', 'route'));
         const beside = await sleeper({ name: 'beside', namespaces: { network: { container: 'a' } } });
         await runtime.updateNetwork('still', { addDnsServers: ['192.0.2.55'], dropDnsServers: ['192.0.2.53'] });
         tell([await resolv(a), await resolv(beside), await resolv(c)]);
         await beside.remove({ force: true, timeout: 0 });
         await a.stop(); await a.start();
         tell(await resolv(a));
         await runtime.createNetwork({ name: 'tagged', subnets: [{ subnet: '10.7.8.0/24' }], vlan: 7 });
         const tagged = await runtime.createContainer({ ...root, command: ['true'], networks: ['tagged'] });
         const bridge = runtime.network('tagged').bridge;
         const filter = () => /vlan_filtering (.) .*vlan_default_pvid (\\d+)/.exec(run('ip', '-d', 'link', 'show', bridge)).slice(1);
         // By what the kernel has.
         tell(await tagged.start().then(filter, (error) => error.message.replace(bridge, 'NAME')));
         tell(await refusal(() => runtime.createNetwork({ name: 'wrong', vlan: 4095 })));
         tell(await refusal(() => runtime.updateNetwork('still', { dropDnsServers: ['192.0.2.1'] })));
         const host = await runtime.createContainer({ ...root, command: ['cat', '/etc/hosts'], namespaces: { network: 'host' }, addHosts: ['me:host-gateway'] });
         await host.start(); await host.wait();
         tell((await outputOf(host)).startsWith('127.0.0.1\\tme'));
         const shares = await runtime.createContainer({ ...root, command: ['cat', '/etc/hosts'], namespaces: { network: { container: 'c' } }, addHosts: ['me:host-gateway'] });
         await shares.start(); await shares.wait();
         tell(/10.7.2.1\\s+me/.test(await outputOf(shares)));
         await shares.remove();
         for (const options of [{ routes: [{ destination: '198.51.100.0/24', gateway: '192.0.2.1' }] }, { routes: [{ destination: 'somewhere', gateway: '10.7.9.1' }] }, { dnsServers: ['one'] }, { metric: -1 }, { subnets: [{ subnet: '10.7.9.0/24', ipRange: '10.7.9.9-10.7.9.2' }] }])
           tell(await refusal(() => runtime.createNetwork({ name: 'wrong', subnets: [{ subnet: '10.7.9.0/24' }], ...options })));
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], addHosts: ['me:host-gateway'] })));`,
      );
      const dns = (last: number): string[] => [`nameserver 192.0.2.${last}`];
      expect(report).toEqual([
        [['10.7.1.30/24'], ['10.7.1.31/24'], [], [], ['10.7.1.1'], ['10.7.1.1']],
        [
          '10.7.1.0/24 dev eth0 proto kernel scope link src 10.7.1.30',
          '198.51.100.0/24 via 10.7.1.254 dev eth0 proto static metric 7',
        ],
        dns(53),
        'ERR_NO_ADDRESS: no address is free in range 10.7.1.30-10.7.1.31 of network still: stop a container or make a network with more addresses',
        'ERR_NO_ADDRESS',
        [[], dns(54), 'none'],
        [
          'default via 10.7.2.1 dev eth0 proto static metric 300',
          '10.7.1.0/24 dev eth1 proto kernel scope link src 10.7.1.31',
          '10.7.2.0/24 dev eth0 proto kernel scope link src 10.7.2.2',
          '198.51.100.0/24 via 10.7.1.254 dev eth1 proto static metric 7',
        ],
        [dns(55), dns(55), dns(54)],
        dns(55),
        expect.toBeOneOf([
          ['1', '7'],
          expect.stringMatching(
            /^cannot make the bridge NAME of network tagged: .* the kernel does not filter VLANs/,
          ),
        ]),
        'ERR_INVALID_ARGUMENT: vlan is 4095, but must be a whole number from 1 to 4094',
        'ERR_INVALID_ARGUMENT: network still does not have the name server 192.0.2.1',
        true,
        true,
        'ERR_INVALID_ARGUMENT: route to 198.51.100.0/24 leads over "192.0.2.1", which is no address of that family in 10.7.9.0/24',
        'ERR_INVALID_ARGUMENT: route to "somewhere" must be to ADDRESS/PREFIX, such as 10.90.0.0/16',
        'ERR_INVALID_ARGUMENT: dnsServers has "one", which is no address of IPv4 or IPv6',
        'ERR_INVALID_ARGUMENT: metric is -1, but must be a whole number from 0 to 4294967295',
        'ERR_INVALID_ARGUMENT: IP range "10.7.9.9-10.7.9.2" must be ADDRESS/PREFIX or FIRST-LAST within the subnet 10.7.9.0/24',
        'ERR_INVALID_ARGUMENT: addHosts has host-gateway, but the container is in no network by which it reaches the host',
      ]);
    }),
  );
});
