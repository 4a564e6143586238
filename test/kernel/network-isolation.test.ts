import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('networks keep apart', () => {
  it(
    'what is in one from what is in another, but for published ports, and other programs are left alone',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `run('nft', 'add', 'table', 'inet', 'foreign');
         run('nft', 'add', 'chain', 'inet', 'foreign', 'kept', '{ type filter hook forward priority 0; }');
         run('nft', 'add', 'rule', 'inet', 'foreign', 'kept', 'counter');
         const foreign = () => run('nft', '-s', 'list', 'table', 'inet', 'foreign');
         const before = foreign();
         await runtime.createNetwork({ name: 'one', subnets: [{ subnet: '10.7.1.0/24' }] });
         await runtime.createNetwork({ name: 'two', subnets: [{ subnet: '10.7.2.0/24' }] });
         const server = await runtime.createContainer({ ...root, command: web, networks: [{ name: 'one', ips: ['10.7.1.77'] }], ports: [{ containerPort: 80, hostPort: 8080 }] });
         await server.start();
         await listening('http://10.7.1.77/word');
         tell((await runIn(['one'], ...request('http://10.7.1.77/word'))).output);
         tell((await runIn(['two'], ...request('http://10.7.1.77/word').with(1, '1'))).exitCode);
         tell((await runIn(['two'], ...request('http://192.0.2.1:8080/word'))).output);
         tell((await runIn(['one', 'two'], ...request('http://10.7.1.77/word'))).output);
         await server.remove({ force: true, timeout: 0 });
         await runtime.pruneNetworks();
         tell(run('nft', 'list', 'ruleset').includes('libpod0') || run('nft', 'list', 'ruleset').includes('10.7.1.77'));
         tell(foreign() === before);`,
      );
      expect(report).toEqual(['hello', 124, 'hello', 'hello', false, true]);
    }),
  );

  it(
    'the packets of a container that is gone from the one that has its port now',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `const listen = (address) => runtime.createContainer({ hostRoot: true, stopTimeout: 0, networks: [{ name: 'one', ips: [address] }],
           command: ['python3', '-uc', 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 53)); print(s.recv(9).decode())'],
           ports: [{ containerPort: 53, protocol: 'udp' }] });
         await runtime.createNetwork({ name: 'one', subnets: [{ subnet: '10.7.1.0/24' }] });
         const send = () => there('python3', '-c', 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 5353)); s.sendto(b"ping", ("192.0.2.1", 53))');
         for (const address of ['10.7.1.10', '10.7.1.11']) {
           const server = await listen(address);
           await server.start();
           for (let i = 0; i < 50 && (await outputOf(server)) === ''; i++) { send(); await sleep(20); }
           tell(await outputOf(server));
           await server.remove({ force: true, timeout: 0 });
         }`,
      );
      expect(report).toEqual(['ping', 'ping']);
    }),
  );
});
