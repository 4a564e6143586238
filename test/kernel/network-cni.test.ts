import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded, type TestStore } from '../support/store.js';

/** Lists of plugins in a directory of the test, whose leases are the test's too. */
function cniWorld(store: TestStore): string {
  const directory = store.makeDirectory('cni');
  const leases = store.makeDirectory('cni-leases');
  return `
    const { writeFileSync, readdirSync, existsSync, rmSync, chmodSync, readFileSync } = await import('node:fs');
    const lists = ${JSON.stringify(directory)};
    const ipam = (subnet) => ({ type: 'host-local', dataDir: ${JSON.stringify(leases)}, ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] });
    const bridge = (name, subnet) => ({ type: 'bridge', bridge: name, isGateway: true, ipMasq: false, hairpinMode: true, capabilities: { ips: true, mac: true }, ipam: { ...ipam(subnet), capabilities: { ips: true } } });
    const portmap = { type: 'portmap', capabilities: { portMappings: true } };
    const list = (name, plugins, cniVersion = '1.0.0') => writeFileSync(lists + '/' + name + '.conflist', JSON.stringify({ cniVersion, name, plugins }));
    const leasesOf = (name) => { try { return readdirSync(${JSON.stringify(leases)} + '/' + name).filter((file) => /^[0-9]/.test(file)); } catch { return []; } };
    const own = ${JSON.stringify(store.makeDirectory('cni-plugins'))};
    const plugin = (name, script) => { writeFileSync(own + '/' + name, '#!/bin/sh\\n' + script + '\\n'); chmodSync(own + '/' + name, 0o755); };
    const openOptions = { ...options, cni: { configDirectory: lists, pluginDirectories: [own, '/usr/lib/cni'] } };
    const cni = await Runtime.open(openOptions);
    const held = () => [run('ip', '-o', 'link').includes('veth'), readFileSync('/proc/self/mountinfo', 'utf8').includes(options.runRoot)];
  `;
}

describe.runIf(requires({ root: true, busybox: true, ip: true, cni: true, iptables: true }))(
  'networks of CNI',
  () => {
    it(
      'are run through their plugins: ADD, port mappings, static addresses, DEL by the monitor, names of versions',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${cniWorld(store)}
         list('blue', [bridge('cni-blue', '10.55.0.0/24'), portmap]);
         list('old', [bridge('cni-old', '10.56.0.0/24')], '0.4.0');
         tell(cni.networks().map(({ name, driver }) => name + ' ' + driver));
         const server = await cni.createContainer({ ...root, command: web, networks: [{ name: 'blue', ips: ['10.55.0.77'], mac: '92:d0:c6:0a:29:33' }, 'old'], ports: [{ containerPort: 80, hostPort: 8080 }], remove: false });
         await server.start();
         tell(await server.ips());
         await listening('http://10.55.0.77/word');
         tell(fetchFrom(run, 'http://10.55.0.77/word'));
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         tell((await server.inspect()).NetworkSettings.Networks.blue.MacAddress);
         tell(hostsOf(await server.pid()).includes('10.55.0.77'));
         tell([leasesOf('blue'), leasesOf('old').length]);
         await server.reloadNetworks();
         tell(fetchFrom(run, 'http://10.55.0.77/word'));
         await server.stop();
         await server.start();
         await listening('http://10.55.0.77/word');
         tell(fetchFrom(there, 'http://192.0.2.1:8080/word'));
         await server.remove({ force: true, timeout: 0 });
         tell([leasesOf('blue'), leasesOf('old'), ...held()]);
         await cni.close();`,
        );
        expect(report).toEqual([
          ['blue cni', 'old cni'],
          ['10.55.0.77/24', expect.stringMatching(/^10\.56\.0\.\d+\/24$/)],
          'hello',
          'hello',
          '92:d0:c6:0a:29:33',
          true,
          [['10.55.0.77'], 1],
          'hello',
          'hello',
          [[], [], false, false],
        ]);
      }),
    );

    it(
      'say in a sentence what is wrong with a list or a plugin, and leave nothing of one that failed',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${cniWorld(store)}
         list('outside', [{ type: '../../bin/sh' }]);
         list('absolute', [{ type: '/bin/sh' }]);
         list('ancient', [{ type: 'bridge' }], '0.1.0');
         writeFileSync(lists + '/torn.conflist', '{ "name": "torn", ');
         plugin('failing', 'cat >/dev/null; [ "$CNI_COMMAND" = DEL ] || { echo \\'{ "cniVersion": "1.0.0", "code": 11, "msg": "no such luck", "details": "a  b" }\\'; exit 1; }');
         plugin('noisy', 'echo "what? " >&2; exit 3');
         plugin('garbage', 'echo no JSON');
         plugin('silent', 'exit 0');
         plugin('endless', '[ "$CNI_COMMAND" = DEL ] || yes');
         for (const name of ['failing', 'noisy', 'garbage', 'silent', 'absent', 'endless']) list(name, [bridge('cni-blue', '10.55.0.0/24'), { type: name }]);
         list('plain', [bridge('cni-blue', '10.55.0.0/24')]);
         list('fine', [bridge('cni-blue', '10.55.0.0/24'), portmap]);
         const starting = async (networks, more = {}) => {
           const container = await cni.createContainer({ ...root, command: ['true'], networks, remove: false, ...more });
           try { await container.start(); } finally { await container.remove({ force: true, timeout: 0 }); }
         };
         plugin('refusing', 'echo never >&2; exit 3');
         for (const name of ['refusing', 'missing']) { list(name, [{ type: name }]); tell(await refusal(() => starting([name]))); }
         // Nothing is left to be tried again, as nothing was ever held.
         tell(held());
         for (const name of ['outside', 'absolute', 'ancient', 'torn', 'failing', 'noisy', 'garbage', 'silent', 'absent', 'endless']) tell(await refusal(() => starting([name])));
         tell(await refusal(() => starting(['fine', 'bridge'])));
         tell(await refusal(() => starting(['plain'], { ports: [{ containerPort: 80 }] })));
         tell(await refusal(() => cni.removeNetwork('fine')));
         const one = await cni.createContainer({ ...root, command: web, networks: ['fine'] });
         await one.start();
         tell(await refusal(() => one.connect('plain')));
         await one.stop();
         // What fails at DEL stays recorded until it does not.
         plugin('noisy', 'exit 0'); plugin('garbage', 'exit 0'); plugin('absent', 'exit 0');
         await cni.close();
         await (await Runtime.open(openOptions)).close();
         tell([...['failing', 'noisy', 'garbage', 'silent', 'absent', 'endless'].flatMap(leasesOf), ...held()]);`,
        );
        const cni = (words: string): unknown => expect.stringMatching(new RegExp(`^ERR_CNI: ${words}`));
        expect(report).toEqual([
          cni('CNI plugin refusing of network refusing failed at ADD: never$'),
          cni('there is no CNI plugin missing in '),
          [false, false],
          cni('the CNI configuration .*/outside.conflist has a plugin of type "../../bin/sh": it must be'),
          cni('the CNI configuration .*/absolute.conflist has a plugin of type "/bin/sh"'),
          cni('the CNI configuration .*/ancient.conflist has the cniVersion "0.1.0"'),
          cni('the CNI configuration .*/torn.conflist is not JSON'),
          cni('CNI plugin failing of network failing failed at ADD: no such luck: a b$'),
          cni('CNI plugin noisy of network noisy failed at ADD: what[?]$'),
          cni('CNI plugin garbage of network garbage answered ADD with what is not JSON: no JSON$'),
          cni('the CNI plugins of network silent answered no result'),
          cni('there is no CNI plugin absent in '),
          cni('CNI plugin endless of network endless failed at ADD'),
          expect.stringMatching(/^ERR_INVALID_ARGUMENT: network fine is of CNI and libpod is not/),
          expect.stringMatching(/^ERR_INVALID_ARGUMENT: ports are published, but plain is no bridge/),
          expect.stringMatching(/^ERR_INVALID_ARGUMENT: network fine is configured by .*fine.conflist/),
          expect.stringMatching(/^ERR_INVALID_STATE: container \w+ runs in networks of CNI/),
          [false, false],
        ]);
      }),
    );

    it(
      'are left by the next engine where a monitor or an engine was killed, and mended by a reload',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${cniWorld(store)}
         list('blue', [bridge('cni-blue', '10.55.0.0/24'), portmap]);
         plugin('slow', 'cat >/dev/null; [ "$CNI_COMMAND" = DEL ] || { echo > ' + own + '/reached; while [ -e ' + own + '/reached ]; do sleep 0.05; done; }');
         list('green', [bridge('cni-green', '10.56.0.0/24'), { type: 'slow' }]);
         const server = await cni.createContainer({ ...root, command: web, networks: ['blue'], ports: [{ containerPort: 80, hostPort: 8080 }], remove: false });
         await server.start();
         await listening('http://' + leasesOf('blue')[0] + '/word');
         // host-local goes on to the next address by itself.
         const [before] = leasesOf('blue');
         // Somebody takes the interface away: CHECK tells.
         run('nsenter', '--net=/proc/' + (await server.pid()) + '/ns/net', '--', 'ip', 'link', 'del', 'eth0');
         await server.reloadNetworks();
         tell(leasesOf('blue').join() === before);
         await listening('http://' + leasesOf('blue')[0] + '/word');
         tell(fetchFrom(run, 'http://' + leasesOf('blue')[0] + '/word'));
         const status = readFileSync('/proc/' + (await server.pid()) + '/status', 'utf8');
         process.kill(Number(/^PPid:\\s*(\\d+)/m.exec(status)[1]), 'SIGKILL');
         for (let i = 0; i < 500 && (await server.state()) !== 'exited'; i++) await sleep(10);
         tell([leasesOf('blue'), ...held()]);
         await server.remove();
         const code = "const { Runtime } = await import(process.argv[1]); const cni = await Runtime.open(JSON.parse(process.argv[2])); const one = await cni.createContainer({ ...JSON.parse(process.argv[3]), command: ['true'], networks: ['green'], remove: false, name: 'half' }); await one.start();";
         const other = spawn(process.execPath, ['--input-type=module', '-e', code, ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}, JSON.stringify(openOptions), JSON.stringify(root)], { stdio: 'ignore' });
         for (let i = 0; i < 1000 && !existsSync(own + '/reached'); i++) await sleep(10);
         other.kill('SIGKILL');
         await once(other, 'exit');
         tell(leasesOf('green').length);
         const next = await Runtime.open(openOptions);
         tell([leasesOf('green'), ...held()]);
         rmSync(own + '/reached');
         await next.removeContainer('half');
         await next.close();
         await cni.close();`,
        );
        expect(report).toEqual([true, 'hello', [[], false, false], 1, [[], false, false]]);
      }),
    );
  },
);
