import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const FULL_ID = /^[0-9a-f]{64}$/;

describe.runIf(requires({ root: true, busybox: true }))('libpod pod', () => {
  it(
    'gives its containers mounts, devices and confinement, unless they have their own',
    withCommand(async (command) => {
      const shared = command.store.makeDirectory('shared');
      writeFileSync(path.join(shared, 'word'), 'the pod\n');
      const own = command.store.makeDirectory('own');
      writeFileSync(path.join(own, 'word'), 'its own\n');
      await command.ok(
        ...['pod', 'create', '--name', 'p', '-v', `${shared}:/data:ro`, '--device', '/dev/null:/dev/hole:r'],
        ...['--security-opt', 'no-new-privileges', '--security-opt', 'mask=/proc/uptime'],
      );
      const look = 'cat /data/word; ls /dev/hole; grep NoNew /proc/self/status; wc -c < /proc/uptime';
      const run = (...flags: string[]) =>
        command.ok('run', '--rm', '--pod', 'p', ...flags, ...command.overlay, 'sh', '-c', look);
      expect(await run()).toBe('the pod\n/dev/hole\nNoNewPrivs:\t1\n0');
      expect(await run('-v', `${own}:/data`)).toBe('its own\n/dev/hole\nNoNewPrivs:\t1\n0');
      expect((await command.libpod('pod', 'create', '-v', '/nameless')).stderr).toContain('has no name');
    }),
  );

  it(
    'leads a pod through its life',
    withCommand(async (command) => {
      const { ok, overlay } = { ok: command.ok.bind(command), overlay: command.overlay };
      const id = await ok('pod', 'create', '--name', 'web', '--label', 'tier=front');
      expect(id).toMatch(FULL_ID);
      await ok('create', '--pod', 'web', '--name', 'a', ...overlay, 'sleep', '1000');
      const state = (): Promise<string> =>
        ok('pod', 'ps', '--format', '{{.Name}} {{.Status}} {{.NumberOfContainers}}');
      expect(await state()).toBe('web Created 2');
      expect(await ok('pod', 'start', 'web')).toBe(id);
      expect(await state()).toBe('web Running 2');
      expect(await ok('pod', 'pause', 'web')).toBe(id);
      expect(await state()).toBe('web Paused 2');
      await ok('pod', 'unpause', '--all');
      await ok('pod', 'restart', '--latest');
      expect(await state()).toBe('web Running 2');
      const stats = (await ok('pod', 'stats', '--no-stream', 'web')).split('\n');
      expect(stats[0]).toMatch(/^POD +CID +NAME +CPU % +MEM USAGE\/ LIMIT +MEM % +NET IO +BLOCK IO +PIDS$/);
      expect(stats).toHaveLength(3);
      const top = (await ok('pod', 'top', 'web', 'pid', 'args')).split('\n');
      expect(top[0]).toMatch(/^PID +COMMAND$/);
      expect(top.slice(1).map((line) => line.replace(/^\d+ +/, ''))).toContain('sleep 1000');
      const refused = await command.libpod('pod', 'rm', 'web');
      expect([refused.status, refused.stdout]).toEqual([2, '']);
      expect(refused.stderr).toContain('stop the pod first, or remove it by force');
      await ok('pod', 'stop', '-t', '0', 'web');
      expect(await state()).toBe('web Exited 2');
      expect(await ok('pod', 'prune', '--force')).toBe(id);
      expect(await ok('ps', '-aq')).toBe('');
    }),
  );

  it(
    'shows what the containers of a pod say, each line with whose it is',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      await ok('pod', 'create', '--name', 'web');
      for (const name of ['a', 'b'])
        await ok(
          'create',
          '--pod',
          'web',
          '--name',
          name,
          ...command.overlay,
          'sh',
          '-c',
          `echo I am ${name}`,
        );
      await ok('pod', 'start', 'web');
      await ok('wait', 'a', 'b');
      const lines = (await ok('pod', 'logs', '--names', 'web')).split('\n');
      expect(lines.sort()).toEqual(['a I am a', 'b I am b']);
      expect(await ok('pod', 'logs', '-c', 'b', '--latest')).toBe('I am b');
      const outside = await command.libpod('pod', 'logs', '-c', 'none', 'web');
      expect([outside.status, outside.stdout]).toEqual([125, '']);
      await ok('pod', 'stop', '-t', '0', 'web');
      expect((await command.libpod('pod', 'top', 'web')).stderr).toContain('at least one running container');
      await ok('pod', 'rm', 'web');
    }),
  );

  it(
    'shows pods as podman does, and containers with theirs',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      const id = await ok('pod', 'create', '--label', 'a=b', 'one');
      await ok('pod', 'create', '--infra=false', 'two');
      const [heading, ...rows] = (await ok('pod', 'ps')).split('\n');
      expect(heading).toBe(
        'POD ID        NAME        STATUS      CREATED                 INFRA ID      # OF CONTAINERS',
      );
      // The newest first.
      expect(rows.map((row) => row.split(/ +/)[1])).toEqual(['two', 'one']);
      const list = async (...flags: string[]): Promise<string> =>
        ok('pod', 'ps', '--format', '{{.Name}}', ...flags);
      expect(await list('--filter', 'label=a=b')).toBe('one');
      expect(await list('--filter', 'name=tw')).toBe('two');
      expect(await list('--filter', 'ctr-number=0')).toBe('two');
      expect(await list('--sort', 'name')).toBe('one\ntwo');
      expect(await list('--filter', 'status=running')).toBe('');
      const [json] = JSON.parse(
        await ok('pod', 'ps', '--format', 'json', '--filter', 'name=one'),
      ) as unknown[];
      expect(json).toMatchObject({
        Id: id,
        Name: 'one',
        Status: 'Created',
        Namespace: 'ipc,net,uts',
        Labels: { a: 'b' },
      });
      const inspect = JSON.parse(await ok('pod', 'inspect', 'one')) as object;
      expect(inspect).toMatchObject({ Id: id, State: 'Created', NumContainers: 1, CreateInfra: true });
      await ok('create', '--pod', 'two', '--name', 'in', ...command.overlay, 'true');
      await ok('create', '--name', 'out', ...command.overlay, 'true');
      expect(await ok('ps', '-a', '--filter', 'pod=two', '--format', '{{.Names}} {{.PodName}}')).toBe(
        'in two',
      );
      expect(await ok('ps', '-a', '--filter', 'since=in', '--format', '{{.Names}}')).toBe('out');
      expect((await ok('ps', '-a', '--pod')).split('\n')[0]).toMatch(/NAMES +POD ID +PODNAME$/);
    }),
  );

  it(
    'makes a pod with a container, and leaves none if that cannot be made',
    withCommand(async (command) => {
      expect(await command.ok('run', '--pod', 'new:fresh', ...command.overlay, 'hostname')).toBe('fresh');
      const bad = await command.libpod('run', '--pod', 'new:bad', '--rootfs', '/nonexistent', 'true');
      expect([bad.status, bad.stderr]).toEqual([125, 'Error: root directory /nonexistent does not exist\n']);
      expect(await command.ok('pod', 'ps', '--format', '{{.Name}}')).toBe('fresh');
    }),
  );

  it(
    'writes the ID of a pod to a file, and reads it from there',
    withCommand(async (command) => {
      const file = command.file('pod-id');
      const id = await command.ok('pod', 'create', '--pod-id-file', file, '--name', 'web');
      expect(readFileSync(file, 'utf8')).toBe(id);
      await command.ok('create', '--pod-id-file', file, '--name', 'a', ...command.overlay, 'true');
      expect(await command.ok('ps', '-a', '--filter', 'name=^a$', '--format', '{{.PodName}}')).toBe('web');
      const again = await command.libpod('pod', 'create', '--pod-id-file', file);
      expect([again.status, again.stderr.startsWith('Error: pod id file')]).toEqual([125, true]);
      expect(await command.ok('pod', 'rm', '--pod-id-file', file)).toBe(id);
      const next = await command.ok('pod', 'create', '--name', 'x');
      expect(await command.ok('pod', 'create', '--replace', '--name', 'x')).not.toBe(next);
    }),
  );

  it(
    'ends with podman’s codes, and one sentence for what is wrong',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'ctr', ...command.overlay, 'true');
      const cases: [words: string[], status: number, sentence: string][] = [
        [['exists', 'nosuch'], 1, ''],
        [['rm', 'nosuch'], 1, 'Error: no pod with name or ID "nosuch" found: no such pod\n'],
        [['rm', '--ignore', 'nosuch'], 0, ''],
        [
          ['rm', 'ctr'],
          1,
          'Error: no pod with name or ID "ctr" found: no such pod; a container has that name\n',
        ],
        [['start', 'nosuch'], 125, 'Error: no pod with name or ID "nosuch" found: no such pod\n'],
        [['stop'], 125, 'Error: you must provide at least one name or id\n'],
        [['rm', '--all', 'x'], 125, 'Error: no arguments are needed with --all\n'],
        [['kill', '--latest'], 125, 'Error: there is no pod: no such pod\n'],
        [['inspect'], 125, 'Error: no names or ids specified\n'],
        [['ps', '--filter', 'bad=1'], 125, 'Error: bad is an invalid filter\n'],
        [
          ['ps', '--filter', 'bad'],
          125,
          'Error: filter input must be in the form of filter=value: bad is invalid\n',
        ],
        [['ps', '--format', '{{.Nope}}'], 125, 'Nope'],
        [['create', '--name', 'ctr'], 125, 'the pod name "ctr" is in use by container'],
        [['create', '--name', 'a b'], 125, 'name "a b" is not valid'],
        [['create', '--share', 'bogus'], 125, 'invalid kernel namespace to share: bogus'],
        [['create', '--infra=false', '--share', 'net'], 125, 'without an infra container'],
        [['create', '--exit-policy', 'bogus'], 125, 'invalid pod exit policy: "bogus"'],
      ];
      for (const [words, status, sentence] of cases) {
        const result = await command.libpod('pod', ...words);
        expect(result.status, words.join(' ')).toBe(status);
        expect(result.stderr, words.join(' ')).toContain(sentence);
        expect(result.stderr.split('\n').length, words.join(' ')).toBeLessThanOrEqual(3);
      }
      expect(await command.ok('pod', 'ps', '-q')).toBe('');
    }),
  );
});
