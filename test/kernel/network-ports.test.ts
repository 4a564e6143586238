import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('published ports', () => {
  it(
    'are kept from the programs of the host while a container has them, and free afterwards',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const { createServer } = await import('node:net');
         const { createSocket } = await import('node:dgram');
         const listen = (port, host) => new Promise((resolve) => { const server = createServer(); server.once('error', (error) => resolve(error.code)); server.listen(port, host, () => server.close(() => resolve('free'))); });
         const bind = (port) => new Promise((resolve) => { const socket = createSocket('udp4'); socket.once('error', (error) => resolve(error.code)); socket.bind(port, () => socket.close(() => resolve('free'))); });
         await runtime.createNetwork({ name: 'six', subnets: [{ subnet: '10.7.0.0/24' }, { subnet: 'fd00:7::/64' }] });
         const ports = [{ containerPort: 80, hostPort: 8080 }, { containerPort: 53, hostPort: 5353, protocol: 'udp' }, { containerPort: 80, hostPort: 7070, hostIP: '127.0.0.1' }];
         const server = await runtime.createContainer({ ...root, command: web, ports, networks: ['six'], restartPolicy: 'on-failure' });
         const tries = async () => [await listen(8080), await listen(8080, '127.0.0.1'), await listen(8080, '::'), await bind(5353), await listen(7070, '192.0.2.1'), await listen(7070, '127.0.0.1')];
         await server.start();
         tell(await tries());
         // What the restart policy runs keeps them.
         process.kill(await server.pid(), 'SIGKILL');
         for (let i = 0; i < 500 && ((await server.stateRecord()).restartCount === 0 || (await server.state()) !== 'running'); i++) await sleep(10);
         tell(await tries());
         const again = await runtime.createContainer({ ...root, command: web, ports: [{ containerPort: 80, hostPort: 8080 }], name: 'again' });
         tell((await refusal(() => again.start())).replace(server.name, 'NAME'));
         await server.stop();
         tell(await tries());
         // A connection that the host closed a moment ago is in nobody's way.
         const host = createServer((socket) => socket.end('bye')).listen(8080);
         await once(host, 'listening');
         fetchFrom(there, 'http://192.0.2.1:8080/');
         host.close();
         await server.start();
         await listening('http://127.0.0.1:8080/word');
         tell(fetchFrom(run, 'http://127.0.0.1:8080/word'));`,
      );
      const busy = 'EADDRINUSE';
      expect(report).toEqual([
        [busy, busy, busy, busy, 'free', busy],
        [busy, busy, busy, busy, 'free', busy],
        'ERR_ADDRESS_IN_USE: cannot publish port 8080/tcp for 80: container NAME has published it',
        ['free', 'free', 'free', 'free', 'free', 'free'],
        'hello',
      ]);
    }),
  );

  it(
    'lead to the container by ranges, both families, one address of the host, UDP, and from the container itself',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `await runtime.createNetwork({ name: 'six', subnets: [{ subnet: '10.7.0.0/24' }, { subnet: 'fd00:7::/64' }] });
         const script = 'for port in 80 81 82; do httpd -p [::]:$port -h /etc; done; exec sleep 1000';
         const ports = [{ containerPort: 80, hostPort: 8080, range: 3 }, { containerPort: 80, hostPort: 7070, hostIP: 'fd00:2::1' }, { containerPort: 81, hostPort: 7071, hostIP: '127.0.0.1' }, { containerPort: 82, hostPort: 9899, protocol: 'sctp' }];
         const server = await runtime.createContainer({ ...root, command: ['sh', '-c', script], ports, networks: ['six'] });
         await server.start();
         await listening('http://10.7.0.2:82/word');
         for (const port of [8080, 8081, 8082]) tell([fetchFrom(there, 'http://192.0.2.1:' + port + '/word'), fetchFrom(there, 'http://[fd00:2::1]:' + port + '/word')]);
         tell([fetchFrom(there, 'http://[fd00:2::1]:7070/word'), fetchFrom(run, 'http://127.0.0.1:7071/word')]);
         tell(fetchFrom(there, 'http://192.0.2.1:7071/word').startsWith('failed'));
         // Hairpin: by the host's address, from the container itself.
         const into = (...words) => run('nsenter', '--net=/proc/' + server.pidNow + '/ns/net', '--', ...words);
         server.pidNow = await server.pid();
         tell([fetchFrom(into, 'http://192.0.2.1:8080/word'), fetchFrom(into, 'http://[fd00:2::1]:8081/word')]);
         tell(run('nft', 'list', 'ruleset').match(/sctp . 9899[^,}]*: 10.7.0.2 . 82/) !== null);
         tell(await refusal(() => runtime.createContainer({ ...root, command: web, networks: ['bridge'], ports: [{ containerPort: 80, hostIP: 'fd00:2::1' }] })));
         const nowhere = await runtime.createContainer({ ...root, command: web, networks: ['bridge'], ports: [{ containerPort: 80, hostIP: '198.51.100.7' }] });
         tell(await refusal(() => nowhere.start()));`,
      );
      expect(report).toEqual([
        ['hello', 'hello'],
        ['hello', 'hello'],
        ['hello', 'hello'],
        ['hello', 'hello'],
        true,
        ['hello', 'hello'],
        true,
        expect.stringMatching(
          /^ERR_INVALID_ARGUMENT: ports has the address fd00:2::1, but network libpod has no/,
        ),
        'ERR_ADDRESS_IN_USE: cannot publish port 198.51.100.7:80/tcp for 80: the host has no such address',
      ]);
    }),
  );

  it(
    'may be thousands, of which none is left behind, and none is published twice',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const server = await runtime.createContainer({ ...root, command: ['httpd', '-f', '-p', '12500', '-h', '/etc'], ports: [{ containerPort: 10001, range: 2500 }] });
         await server.start();
         tell(new Set(published()).size);
         tell(published().length);
         await listening('http://127.0.0.1:12500/word');
         tell(fetchFrom(there, 'http://192.0.2.1:12500/word'));
         await server.stop();
         tell(published().length);
         for (const hostIP of ['127.0.0.1', '::'])
           tell(await refusal(() => runtime.createContainer({ ...root, command: web, ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81, hostPort: 8080, hostIP }] })));
         const two = [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }, { containerPort: 81, hostPort: 8080, hostIP: '192.0.2.1' }, { containerPort: 80, hostPort: 8080, protocol: 'udp' }];
         const apart = await runtime.createContainer({ ...root, command: web, ports: two });
         await apart.start();
         tell(published().length);
         tell(await refusal(() => runtime.createContainer({ ...root, command: web, networks: [{ name: 'bridge', mac: '00:00:00:00:00:00' }] })));`,
      );
      const twice = 'ERR_INVALID_ARGUMENT: ports publishes 8080/tcp of the host twice';
      expect(report).toEqual([
        1,
        2500,
        'hello',
        0,
        twice,
        twice,
        3,
        expect.stringMatching(
          /^ERR_INVALID_ARGUMENT: networks has the MAC address "00:00:00:00:00:00"; give/,
        ),
      ]);
    }),
  );
});
