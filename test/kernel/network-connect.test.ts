import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('a running container', () => {
  it(
    'comes into networks and out of them, with its address, names, routes and ports',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'one', subnets: [{ subnet: '10.7.1.0/24' }] });
         await runtime.createNetwork({ name: 'two', subnets: [{ subnet: '10.7.2.0/24' }] });
         const server = await runtime.createContainer({ ...root, command: web, name: 'server', networks: ['one'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         const client = await runtime.createContainer({ ...root, command: ['sleep', '1000'], name: 'client', networks: ['two'] });
         await server.start();
         await client.start();
         await server.connect({ name: 'two', ips: ['10.7.2.77'], aliases: ['db'] });
         tell((await server.ips()).length);
         tell(await lookUp(client, 'db'));
         tell(await lookUp(server, 'client'));
         const ask = async (url) => {
           try { return run('nsenter', '--net=/proc/' + (await client.pid()) + '/ns/net', '--', ...request(url)).trim(); } catch { return 'failed'; }
         };
         await listening('http://127.0.0.1:8080/word');
         tell(await ask('http://10.7.2.77/word'));
         await server.disconnect('one');
         tell(await server.ips());
         tell(await server.routes());
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         const { NetworkSettings } = await server.inspect();
         tell(Object.keys(NetworkSettings.Networks));
         await server.restart({ timeout: 0 });
         tell(await server.ips());
         await listening('http://127.0.0.1:8080/word');
         tell(await ask('http://10.7.2.77/word'));
         await server.disconnect('two');
         tell(await lookUp(client, 'db'));
         tell(published());
         await server.connect('one');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell(await refusal(() => server.connect('one')));
         tell(await refusal(() => server.disconnect('two')));
         tell(await refusal(() => server.connect('three')));
         tell(await refusal(() => server.connect({ name: 'two', interface: 'eth0' })));
         tell(await refusal(() => server.connect({ name: 'two', aliases: ['a b'] })));
         tell(Object.keys((await server.inspect()).NetworkSettings.Networks));
         await server.stop();
         tell(published());
         const bare = await runtime.createContainer({ ...root, command: ['true'], namespaces: { network: 'host' } });
         tell(await refusal(() => bare.connect('one')));`,
      );
      expect(report).toEqual([
        2,
        ['10.7.2.77'],
        [expect.stringMatching(/^10\.7\.2\./)],
        'hello',
        ['10.7.2.77/24'],
        [{ destination: '0.0.0.0/0', gateway: '10.7.2.1' }],
        'hello',
        'hello',
        ['two'],
        ['10.7.2.77/24'],
        'hello',
        [],
        [],
        'hello',
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: container server is in network one already/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: container server is not in network two/),
        expect.stringMatching(/^ERR_NO_SUCH_NETWORK: there is no network "three"/),
        expect.stringMatching(/^ERR_NAME_IN_USE: container server has an interface eth0 already/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: networks has the alias "a b"/),
        ['one'],
        [],
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: container \w+ has no network namespace of its own/),
      ]);
    }),
  );

  it(
    'keeps its networks through a reload after bridge and rules were taken away',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const server = await runtime.createContainer({ ...root, command: web, ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         await listening('http://127.0.0.1:8080/word');
         run('ip', 'link', 'del', runtime.network('libpod').bridge);
         run('nft', 'flush', 'ruleset');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word').startsWith('failed'));
         await server.reloadNetworks();
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         await server.stop();
         tell(published());
         tell(await refusal(() => server.reloadNetworks()));`,
      );
      expect(report).toEqual([
        true,
        'hello',
        'hello',
        [],
        expect.stringMatching(/^ERR_INVALID_STATE: cannot reload container/),
      ]);
    }),
  );

  it(
    'has all back after a reload that somebody has taken away of its bridge, its interface or what the kernel forwards',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'home', subnets: [{ subnet: '10.7.1.0/24' }], routes: [{ destination: '198.51.100.0/24', gateway: '10.7.1.9' }] });
         const server = await runtime.createContainer({ ...root, name: 'server', command: web, networks: ['home'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         await listening('http://127.0.0.1:8080/word');
         const { bridge } = runtime.network('home');
         const within = (...words) => server.pid().then((pid) => run('nsenter', '--net=/proc/' + pid + '/ns/net', '--', ...words));
         const fetched = (at, url, patience) => { try { return at(...request(url).with(1, patience)).trim() === 'hello' ? 1 : 0; } catch { return 0; } };
         const works = (patience = '3') => fetched(run, 'http://127.0.0.1:8080/word', patience) + fetched(there, 'http://192.0.2.1:8080/word', patience);
         const routes = async () => (await within('ip', 'route')).trim().split('\\n').length;
         const count = await routes();
         const damages = {
           forwarding: () => run('sysctl', '-qw', 'net.ipv4.ip_forward=0'),
           localnet: () => run('sysctl', '-qw', 'net.ipv4.conf.' + bridge + '.route_localnet=0'),
           down: () => run('ip', 'link', 'set', bridge, 'down'),
           address: () => run('ip', 'addr', 'flush', 'dev', bridge),
           'its end': () => run('ip', 'link', 'set', 'veth' + server.id.slice(0, 9) + '0', 'down'),
           inside: () => within('ip', 'addr', 'flush', 'dev', 'eth0'),
           routes: () => within('ip', 'route', 'del', 'default'),
         };
         for (const [what, damage] of Object.entries(damages)) {
           await damage();
           const hurt = works('0.3') < 2;
           await server.reloadNetworks();
           tell([what, hurt, works(), (await routes()) === count]);
         }
         await damages.forwarding();
         await damages.address();
         await runIn(['home'], 'true');
         tell(works());
         await within('ip', 'link', 'del', 'eth0');
         tell((await refusal(() => server.reloadNetworks())).replace(/.*ENODEV.: /, ''));
         await server.disconnect('home');
         await server.connect('home');
         tell(works());`,
      );
      const healed = (what: string): unknown[] => [what, true, 2, true];
      expect(report).toEqual([
        ...['forwarding', 'localnet', 'down', 'address', 'its end', 'inside', 'routes'].map(healed),
        2,
        'its interface is gone: restart the container, or disconnect and connect the network',
        2,
      ]);
    }),
  );

  it(
    'is connected and disconnected by the next engine where one died half-way',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const { readFileSync, writeFileSync, rmSync, readdirSync } = await import('node:fs');
         for (const number of [1, 2]) await runtime.createNetwork({ name: 'net' + number, subnets: [{ subnet: '10.7.' + number + '.0/24' }] });
         const made = await runtime.createContainer({ ...root, command: ['sleep', '1000'], networks: ['net1'] });
         await made.start();
         const files = ['settings.json', 'networks.json'].map((name) => {
           const [place] = [options.root, options.runRoot].flatMap((top) => readdirSync(top, { recursive: true }).filter((one) => one.endsWith(made.id + '/' + name)).map((one) => top + '/' + one));
           return { place: place ?? options.root + '/containers/' + made.id + '/' + name, text: place && readFileSync(place) };
         });
         const remember = () => files.map(({ place }) => { try { return readFileSync(place); } catch { return undefined; } });
         /** As an engine leaves them that died before it wrote them. */
         const restore = (texts, which) => which.forEach((at) => (texts[at] === undefined ? rmSync(files[at].place, { force: true }) : writeFileSync(files[at].place, texts[at])));
         const links = async () => run('nsenter', '--net=/proc/' + (await made.pid()) + '/ns/net', '--', 'ip', '-o', 'link').trim().split('\\n').length - 1;
         const look = async () => { const again = runtime.lookupContainer(made.id); return [Object.keys((await again.inspect()).NetworkSettings.Networks), (await again.ips()).length, await links()]; };
         const fresh = async (run) => { const next = await Runtime.open(options); try { return await run(next.lookupContainer(made.id)); } finally { await next.close(); } };
         const alone = remember();
         await fresh((one) => one.connect('net2'));
         const both = remember();
         restore(alone, [0]);
         tell(await fresh(async () => look()));
         await fresh((one) => one.connect('net2'));
         tell(await look());
         restore(alone, [0]);
         await fresh((one) => one.disconnect('net2'));
         tell(await look());
         await fresh((one) => one.connect('net2'));
         restore(alone, [0, 1]);
         tell(await look());
         await fresh((one) => one.connect('net2'));
         tell(await look());
         await fresh((one) => one.disconnect('net2'));
         restore(both, [0]);
         tell(await look());
         await fresh((one) => one.connect('net2'));
         tell(await look());`,
      );
      const [one, two] = [['net1'], ['net1', 'net2']];
      expect(report).toEqual([
        [two, 2, 2],
        [two, 2, 2],
        [one, 1, 1],
        [one, 1, 2],
        [two, 2, 2],
        [one, 1, 1],
        [two, 2, 2],
      ]);
    }),
  );
});
