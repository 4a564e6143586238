import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true }))('libpod network', () => {
  it(
    'creates, lists, inspects and removes, with the columns and the exit codes of podman',
    withCommand(async (command) => {
      // Not what the machine has.
      const none = command.store.makeDirectory('none');
      const ok = (...words: string[]): Promise<string> => command.ok('--network-config-dir', none, ...words);
      const create = (...words: string[]): Promise<string> => ok('network', 'create', ...words);
      expect(
        await create('--subnet', '10.231.7.0/24', '--ip-range', '10.231.7.64/26', '--label', 'a=b', 'one'),
      ).toBe('one');
      expect(await create('--ignore', 'one')).toBe('one');
      const whole = await ok('network', 'ls', '--no-trunc', '--format', '{{.ID}}');
      for (const name of [whole, whole.slice(0, 12)])
        expect(
          (await command.libpod('--network-config-dir', none, 'network', 'create', name)).stderr.trim(),
        ).toBe(`Error: network name ${name} is the ID of network one: choose another`);
      expect(await create()).toBe('libpod1');
      const lan = [
        '--subnet',
        '10.231.8.0/24',
        '--gateway',
        '10.231.8.9',
        '-o',
        'parent=lo',
        '-o',
        'mtu=1400',
      ];
      expect(await create('-d', 'macvlan', ...lan, '--internal', 'lan')).toBe('lan');
      expect(await ok('network', 'ls', '-q')).toBe('lan\nlibpod1\none');
      expect(await ok('network', 'ls', '--noheading', '--filter', 'driver=macvlan')).toMatch(
        /^[0-9a-f]{12} +lan +macvlan$/,
      );
      for (const filter of ['label=a=b', 'name=^one$', 'label!=x', 'dangling=true'])
        expect(await ok('network', 'ls', '-q', '--filter', filter), filter).toContain('one');
      expect(await ok('network', 'ls', '-q', '--filter', 'dangling=false')).toBe('');
      const [one, macvlan] = JSON.parse(await ok('network', 'inspect', 'one', 'lan')) as [object, object];
      expect(one).toMatchObject({
        name: 'one',
        driver: 'bridge',
        subnets: [
          {
            subnet: '10.231.7.0/24',
            gateway: '10.231.7.1',
            lease_range: { start_ip: '10.231.7.64', end_ip: '10.231.7.127' },
          },
        ],
      });
      expect(macvlan).toMatchObject({
        driver: 'macvlan',
        network_interface: 'lo',
        internal: true,
        options: { mode: 'bridge', mtu: '1400' },
      });
      const more = ['--disable-dns', '--dns', '192.0.2.53', '--route', '198.51.100.0/24,10.231.9.254,7'];
      const options = [
        'no_default_route=1',
        'metric=9',
        'com.docker.network.driver.mtu=1300',
        'com.docker.network.bridge.name=lpquiet',
        'isolate=strict',
      ].flatMap((option) => ['-o', option]);
      expect(await create('--subnet', '10.231.9.0/24', ...more, ...options, 'quiet')).toBe('quiet');
      expect(
        await ok('network', 'update', '--dns-add', '192.0.2.54', '--dns-drop', '192.0.2.53', 'quiet'),
      ).toBe('quiet');
      expect(JSON.parse(await ok('network', 'inspect', 'one', 'quiet'))).toMatchObject([
        { dns_enabled: true },
        {
          dns_enabled: false,
          network_interface: 'lpquiet',
          network_dns_servers: ['192.0.2.54'],
          routes: [{ destination: '198.51.100.0/24', gateway: '10.231.9.254', metric: 7 }],
          options: { mtu: '1300', metric: '9', no_default_route: 'true' },
        },
      ]);
      const fields =
        '{{.Name}} {{.Driver}} {{.NetworkInterface}} {{.Internal}} {{.DNSEnabled}} {{.Labels}} {{.Options}}';
      expect(await ok('network', 'inspect', 'lan', '--format', fields)).toBe(
        'lan macvlan lo true true map[] map[mode:bridge mtu:1400]',
      );
      expect(
        await ok('network', 'ls', '-f', 'name=one', '--format', '{{.Name}} {{.Labels}} {{.IPv6Enabled}}'),
      ).toBe('one a=b false');
      const id = await ok('network', 'ls', '-f', 'name=quiet', '--format', '{{.ID}}');
      expect(await ok('network', 'inspect', id, '--format', '{{.ID}} {{json .Subnets}}')).toMatch(
        new RegExp(`^${id}[0-9a-f]{52} \\[\\{"subnet":"10.231.9.0/24","gateway":"10.231.9.1"\\}\\]$`),
      );
      expect(await ok('network', 'rm', 'lan', id)).toBe(`lan\n${id}`);
      expect(await ok('network', 'prune', '-f', '--filter', 'label=a')).toBe('one');
      expect(await ok('network', 'prune', '-f')).toBe('libpod1');
    }),
  );

  it(
    'chooses ports of the host that are free for those that name none',
    withCommand(async (command) => {
      const words = ['-p', '80', '-p', '127.0.0.1::90-91/udp', ...command.overlay, 'true'];
      await command.ok('create', '--name', 'any', ...words);
      const ports = JSON.parse(
        await command.ok('inspect', '--format', '{{json .HostConfig.PortBindings}}', 'any'),
      ) as Record<string, { HostIp: string; HostPort: string }[]>;
      expect(Object.keys(ports).sort()).toEqual(['80/tcp', '90/udp', '91/udp']);
      const hosts = Object.values(ports).flat();
      expect(hosts.map(({ HostIp }) => HostIp)).toEqual(['', '127.0.0.1', '127.0.0.1']);
      expect(hosts.every(({ HostPort }) => Number(HostPort) > 1024)).toBe(true);
    }),
  );

  it(
    'shows the lists of plugins in a directory, and says what is wrong in one sentence',
    withCommand(async (command) => {
      const lists = path.join(command.store.makeDirectory('cni'), 'lists');
      mkdirSync(lists);
      const write = (name: string, type: string): void =>
        writeFileSync(
          path.join(lists, `${name}.conflist`),
          JSON.stringify({ cniVersion: '0.4.0', name, plugins: [{ type }] }),
        );
      write('blue', 'bridge');
      write('outside', '../../../bin/sh');
      const cni = ['--network-config-dir', lists];
      expect(await command.ok(...cni, 'network', 'ls', '-q', '--filter', 'driver=cni')).toBe('blue');
      for (const [words, status, sentence] of [
        [['network', 'inspect', 'outside'], 125, 'it must be the name of a program, without a path'],
        [['network', 'rm', 'blue'], 125, 'remove that file'],
        [['network', 'create', 'blue'], 125, 'network name blue is already used'],
        [['network', 'create', '--ipam-driver', 'dhcp', 'x'], 125, 'unsupported ipam driver dhcp'],
        [['network', 'create', '--subnet', '10.231.7.0/33', 'x'], 125, 'must be ADDRESS/PREFIX'],
        [['network', 'create', '--gateway', '10.231.7.1', 'x'], 125, 'cannot set --gateway without --subnet'],
        [
          ['network', 'create', '--ip-range', '10.231.7.1/28', 'x'],
          125,
          'cannot set --ip-range without --subnet',
        ],
        [['network', 'create', '-o', 'vlan=4095', 'x'], 125, 'vlan is 4095, but must be'],
        [['network', 'create', '-o', 'vrf=blue', 'x'], 125, 'unsupported bridge network option vrf'],
        [['network', 'create', '-o', 'isolate=false', 'x'], 125, 'networks are always kept apart'],
        [['network', 'create', '--route', '10.0.0.0/8', 'x'], 125, 'write ADDRESS/PREFIX,GATEWAY[,METRIC]'],
        [['network', 'update', '--dns-add', 'one', 'blue'], 125, 'which is no address of IPv4 or IPv6'],
        [['network', 'update', '--dns-add', '192.0.2.1', 'nowhere'], 125, 'network not found'],
        [['network', 'create', '-d', 'macvlan', 'x'], 125, 'needs a subnet'],
        [['network', 'create', '../x'], 125, 'network name "../x" must begin'],
        [['network', 'rm', 'nowhere'], 1, 'network not found'],
        [['network', 'rm', '--time', '3', 'nowhere'], 125, 'the --force option must be specified'],
        [['network', 'ls', '--filter', 'x=y'], 125, '"x" is an invalid network filter'],
        [['network', 'prune', '-f', '--filter', 'name=x'], 125, '"name" is an invalid network filter'],
      ] as const) {
        const result = await command.libpod(...cni, ...words);
        const lines = result.stderr.trim().split('\n').length;
        expect([result.status, result.stderr.includes(sentence), lines], words.join(' ')).toEqual([
          status,
          true,
          1,
        ]);
      }
      expect(await command.ok(...cni, 'network', 'ls', '-q')).toBe('blue');
    }),
  );
});
