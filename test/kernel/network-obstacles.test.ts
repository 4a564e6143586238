import { describe, expect, it } from 'vitest';
import { inWorld } from '../support/network-world.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

/** As iptables-nft(8) holds what docker makes at its start. */
const DOCKER = `table ip filter {
  chain DOCKER-USER { counter return; }
  chain DOCKER { iifname != "docker0" oifname "docker0" drop; }
  chain FORWARD { type filter hook forward priority filter; policy drop;
    jump DOCKER-USER;
    oifname "docker0" ct state established,related accept;
    oifname "docker0" jump DOCKER;
    iifname "docker0" oifname != "docker0" accept; } }
 table ip nat {
  chain DOCKER { iifname "docker0" return; tcp dport 8081 dnat to 172.17.0.2:80; }
  chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local jump DOCKER; }
  chain OUTPUT { type nat hook output priority -100; policy accept; ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER; }
  chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; } }`;

/** The way of a forwarded packet in firewalld's, where the default zone is \`public\` or \`drop\`. */
const FIREWALLD = (trusted: string): string => `table inet firewalld {
  chain filter_FWD_public { return; }
  chain filter_FWD_trusted { accept; }
  chain filter_FORWARD_ZONES { ${trusted} goto filter_FWD_public; }
  chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept;
    ct status dnat accept;
    iifname "lo" accept;
    ct state invalid drop;
    jump filter_FORWARD_ZONES;
    reject with icmpx admin-prohibited; } }`;

/** netavark's own, for one network and one published port. */
const NETAVARK = `table inet netavark {
  chain FORWARD { type filter hook forward priority filter; policy accept; ct state invalid drop;
    ip daddr 10.89.0.0/24 ct state established,related accept; ip saddr 10.89.0.0/24 accept; }
  chain SETMARK { meta mark set meta mark | 0x2000; }
  chain DNAT { tcp dport 8082 jump SETMARK; tcp dport 8082 dnat ip to 10.89.0.2:80; }
  chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local jump DNAT; }
  chain OUTPUT { type nat hook output priority -100; policy accept; fib daddr type local jump DNAT; }
  chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept;
    meta mark & 0x2000 == 0x2000 masquerade; ip saddr 10.89.0.0/24 ip daddr != 224.0.0.0/4 masquerade; } }`;

/** A published port from outside, and from a container to the outside, beside rules of others; and what was warned of. Little patience is for what is to fail. */
const TRY = `
  const warned = [];
  process.on('warning', ({ code, message }) => { if (code === 'LIBPOD_FORWARDING') warned.push(message); });
  const { spawn } = await import('node:child_process');
  // The engine's process ends by SIGKILL: nothing of its own could end this one.
  spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', '--net=/proc/' + outside.pid + '/ns/net', '--', 'busybox', 'httpd', '-f', '-p', '90', '-h', root.rootfs + '/etc'], { stdio: 'ignore' });
  let number = 0;
  const attempt = async (rules, { patience = '3', ...more } = {}) => {
    const words = (url) => request(url).with(1, patience);
    run('nft', rules.replaceAll('; }', ';\\n}\\n'));
    const tables = [...rules.matchAll(/table (\\w+ \\w+)/g)].map(([, name]) => name.split(' '));
    const foreign = () => tables.map((name) => run('nft', '-s', 'list', 'table', ...name)).join();
    const before = foreign();
    const name = 'net' + ++number;
    const { bridge } = await runtime.createNetwork({ name, subnets: [{ subnet: '10.7.' + number + '.0/24' }], interfaceName: 'lp' + number, ...more });
    const server = await runtime.createContainer({ ...root, command: web, networks: [name], ports: [{ containerPort: 80, hostPort: 8080 }] });
    await server.start();
    await listening('http://127.0.0.1:8080/word');
    tell([
      (() => { try { return there(...words('http://192.0.2.1:8080/word')).trim() === 'hello'; } catch { return false; } })(),
      (await runIn([name], ...words('http://192.0.2.2:90/word'))).output === 'hello',
      foreign() === before,
    ]);
    tell(warned.splice(0));
    await server.remove({ force: true, timeout: 0 });
    for (const table of tables) run('nft', 'delete', 'table', ...table);
  };`;

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))(
  'rules of other programs',
  () => {
    it(
      'that drop what a network forwards are left alone, and told with what to do; what is done is seen',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${TRY}
         const docker = ${JSON.stringify(DOCKER)};
         await attempt(docker, { patience: '0.3' });
         await attempt(docker.replace('counter return', 'iifname "lp2" counter accept; oifname "lp2" counter accept; counter return'));
         await attempt(${JSON.stringify(FIREWALLD(''))});
         await attempt(${JSON.stringify(FIREWALLD('iifname "lp4" goto filter_FWD_trusted;'))});
         await attempt('table inet mine { chain guard { type filter hook forward priority 0; policy drop; } }', { patience: '0.3' });
         await attempt('table inet mine { set lan { type ifname; elements = { "lp6" } }; chain guard { type filter hook forward priority 0; policy drop; iifname @lan accept; oifname @lan accept; } }');
         await attempt('table inet mine { chain guard { type filter hook forward priority 0; policy drop; ip saddr 10.7.7.0/24 accept; ip daddr 10.7.7.0/24 accept; } }');`,
        );
        expect(report).toEqual([
          [false, false, true],
          [
            'what network net1 forwards is dropped by the chain FORWARD of the firewall table ip filter: let it through by iptables -I DOCKER-USER -i lp1 -j ACCEPT, and iptables -I DOCKER-USER -o lp1 -j ACCEPT',
          ],
          [true, true, true],
          [],
          [true, false, true],
          [
            'what network net3 forwards is dropped by firewalld: let it through by firewall-cmd --permanent --zone=trusted --add-interface=lp3, and firewall-cmd --reload',
          ],
          [true, true, true],
          [],
          [false, false, true],
          [
            'what network net5 forwards is dropped by the chain guard of the firewall table inet mine: let the interface lp5 through there',
          ],
          [true, true, true],
          [],
          [true, true, true],
          [],
        ]);
      }),
    );

    it(
      'that stand in nobody’s way are neither touched nor told of, nor those of another family, nor for a network that forwards nothing',
      guarded(async (store) => {
        const report = await inWorld(
          store,
          `${TRY}
         await attempt(${JSON.stringify(NETAVARK)});
         await attempt('table ip6 filter { chain FORWARD { type filter hook forward priority filter; policy drop; } }');
         await attempt(${JSON.stringify(DOCKER)}, { internal: true, patience: '0.3' });`,
        );
        expect(report).toEqual([[true, true, true], [], [true, true, true], [], [false, false, true], []]);
      }),
    );
  },
);
