import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PodmanCommand } from '../../../src/cli/command.js';
import { addCreateFlags, parseCreateOptions, type CreateFlags } from '../../../src/cli/flags/create.js';
import { parseDevice, parseDeviceRule } from '../../../src/cli/flags/devices.js';
import { parseEnvironment } from '../../../src/cli/flags/environment.js';
import type { CreateOptions } from '../../../src/index.js';

/** What a command line asks for. */
function parse(...argv: string[]): CreateOptions {
  const command = new PodmanCommand('create');
  addCreateFlags(command);
  command.action(() => undefined);
  command.parse(['--host-root', ...argv, 'true'], { from: 'user' });
  return parseCreateOptions(command.opts<CreateFlags>(), command.args);
}

describe('a flag of run and create is an option:', () => {
  it.each<[string[], Partial<CreateOptions>]>([
    [['--group-add', 'a,b', '--group-add', '7'], { groupAdd: ['a', 'b', '7'] }],
    [['--add-host', 'db:10.0.0.1'], { addHosts: ['db:10.0.0.1'] }],
    [['--no-hosts'], { noHosts: true }],
    [
      ['--dns', '1.1.1.1,8.8.8.8', '--dns-search', 'x.y', '--dns-option', 'ndots:2'],
      { dns: ['1.1.1.1', '8.8.8.8'], dnsSearch: ['x.y'], dnsOptions: ['ndots:2'] },
    ],
    [['--init'], { init: true }],
    [
      ['--health-cmd', '["a", "b"]', '--health-interval', '1m30s', '--health-retries', '2'],
      { healthcheck: { test: ['a', 'b'], interval: 90, retries: 2 } },
    ],
    [
      ['--health-cmd', 'a | b', '--health-interval', 'disable', '--health-on-failure', 'kill'],
      { healthcheck: { test: 'a | b', interval: 0, onFailure: 'kill' } },
    ],
    [
      ['--health-startup-cmd', 'up', '--health-startup-success', '2'],
      { healthcheck: { startup: { test: 'up', successes: 2 } } },
    ],
    [['--health-cmd', 'none'], { healthcheck: { test: ['NONE'] } }],
    [['--no-healthcheck'], { healthcheck: false }],
    [['--timeout', '5', '--pidfile', 'p'], { timeout: 5, pidFile: 'p' }],
    [['--ulimit', 'host'], { ulimits: 'host' }],
    [['--ulimit', 'core=0'], { ulimits: [{ name: 'core', soft: 0, hard: 0 }] }],
    [
      ['-p', '80', '-p', '127.0.0.1::90-91/udp', '-p', '0:92', '-p', '8080:93'],
      {
        ports: [
          { containerPort: 80, hostPort: 0, range: 1, protocol: 'tcp', hostIP: '' },
          { containerPort: 90, hostPort: 0, range: 2, protocol: 'udp', hostIP: '127.0.0.1' },
          { containerPort: 92, hostPort: 0, range: 1, protocol: 'tcp', hostIP: '' },
          { containerPort: 93, hostPort: 8080, range: 1, protocol: 'tcp', hostIP: '' },
        ],
      },
    ],
    [['--network', 'container:web'], { namespaces: { network: { container: 'web' } } }],
    [
      ['--uidmap', '0:100000:65536', '--uidmap', '65536:5'],
      {
        namespaces: { user: 'private' },
        uidMappings: [
          { containerID: 0, hostID: 100000, size: 65536 },
          { containerID: 65536, hostID: 5, size: 1 },
        ],
        gidMappings: [
          { containerID: 0, hostID: 100000, size: 65536 },
          { containerID: 65536, hostID: 5, size: 1 },
        ],
      },
    ],
    [
      ['--userns', 'auto:size=10,uidmapping=0:5:1'],
      { namespaces: { user: { auto: { size: 10, uidMappings: [{ containerID: 0, hostID: 5, size: 1 }] } } } },
    ],
    [['--userns', 'auto'], { namespaces: { user: { auto: {} } } }],
    [['--userns', 'container:a'], { namespaces: { user: { container: 'a' } } }],
    [['--security-opt', 'apparmor=docker-default'], { apparmorProfile: 'docker-default' }],
    [['--security-opt', 'apparmor=unconfined'], {}],
    [
      ['--security-opt', 'label=type:spc_t', '--security-opt', 'label:level:s0:c1,c2'],
      { labelOptions: ['type:spc_t', 'level:s0:c1,c2'] },
    ],
    [['--security-opt', 'proc-opts=hidepid=2,subset=pid'], { procOptions: ['hidepid=2', 'subset=pid'] }],
    [
      ['--device', '/dev/fuse', '--device-cgroup-rule', 'c 1:* r'],
      {
        hostDevices: [{ path: '/dev/fuse' }],
        deviceCgroupRules: [{ allow: true, type: 'c', major: 1, access: 'r' }],
      },
    ],
    [
      ['--memory-swappiness', '5', '--oom-kill-disable', '--blkio-weight-device', '/dev/a:20'],
      {
        resources: {
          memorySwappiness: 5,
          oomKillDisable: true,
          blkioWeightDevice: [{ path: '/dev/a', weight: 20 }],
        },
      },
    ],
    [
      ['--device-read-bps', '/dev/a:1mb', '--device-write-bps', '/dev/a:2k'],
      {
        resources: {
          deviceReadBps: [{ path: '/dev/a', rate: 2 ** 20 }],
          deviceWriteBps: [{ path: '/dev/a', rate: 2048 }],
        },
      },
    ],
    [
      ['--device-read-iops', '/dev/a:9', '--device-write-iops', '/dev/b:8'],
      {
        resources: {
          deviceReadIops: [{ path: '/dev/a', rate: 9 }],
          deviceWriteIops: [{ path: '/dev/b', rate: 8 }],
        },
      },
    ],
    [
      ['-v', '/a:/b:O', '-v', '/c:/d:O,upperdir=/u,workdir=/w'],
      {
        mounts: [
          { type: 'overlay', source: '/a', destination: '/b', options: ['rprivate'] },
          {
            type: 'overlay',
            source: '/c',
            destination: '/d',
            options: ['rprivate', 'upperdir=/u', 'workdir=/w'],
          },
        ],
      },
    ],
    [
      ['--mount', 'type=devpts,dst=/p,uid=1,gid=2,mode=0600,max=3'],
      {
        mounts: [
          {
            type: 'devpts',
            source: 'devpts',
            destination: '/p',
            options: ['uid=1', 'gid=2', 'mode=0600', 'max=3'],
          },
        ],
      },
    ],
    [
      ['--mount', 'type=tmpfs,dst=/t,notmpcopyup,ro'],
      {
        mounts: [
          {
            type: 'tmpfs',
            source: 'tmpfs',
            destination: '/t',
            options: ['rprivate', 'nosuid', 'nodev', 'ro'],
          },
        ],
      },
    ],
    [
      ['--mount', 'type=bind,src=/a,dst=/b,bind-nonrecursive,nosuid,relabel=shared,noexec=false'],
      {
        mounts: [
          {
            type: 'bind',
            source: '/a',
            destination: '/b',
            options: ['rprivate', 'bind', 'nosuid', 'exec'],
          },
        ],
      },
    ],
    [
      ['--tmpfs', '/t:rshared,size=5m'],
      {
        mounts: [
          {
            type: 'tmpfs',
            source: 'tmpfs',
            destination: '/t',
            options: ['nosuid', 'nodev', 'tmpcopyup', 'rshared', 'size=5m'],
          },
        ],
      },
    ],
  ])('%j', (argv, expected) => {
    expect(parse(...argv)).toMatchObject(expected);
  });
});

describe('a flag that cannot be read is refused in words that name it:', () => {
  it.each([
    [['--ulimit', 'host', '--ulimit', 'core=0'], /host only once/],
    [['--storage-opt', 'size=1g'], 'the root of a container has no quota'],
    [['--ulimit', 'core'], /ulimit argument: core/],
    [['--device', '/dev/a:/dev/b:x'], /device specification: \/dev\/a:\/dev\/b:x/],
    [['--device', '/dev/a:/dev/b:r:w'], /device specification/],
    [['--device-cgroup-rule', 'c 1 r'], /device-cgroup-rule/],
    [['--blkio-weight-device', 'a:20'], /blkio-weight-device/],
    [['--device-read-bps', '/dev/a:1x'], /device-read-bps/],
    [['--device-read-iops', '/dev/a:1m'], /device-read-iops/],
    [['--memory', '1x'], /memory/],
    [['--memory-swappiness', '-2'], /memory-swappiness/],
    [['--timeout', '-1'], /timeout/],
    [['--env', '=x'], /"--env" flag/],
    [['--network', 'host', '--network', 'bridge'], /--network host cannot be given with another/],
    [['--network', 'n:speed=x'], /the option "speed" is not supported/],
    [
      ['--ip', '10.0.0.2', '--network', 'none'],
      /--ip, --ip6 and --mac-address cannot be used with --network none/,
    ],
    [['-p', '80:80', '--network', 'none'], /--publish cannot be used with --network none/],
    [['-P', '--network', 'none'], /--publish-all cannot be used with --network none/],
    [['-p', '80:81:82:83'], /--publish "80:81:82:83" cannot be read/],
    [['-p', '80-81:80'], /both ranges must have as many ports/],
    [['-p', '80/icmp'], /the protocol must be tcp, udp or sctp/],
    [['--userns', 'keep-id'], /is for users without privileges/],
    [['--userns', 'auto:size=0'], /the option "size=0" cannot be read/],
    [['--userns', 'host', '--uidmap', '0:1:1'], /--userns host cannot be used with IDs that are mapped/],
    [['--uidmap', '0:1:1', '--subuidname', 'root'], /--uidmap and --subuidname cannot be used together/],
    [['--subgidname', 'no-such-group'], /\/etc\/subgid gives no IDs to "no-such-group"/],
    [['--gidmap', '0-1-1'], /--gidmap "0-1-1" cannot be read/],
    [['--security-opt', 'apparmor='], /apparmor=: give unconfined or the name of a profile/],
    [['--security-opt', 'label='], /label=: give disable, or type:/],
    [['-v', '/a:/b:O,ro'], /O cannot be used with "ro"/],
    [['-v', '/a:/b:O,upperdir=/u'], /both upperdir and workdir/],
    [['--mount', 'type=tmpfs,dst=/b,U'], /invalid mount option "U"/],
    [['-v', '/a:/b:O,U'], /O cannot be used with "U"/],
    [['--mount', 'type=glob,dst=/b'], /filesystem type "glob"/],
    [['--mount', 'type=volume,dst=/b,bogus'], /invalid mount option "bogus"/],
    [['-v', 'name:/b:bogus'], /invalid option "bogus"/],
    [['-v', ':/b'], /the name of the volume is missing/],
    [['-v', 'name:b'], /must be an absolute path/],
    [['--mount', 'type=tmpfs,dst=/b,src=/a'], /no source/],
    [['--mount', 'type=tmpfs,dst=/b,tmpfs-mode=9'], /invalid tmpfs-mode "9"/],
    [['--mount', 'type=devpts,dst=/b,ro'], /invalid mount option "ro"/],
    [['--mount', 'type=bind,src=/a,dst=/b,ro=maybe'], /neither true nor false/],
    [['--mount', 'type=bind,src=/a,dst=/b,relabel=x'], /invalid relabel "x"/],
    [['--tmpfs', '/t:size=1x'], /invalid mount option "size=1x"/],
    [['--tmpfs', '/t:bogus'], /invalid mount option "bogus"/],
  ])('%j', (argv, words) => {
    expect(() => parse(...argv)).toThrow(words);
  });

  it('what a bundle says itself', () => {
    const command = new PodmanCommand('create');
    addCreateFlags(command);
    const flags = (...argv: string[]): CreateFlags =>
      command.parse(argv, { from: 'user' }).opts<CreateFlags>();
    command.action(() => undefined);
    expect(parseCreateOptions(flags('--bundle', '/b'), [])).toMatchObject({ bundle: '/b' });
    expect(() => parseCreateOptions(flags('--bundle', '/b', '--no-hosts'), [])).toThrow('--no-hosts cannot');
  });
});

describe('a device', () => {
  it.each([
    ['/dev/a', { path: '/dev/a' }],
    ['/dev/a:r', { path: '/dev/a', access: 'r' }],
    ['/dev/a:/dev/b', { path: '/dev/a', containerPath: '/dev/b' }],
    ['/dev/a:/dev/b:wm', { path: '/dev/a', containerPath: '/dev/b', access: 'wm' }],
  ])('%s', (text, device) => {
    expect(parseDevice(text)).toEqual({ containerPath: undefined, access: undefined, ...device });
  });

  it('of any number', () => {
    expect(parseDeviceRule('a *:* rwm')).toEqual({
      allow: true,
      type: 'a',
      major: undefined,
      minor: undefined,
      access: 'rwm',
    });
  });
});

describe('the environment', () => {
  const own = { HOME: '/root', LC_ALL: 'C', LC_TIME: 'de', EMPTY: '' };

  it("takes the caller's values by name and by beginning", () => {
    expect(parseEnvironment({ env: ['LC_*', 'HOME', 'NONE', 'EMPTY', 'A=b=c', 'X*=1'] }, own)).toEqual({
      LC_ALL: 'C',
      LC_TIME: 'de',
      HOME: '/root',
      EMPTY: '',
      A: 'b=c',
      'X*': '1',
    });
  });

  it('of --env wins over that of a file, and that over the host', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'libpod-unit-'));
    const file = path.join(directory, 'env');
    writeFileSync(file, '# no\n  HOME=/file\r\nLC_ALL=file\n\nLC_T*\n');
    try {
      expect(parseEnvironment({ envHost: true, envFile: [file], env: ['LC_ALL=flag'] }, own)).toEqual({
        ...own,
        HOME: '/file',
        LC_ALL: 'flag',
      });
      expect(parseEnvironment({}, own)).toEqual({});
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
