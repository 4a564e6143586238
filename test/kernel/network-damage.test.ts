import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))(
  'damage to what is recorded of networks',
  () => {
    it(
      'is told by name, costs no other network, and goes with the network, its bridge too',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `const { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } = await import('node:fs');
         const file = (name) => options.root + '/networks/' + name + '.json';
         await runtime.createNetwork({ name: 'well', subnets: [{ subnet: '10.7.1.0/24' }] });
         await runtime.createNetwork({ name: 'hurt', subnets: [{ subnet: '10.7.2.0/24' }] });
         await runIn(['hurt'], 'true');
         const whole = readFileSync(file('hurt'), 'utf8');
         const bridges = () => run('ip', '-o', 'link', 'show', 'type', 'bridge').split('\\n').filter((line) => line !== '').length;
         const hurts = { cut: whole.slice(0, 50), empty: '', other: '{"version":1}', 'of another': whole.replace('hurt', 'well'), list: '[]' };
         for (const [how, text] of Object.entries(hurts)) {
           writeFileSync(file('hurt'), text);
           const said = await refusal(() => runtime.network('hurt'));
           tell([how, said.startsWith('ERR_RECORD_DAMAGED: the record ' + file('hurt') + ' of network hurt is damaged'), runtime.networks().filter(({ driver }) => driver === 'bridge').map(({ name }) => name).join()]);
         }
         tell((await refusal(() => runtime.createContainer({ ...root, command: ['true'], networks: ['hurt'] }))).split(':')[0]);
         tell((await runIn(['well'], 'true')).exitCode);
         await runtime.createNetwork({ name: 'more', subnets: [{ subnet: '10.7.3.0/24' }] });
         await runtime.removeNetwork('more');
         tell(bridges());
         await runtime.removeNetwork('hurt');
         tell(bridges());
         mkdirSync(file('hurt'));
         tell((await refusal(() => runtime.network('hurt'))).includes('it is a directory'));
         await runtime.removeNetwork('hurt');
         tell(runtime.network('hurt') === undefined);
         writeFileSync(file('hurt'), whole.replace('"version":1', '"version":2'));
         tell((await refusal(() => runtime.network('hurt'))).split(':')[0]);
         rmSync(file('hurt'));
         // What a writer left that was killed.
         writeFileSync(options.root + '/networks/.hurt.12345', 'cut');
         await runtime.createNetwork({ name: 'hurt', subnets: [{ subnet: '10.7.2.0/24' }] });
         tell(readdirSync(options.root + '/networks').sort().join());`,
        );
        const damaged = (how: string): unknown[] => [how, true, 'well'];
        expect(report).toEqual([
          ...['cut', 'empty', 'other', 'of another', 'list'].map(damaged),
          'ERR_RECORD_DAMAGED',
          0,
          2,
          1,
          true,
          true,
          'ERR_RECORD_NEWER',
          'hurt.json,well.json',
        ]);
      }),
    );

    it(
      'which stands in the place of addresses is put aside',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `const { mkdirSync, rmSync, symlinkSync, writeFileSync, readdirSync } = await import('node:fs');
         await runtime.createNetwork({ name: 'well', subnets: [{ subnet: '10.7.1.0/29' }] });
         const address = async () => (await runIn(['well'], 'sh', '-c', "ip -4 -o addr show eth0 | sed 's/.*inet //; s/ .*//'")).output;
         tell(await address());
         const leases = readdirSync(options.runRoot).map((boot) => options.runRoot + '/' + boot + '/networks/well').find((one) => { try { return readdirSync(one); } catch { return false; } });
         for (const last of [3, 4, 5]) rmSync(leases + '/10.7.1.' + last, { force: true });
         writeFileSync(leases + '/10.7.1.3', 'cut');
         mkdirSync(leases + '/10.7.1.4/deep', { recursive: true });
         symlinkSync('../../nobody', leases + '/10.7.1.5');
         rmSync(leases + '/.last4');
         mkdirSync(leases + '/.last4/deep', { recursive: true });
         const all = [];
         for (let i = 0; i < 5; i++) all.push(await address());
         tell(all);
         rmSync(leases, { recursive: true });
         writeFileSync(leases, 'a file');
         tell(await address());
         await runtime.removeNetwork('well');`,
        );
        expect(report).toEqual([
          '10.7.1.2/29',
          ['10.7.1.2/29', '10.7.1.3/29', '10.7.1.4/29', '10.7.1.5/29', '10.7.1.6/29'],
          '10.7.1.2/29',
        ]);
      }),
    );

    it(
      'of a container that runs says what to do, and keeps nobody from removing it',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `const { readdirSync, writeFileSync } = await import('node:fs');
         await runtime.createNetwork({ name: 'well', subnets: [{ subnet: '10.7.1.0/24' }] });
         const make = () => runtime.createContainer({ ...root, command: ['sleep', '100'], networks: ['well'] });
         const damage = ({ id }) => {
           const file = readdirSync(options.runRoot, { recursive: true }).find((one) => one.endsWith(id + '/networks.json'));
           writeFileSync(options.runRoot + '/' + file, '[{');
         };
         const one = await make();
         await one.start();
         damage(one);
         tell(await refusal(() => one.ips()));
         await one.stop({ timeout: 0 });
         await one.start();
         tell((await one.ips()).length);
         damage(one);
         await one.remove({ force: true, timeout: 0 });
         tell((await runtime.containers()).length);
         await runtime.removeNetwork('well');`,
        );
        expect(report).toEqual([
          expect.stringMatching(
            /^ERR_RECORD_DAMAGED: .*networks\.json of the networks of .* is damaged; restart/,
          ),
          1,
          0,
        ]);
      }),
    );
  },
);
