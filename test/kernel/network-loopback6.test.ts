import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

/** Answers each stream with all that it said, once that has ended, and each datagram with itself. */
const ECHO = `import socket, threading
def stream():
    s = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
    while True: threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()
def answer(c):
    said = b""
    while True:
        part = c.recv(65536)
        if not part: break
        said += part
    c.sendall(said); c.close()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0); u.bind(("::", 53))
threading.Thread(target=stream, daemon=True).start()
print("ready", flush=True)
while True:
    data, peer = u.recvfrom(65536); u.sendto(data, peer)`;

const CLIENTS = `
  const net = await import('node:net');
  const { createSocket } = await import('node:dgram');
  const { createHash, randomBytes } = await import('node:crypto');
  const hash = (data) => createHash('sha256').update(data).digest('hex');
  const say = (port, data, host = '::1') => new Promise((resolve) => {
    const parts = [];
    const socket = net.connect({ host, port, allowHalfOpen: true });
    socket.on('data', (part) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts))).on('error', (error) => resolve(error.code));
    socket.end(data);
  });
  const text = async (port, host) => String(await say(port, 'hello', host));
  const datagram = async (port, data) => {
    const socket = createSocket('udp6');
    const answer = new Promise((resolve) => socket.once('message', (message) => resolve(String(message))));
    const timer = setInterval(() => socket.send(data, port, '::1'), 50);
    const said = await Promise.race([answer, sleep(5000).then(() => 'no answer')]);
    clearInterval(timer);
    socket.close();
    return said;
  };
  const start = async (container) => {
    await container.start();
    for (let i = 0; i < 500 && (await outputOf(container)) !== 'ready'; i++) await sleep(10);
    return container;
  };
  const echo = (more) => runtime.createContainer({ hostRoot: true, stopTimeout: 0, command: ['python3', '-c', ${JSON.stringify(ECHO)}], ...more }).then(start);
  const { readFileSync } = await import('node:fs');
  /** The processes that a monitor has beside the container's. */
  const forwarders = async (container) => {
    const monitor = /PPid:\\s*(\\d+)/.exec(readFileSync('/proc/' + (await container.pid()) + '/status', 'utf8'))[1];
    const children = readFileSync('/proc/' + monitor + '/task/' + monitor + '/children', 'utf8').split(' ').filter(Boolean).map(Number);
    return children.filter((pid) => readFileSync('/proc/' + pid + '/comm', 'utf8').startsWith('libpod-monitor'));
  };`;

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))(
  'published ports at the loopback of IPv6',
  () => {
    it(
      'are reached there, in networks of both families and of IPv4 alone, by streams and datagrams',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${CLIENTS}
           await runtime.createNetwork({ name: 'six', subnets: [{ subnet: '10.7.0.0/24' }, { subnet: 'fd00:7::/64' }] });
           const ports = [{ containerPort: 80, hostPort: 8080 }, { containerPort: 53, hostPort: 5353, protocol: 'udp' }, { containerPort: 80, hostPort: 7070, hostIP: '::1' }, { containerPort: 53, hostPort: 7070, hostIP: '::1', protocol: 'udp' }];
           const server = await echo({ networks: ['six'], ports });
           tell([await text(8080), await text(8080, '127.0.0.1'), await text(7070), await text(7070, '127.0.0.1')]);
           tell([await datagram(5353, 'ping'), await datagram(7070, 'pong')]);
           // From elsewhere the port of ::1 is not reached.
           tell(fetchFrom(there, 'http://[fd00:2::1]:7070/').startsWith('failed'));
           const four = await echo({ networks: ['bridge'], ports: [{ containerPort: 80, hostPort: 6060, hostIP: '::1' }] });
           tell(await text(6060));
           // Each direction ends by itself, nothing is lost, and one who is silent holds up nobody.
           const silent = net.connect({ host: '::1', port: 8080 });
           await once(silent, 'connect');
           const data = [randomBytes(3_000_000), randomBytes(1_000_000)];
           const said = await Promise.all(data.map((one) => say(8080, one)));
           tell(said.map(hash).join() === data.map(hash).join());
           silent.destroy();
           tell(await refusal(() => runtime.createContainer({ hostRoot: true, command: ['true'], networks: ['six'], ports: [{ containerPort: 80, hostIP: '::1', protocol: 'sctp' }] })));
           const again = await runtime.createContainer({ hostRoot: true, command: ['true'], networks: ['six'], ports: [{ containerPort: 80, hostPort: 7070, hostIP: '::1' }] });
           tell((await refusal(() => again.start())).replace(server.name, 'NAME'));
           await server.stop();
           tell([await text(8080), await text(7070)]);
           await four.stop();`,
        );
        expect(report).toEqual([
          ['hello', 'hello', 'hello', 'ECONNREFUSED'],
          ['ping', 'pong'],
          true,
          'hello',
          true,
          'ERR_INVALID_ARGUMENT: ports has sctp at the address ::1, from which tcp and udp alone are passed on to a container; give an address of the host',
          'ERR_ADDRESS_IN_USE: cannot publish port [::1]:7070/tcp for 80: container NAME has published it',
          ['ECONNREFUSED', 'ECONNREFUSED'],
        ]);
      }),
    );

    it(
      'lead to the container at each of its runs, in whatever network it then is',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${CLIENTS}
           for (const [name, number] of [['one', 1], ['two', 2]])
             await runtime.createNetwork({ name, subnets: [{ subnet: 'fd00:7' + number + '::/64' }] });
           const server = await echo({ networks: ['one'], ports: [{ containerPort: 80, hostPort: 8080 }], restartPolicy: 'always' });
           // There is one once it is needed.
           tell([(await forwarders(server)).length, await text(8080), (await forwarders(server)).length]);
           await server.connect('two');
           await server.disconnect('one');
           tell(await text(8080));
           // Somebody ends the process that passes it on: another one does.
           const [forwarder] = await forwarders(server);
           process.kill(forwarder, 'SIGKILL');
           tell(await text(8080));
           process.kill(await server.pid(), 'SIGKILL');
           for (let i = 0; i < 500 && ((await server.stateRecord()).restartCount === 0 || (await server.state()) !== 'running'); i++) await sleep(10);
           for (let i = 0; i < 500 && (await text(8080)) !== 'hello'; i++) await sleep(10);
           tell(await text(8080));`,
        );
        expect(report).toEqual([[0, 'hello', 1], 'hello', 'hello', 'hello']);
      }),
    );
  },
);
