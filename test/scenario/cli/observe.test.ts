import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const CHANGES = 'echo new > /new; rm /etc/group; mkdir /d; chmod 700 /var; echo ready; sleep 1000; true';

describe.runIf(requires({ root: true, busybox: true }))('libpod diff, top, port, sizes', () => {
  it(
    'print what podman prints',
    withCommand(async (command) => {
      const id = await command.ok('run', '-d', '--name', 'c', ...command.overlay, 'sh', '-c', CHANGES);
      await command.start(['logs', '-f', 'c']).saw('ready');
      expect(await command.ok('diff', 'c')).toBe('A /d\nC /etc\nD /etc/group\nA /new\nC /var');
      expect(await command.ok('diff', '--latest')).toBe(await command.ok('diff', 'c'));
      expect(JSON.parse(await command.ok('diff', '--format', 'json', 'c'))).toEqual({
        changed: ['/etc', '/var'],
        added: ['/d', '/new'],
        deleted: ['/etc/group'],
      });
      const [heading = '', ...rows] = (await command.ok('top', 'c')).split('\n');
      expect(heading).toBe(
        'USER        PID         PPID        %CPU        ELAPSED     TTY         TIME        COMMAND',
      );
      expect(rows[0]).toMatch(/^root {8}1 {11}0 {11}\d\.\d{3} {7}[\d.ms]+ +\? {11}[\d.ms]+ +sh -c echo new/);
      expect(await command.ok('top', 'c', 'pid', '%U', 'comm')).toMatch(
        /^PID {9}USER {8}COMMAND\n1 {11}root {8}sh\n/,
      );
      expect(await command.ok('port', 'c')).toBe('');
      expect(await command.ok('port', '-a')).toBe('');
      expect(await command.ok('inspect', '-s', '--format', '{{.SizeRw}} {{.SizeRootFs}}', 'c')).toMatch(
        /^4 \d{6,}$/,
      );
      expect(await command.ok('ps', '--size')).toMatch(/ SIZE\n.*4B \(virtual \d+(\.\d+)?MB\)$/);
      expect(JSON.parse(await command.ok('ps', '-s', '--format', 'json'))).toMatchObject([
        { Id: id, Size: { rwSize: 4 } },
      ]);
      expect(await command.ok('ps', '--format', 'json')).not.toContain('"Size"');
    }),
  );

  it(
    'refuse what is wrong in one sentence',
    withCommand(async (command) => {
      await command.ok('create', '--name', 'c', '--rootfs', command.rootfs, 'true');
      for (const [words, sentence] of [
        [['top'], 'you must provide the name or id of a running container'],
        [['top', 'c'], 'top can only be used on running containers'],
        [['top', 'c', 'nonsense'], 'unknown descriptor "nonsense": give some of args, '],
        [['top', 'c', '-eo', 'pid'], 'unknown descriptor "-eo"'],
        [['diff'], 'requires a name, id, or the "--latest" flag'],
        [['diff', 'c'], 'used as it stands'],
        [['diff', '--format', '{{.}}', 'c'], "only supported value for '--format' is 'json'"],
        [['diff', 'nobody'], 'no such container'],
        [['port'], 'you must supply a running container name or id'],
        [['port', '-a', 'c'], 'no arguments are needed with --all'],
        [['port', 'c', 'x'], 'invalid port "x"'],
        [['stats', 'nobody'], 'no such container'],
        [['stats', '-a', 'c'], '--all, --latest and containers cannot be used together'],
        [['stats', '--no-stream', '--format', '{{.Nope}}'], 'there is no field "Nope"'],
        [['stats', '--interval', 'x'], 'interval'],
      ] as const) {
        const result = await command.libpod(...words);
        expect(result.stderr).toContain(sentence);
        expect(result.stderr).toMatch(/^Error: .*\n/);
        expect(result.status).toBe(125);
      }
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true, memoryLimits: true }))('libpod stats', () => {
  it(
    'prints one report, or one after the other until it is ended',
    withCommand(async (command) => {
      const id = await command.ok('run', '-d', '--name', 'c', ...command.overlay, 'sleep', '1000');
      await command.ok('create', '--name', 'idle', ...command.overlay, 'sleep', '1000');
      const short = id.slice(0, 12);
      const [heading, row, ...more] = (await command.ok('stats', '--no-stream')).split('\n');
      expect(heading?.split(/ {2,}/)).toEqual([
        'ID',
        'NAME',
        'CPU %',
        'MEM USAGE / LIMIT',
        'MEM %',
        'NET IO',
        'BLOCK IO',
        'PIDS',
        'CPU TIME',
        'AVG CPU %',
      ]);
      expect(row).toMatch(
        new RegExp(`^${short}  c +\\d+\\.\\d\\d% +[\\d.]+[kM]?B / [\\d.]+GB +\\d+\\.\\d\\d% +0B / 0B `),
      );
      expect(more).toEqual([]);
      expect(JSON.parse(await command.ok('stats', '--no-stream', '--format', 'json', 'c'))).toMatchObject([
        { id: short, name: 'c', pids: '1', net_io: '0B / 0B' },
      ]);
      expect(await command.ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', '--all')).toMatch(
        /^(c 1\nidle 0|idle 0\nc 1)$/,
      );
      expect(await command.ok('stats', '--no-stream', '--no-trunc', '--format', 'table {{.ID}}', 'c')).toBe(
        `ID\n${id}`,
      );
      const numbers = '{{.CPU}} {{.AvgCPU}} {{.CPUNano}} {{.SystemNano}} {{.Duration}} {{.UpTime}}';
      expect(await command.ok('stats', '--no-stream', '--format', numbers, 'c')).toMatch(
        /^[\d.]+ [\d.]+ \d+ \d{19} \d+ [\d.]+[mµ]?s$/,
      );
      const streaming = command.start(['stats', '--interval', '1', '--format', '{{.Name}}', 'c']);
      await streaming.saw('c\nc\n');
      streaming.child.kill('SIGINT');
      expect((await streaming.ended).status).toBe(130);
      const left = command.start(['stats', '--interval', '1', '--format', '{{.Name}}', 'c']);
      await left.saw('c');
      await command.ok('rm', '--force', '--time', '0', 'c');
      const { status, stderr } = await left.ended;
      expect([status, stderr]).toEqual([125, 'Error: nothing is left to show: c was removed\n']);
    }),
  );
});
