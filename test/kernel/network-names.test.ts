import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

/** Two containers that do nothing, in a network each finds the other in. */
const PAIR = `
  await runtime.createNetwork({ name: 'home', subnets: [{ subnet: '10.7.0.0/24' }] });
  const idle = { ...root, command: ['sleep', '1000'] };
  const first = await runtime.createContainer({ ...idle, name: 'first', networks: ['home'] });
  const second = await runtime.createContainer({ ...idle, name: 'second', networks: [{ name: 'home', aliases: ['db', 'cache.local'] }] });
`;

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))('names in a network', () => {
  it(
    'come and go with containers, by name, alias and short ID, whoever started them',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `${PAIR}
         await first.start();
         tell(await lookUp(first, 'second'));
         await second.start();
         const address = await second.ipAddress();
         const names = ['second', 'db', 'cache.local', second.id.slice(0, 12)];
         for (const name of names) tell((await lookUp(first, name)).join() === address);
         tell((await lookUp(second, 'first')).join() === await first.ipAddress());
         // Ended by itself, with nobody's help.
         await second.kill();
         await second.wait();
         for (let i = 0; i < 200 && (await lookUp(first, 'db')).length > 0; i++) await sleep(10);
         tell(await lookUp(first, 'second'));
         const other = await Runtime.open(options);
         const again = other.getContainer(second.id);
         await again.start();
         tell((await lookUp(first, 'db')).join() === await again.ipAddress());
         await other.close();
         // In place of the line before it: the file does not grow with every start.
         const lines = hostsOf(await first.pid()).split('\\n').length;
         await second.restart({ timeout: 0 });
         tell(hostsOf(await first.pid()).split('\\n').length === lines);`,
      );
      expect(report).toEqual([[], true, true, true, true, true, [], true, true]);
    }),
  );

  it(
    'are not those of another network, nor what a container writes into its own file, and go with a killed monitor',
    guarded(async (store) => {
      const report = await inWorld(
        store,
        `${PAIR}
         await runtime.createNetwork({ name: 'away' });
         const third = await runtime.createContainer({ ...idle, name: 'third', networks: ['away'], addHosts: ['fixed:1.2.3.4'] });
         await first.start();
         await third.start();
         tell(await lookUp(third, 'first'));
         tell(await lookUp(third, 'fixed'));
         tell((await lookUp(third, 'host.containers.internal')).length);
         const { appendFileSync, readFileSync } = await import('node:fs');
         appendFileSync('/proc/' + (await first.pid()) + '/root/etc/hosts', '6.6.6.6\\tgood.example\\t' + first.id.slice(0, 12) + '\\n');
         await second.start();
         tell(await lookUp(second, 'good.example'));
         tell((await lookUp(first, 'second')).length);
         const status = readFileSync('/proc/' + (await second.pid()) + '/status', 'utf8');
         process.kill(Number(/^PPid:\\s*(\\d+)/m.exec(status)[1]), 'SIGKILL');
         for (let i = 0; i < 500 && (await second.state()) !== 'exited'; i++) await sleep(10);
         tell(await lookUp(first, 'second'));`,
      );
      expect(report).toEqual([[], ['1.2.3.4'], 1, [], 1, []]);
    }),
  );
});
