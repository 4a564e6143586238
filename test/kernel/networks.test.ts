import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('networks', () => {
  it(
    'lead from the host, its loopback, other containers and other machines to a published port, and out',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const server = await runtime.createContainer({ ...root, command: web, networks: ['bridge'], ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         const address = await server.ipAddress();
         await listening('http://' + address + '/word');
         tell(fetchFrom(run, 'http://' + address + '/word'));
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell(fetchFrom(run, 'http://192.0.2.1:8080/word'));
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         const beside = async (url) => (await runIn(['bridge'], ...request(url))).output;
         tell(await beside('http://' + address + '/word'));
         tell(await beside('http://192.0.2.1:8080/word'));
         const own = await server.routes();
         tell([own.length, own[0]?.destination]);
         const answers = spawn('nsenter', ['--net=/proc/' + outside.pid + '/ns/net', '--', 'busybox', 'httpd', '-f', '-v', '-p', '90', '-h', '/etc'], { stdio: ['ignore', 'ignore', 'pipe'] });
         process.on('exit', () => answers.kill('SIGKILL'));
         let seen = ''; answers.stderr.on('data', (piece) => seen += piece);
         for (let i = 0; i < 200 && fetchFrom(there, 'http://127.0.0.1:90/hostname').startsWith('failed'); i++) await sleep(20);
         seen = '';
         tell((await runIn(['bridge'], ...request('http://192.0.2.2:90/hostname'))).exitCode);
         await sleep(50);
         tell(seen.includes('192.0.2.1'));
         await server.stop();
         tell(published());
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word').startsWith('failed'));
         answers.kill('SIGKILL');`,
      );
      expect(report).toEqual([
        'hello',
        'hello',
        'hello',
        'hello',
        'hello',
        'hello',
        [1, '0.0.0.0/0'],
        0,
        true,
        [],
        true,
      ]);
    }),
  );

  it(
    'have IPv6, UDP, addresses and interfaces as they were asked for, and none that leads out if internal',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'six', ipv6: true, subnets: [{ subnet: '10.7.0.0/24' }, { subnet: 'fd00:7::/64' }], mtu: 1400 });
         await runtime.createNetwork({ name: 'inner', internal: true });
         const server = await runtime.createContainer({ ...root, command: ['httpd', '-f', '-p', '[::]:80', '-h', '/etc'], ports: [{ containerPort: 80, hostPort: 8080 }],
           networks: [{ name: 'six', ips: ['10.7.0.77', 'fd00:7::77'], mac: '92:D0:C6:0A:29:33' }, { name: 'inner', interface: 'inside0' }] });
         await server.start();
         tell((await server.ips()).slice(0, 2));
         tell([await server.ipAddress(), (await server.routes()).filter(({ gateway }) => gateway.endsWith('7.0.1') || gateway.endsWith('7::1'))]);
         await listening('http://10.7.0.77/word');
         tell(fetchFrom(there, 'http://[fd00:2::1]:8080/word'));
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         tell((await runIn(['six'], ...request('http://[fd00:7::77]/word'))).output);
         const links = run('nsenter', '--net=/proc/' + (await server.pid()) + '/ns/net', '--', 'ip', '-o', 'link');
         tell([links.includes('92:d0:c6:0a:29:33'), links.includes('inside0'), links.includes('mtu 1400')]);
         tell((await runIn(['inner'], 'ip', 'route')).output.includes('default'));
         tell((await runIn(['inner'], ...request('http://10.7.0.77/word'))).output);
         const udp = await runtime.createContainer({ hostRoot: true, stopTimeout: 0, command: ['python3', '-uc', 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 53)); print(s.recv(9).decode())'], ports: [{ containerPort: 53, protocol: 'udp', hostIP: '192.0.2.1' }] });
         await udp.start();
         const { createSocket } = await import('node:dgram');
         const socket = createSocket('udp4');
         for (let i = 0; i < 100 && (await outputOf(udp)) === ''; i++) { socket.send('ping\\n', 53, '192.0.2.1'); await sleep(20); }
         tell((await outputOf(udp)).startsWith('ping'));
         socket.close();`,
      );
      expect(report).toEqual([
        ['10.7.0.77/24', 'fd00:7::77/64'],
        [
          '10.7.0.77',
          [
            { destination: '0.0.0.0/0', gateway: '10.7.0.1' },
            { destination: '::/0', gateway: 'fd00:7::1' },
          ],
        ],
        'hello',
        'hello',
        'hello',
        [true, true, true],
        false,
        expect.stringContaining('Network is unreachable'),
        true,
      ]);
    }),
  );

  it(
    'give each container an address of its own, also when many start at once, and take it back',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const other = await Runtime.open(options);
         await runtime.createNetwork({ name: 'small', subnets: [{ subnet: '10.9.0.0/28' }] });
         const made = await Promise.all(Array.from({ length: 13 }, (_, i) => (i % 2 ? runtime : other).createContainer({ ...root, networks: ['small'], command: ['sleep', '1000'] })));
         await Promise.all(made.map((one) => one.start()));
         const addresses = await Promise.all(made.map((one) => one.ipAddress()));
         tell(new Set(addresses).size);
         tell(await refusal(() => runIn(['small'], 'true')));
         tell(await refusal(() => runIn([{ name: 'small', ips: [addresses[3]] }], 'true')));
         await made[3].remove({ force: true, timeout: 0 });
         tell((await runIn([{ name: 'small', ips: [addresses[3]] }], 'true')).exitCode);
         tell(await refusal(() => runtime.removeNetwork('small')));
         await runtime.removeNetwork('small', { force: true });
         tell((await runtime.containers()).length);
         await other.close();`,
      );
      const [distinct, exhausted, taken, again, inUse, left] = report as [
        number,
        string,
        string,
        number,
        string,
        number,
      ];
      expect(distinct).toBe(13);
      expect(exhausted).toMatch(
        /^ERR_NO_ADDRESS: no address is free in subnet 10.9.0.0\/28 of network small/,
      );
      expect(taken).toMatch(
        /^ERR_ADDRESS_IN_USE: address 10.9.0.\d+ of network small is in use by container/,
      );
      expect(again).toBe(0);
      expect(inUse).toMatch(/^ERR_NETWORK_IN_USE: network small is in use by container/);
      expect(left).toBe(0);
    }),
  );

  it(
    'refuse what is in the way, with nothing left of it',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const ports = [{ containerPort: 80, hostPort: 8080 }];
         const first = await runtime.createContainer({ ...root, command: ['sleep', '1000'], ports });
         await first.start();
         const second = await runtime.createContainer({ ...root, command: ['sleep', '1000'], ports, remove: false });
         tell(await refusal(() => second.start()));
         tell(published().length);
         await first.stop();
         await second.start();
         tell(published().join() === second.id);
         const { createServer } = await import('node:net');
         const server = createServer().listen(9090);
         await once(server, 'listening');
         tell(await refusal(async () => (await runtime.createContainer({ ...root, command: ['true'], ports: [{ containerPort: 80, hostPort: 9090 }] })).start()));
         server.close();
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], networks: ['nowhere'] })));
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], networks: [{ name: 'bridge', ips: ['1.2.3.4'] }] })));
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], networks: [{ name: 'bridge', mac: '01:00:00:00:00:00' }] })));
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], networks: ['bridge'], namespaces: { network: 'host' } })));
         tell(await refusal(() => runtime.createContainer({ ...root, command: ['true'], ports: [{ containerPort: 70000 }] })));
         await runtime.createNetwork({ name: 'one', subnets: [{ subnet: '10.8.0.0/16' }] });
         tell(await refusal(() => runtime.createNetwork({ name: 'two', subnets: [{ subnet: '10.8.9.0/24' }] })));
         tell(await refusal(() => runtime.createNetwork({ name: 'one' })));
         tell(await refusal(() => runtime.createNetwork({ name: 'three', interfaceName: 'up0' })));
         tell(await refusal(() => runtime.removeNetwork('nowhere')));`,
      );
      expect(report).toEqual([
        expect.stringMatching(
          /^ERR_ADDRESS_IN_USE: cannot publish port 8080\/tcp for 80: container \w+ has published it$/,
        ),
        1,
        true,
        expect.stringMatching(
          /^ERR_ADDRESS_IN_USE: cannot publish port 9090\/tcp for 80: a program of the host has that port$/,
        ),
        expect.stringMatching(/^ERR_NO_SUCH_NETWORK: there is no network "nowhere"/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: address 1.2.3.4 is not in network libpod/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: networks has the MAC address "01:00:00:00:00:00"/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: networks are given, but the network namespace/),
        expect.stringMatching(/^ERR_INVALID_ARGUMENT: ports has 70000:70000, but ports are whole numbers/),
        expect.stringMatching(
          /^ERR_ADDRESS_IN_USE: subnet 10.8.9.0\/24 overlaps 10.8.0.0\/16 of network one/,
        ),
        expect.stringMatching(/^ERR_NAME_IN_USE: network name one is already used/),
        expect.stringMatching(/^ERR_NAME_IN_USE: interface name up0 is in use on the host/),
        expect.stringMatching(/^ERR_NO_SUCH_NETWORK: there is no network "nowhere"/),
      ]);
    }),
  );

  it(
    'come back after a monitor was killed, a bridge removed, the rules flushed',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const server = await runtime.createContainer({ ...root, command: web, ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         const before = await server.ipAddress();
         const { readFileSync } = await import('node:fs');
         const status = readFileSync('/proc/' + (await server.pid()) + '/status', 'utf8');
         process.kill(Number(/^PPid:\\s*(\\d+)/m.exec(status)[1]), 'SIGKILL');
         for (let i = 0; i < 500 && (await server.state()) !== 'exited'; i++) await sleep(10);
         tell(await server.state());
         tell(published());
         await server.start();
         tell(published().length);
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         await server.stop();
         run('ip', 'link', 'del', runtime.network('libpod').bridge);
         run('nft', 'flush', 'ruleset');
         await server.start();
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         const { NetworkSettings } = await server.inspect();
         tell([NetworkSettings.Networks.libpod.IPAddress === (await server.ipAddress()), NetworkSettings.Ports]);`,
      );
      expect(report).toEqual([
        'exited',
        [],
        1,
        'hello',
        'hello',
        [true, { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }],
      ]);
    }),
  );

  it(
    'are what the next run of a restart policy comes into, with the address and the ports of the last',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const { writeFileSync } = await import('node:fs');
         const data = ${JSON.stringify(store.makeDirectory('data'))};
         const mounts = [{ type: 'bind', source: data, destination: '/data' }];
         const script = 'if [ -e /data/again ]; then exec httpd -f -p 80 -h /etc; fi; until [ -e /data/end ]; do sleep 0.05; done; touch /data/again; exit 3';
         const ports = [{ containerPort: 80, hostPort: 8080 }];
         const server = await runtime.createContainer({ ...root, command: ['sh', '-c', script], mounts, ports, restartPolicy: 'on-failure' });
         await server.start();
         const before = await server.ipAddress();
         // The launch of the next run is worked out anew.
         await server.update({ pidsLimit: 77 });
         writeFileSync(data + '/end', '');
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));
         tell([(await server.stateRecord()).restartCount, (await server.ipAddress()) === before, published().length]);
         await server.stop();
         tell(published());`,
      );
      expect(report).toEqual(['hello', [1, true, 1], []]);
    }),
  );
});
