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
