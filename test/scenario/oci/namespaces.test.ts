import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIBPOD_OCI, withOci, type OciCommand } from '../../support/oci-command.js';
import { launchProgram } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const MAP = [{ containerID: 0, hostID: 300_000, size: 1000 }];

/** The PID of a container's init. */
async function pidOf(command: OciCommand, id: string): Promise<number> {
  return (JSON.parse(await command.ok('state', id)) as { pid: number }).pid;
}

describe.skipIf(!requires({ root: true, busybox: true }))('libpod-oci', () => {
  it(
    'executes further processes in a user namespace, be it new or joined',
    withOci(async (command) => {
      const first = command.bundle(['sleep', '1000'], ({ linux }) => {
        linux.namespaces?.push({ type: 'user' });
        Object.assign(linux, { uidMappings: MAP, gidMappings: MAP });
      });
      await command.ok('run', '-d', '-b', first, 'own');
      const pid = await pidOf(command, 'own');
      const second = command.bundle(['sleep', '1000'], ({ linux }) => {
        linux.namespaces?.push({ type: 'user', path: `/proc/${pid}/ns/user` });
      });
      await command.ok('run', '-d', '-b', second, 'joined');
      for (const id of ['own', 'joined']) {
        const said = await command.ok('exec', '-u', '7:8', id, 'sh', '-c', 'id -u; cat /proc/self/uid_map');
        expect(said.split(/\s+/), id).toEqual(['7', '0', '300000', '1000']);
        expect(await command.fails('exec', '-u', '5000', id, 'true')).toContain('5000, which is not mapped');
      }
      const status = readFileSync(`/proc/${await pidOf(command, 'joined')}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\t300000\t/m);
      for (const id of ['joined', 'own']) await command.ok('delete', '--force', id);
    }),
  );

  it(
    'moves the root over the host’s where pivot_root cannot be (--no-pivot), and further processes find it',
    withOci(async (command) => {
      const script = 'ls -d /bin; grep -c " /sys " /proc/mounts; sleep 1000';
      const bundle = command.bundle(['sh', '-c', script]);
      const run = command.start(['run', '--no-pivot', '-b', bundle, 'moved'], '');
      await run.saw('/bin\n1\n');
      expect(await command.ok('exec', 'moved', 'ls', '/', '/sys/kernel')).toContain('bin');
      expect(JSON.parse(await command.ok('state', 'moved'))).toMatchObject({ status: 'running' });
      await command.ok('kill', 'moved', 'KILL');
      expect((await run.ended).status).toBe(137);
    }),
  );

  it(
    'passes the sockets of socket activation on (LISTEN_FDS)',
    withOci(async (command) => {
      const bundle = command.bundle(['sh', '-c', 'echo $LISTEN_FDS $LISTEN_PID $$; cat <&3']);
      const words = ['--root', command.root, 'run', '-b', bundle, 'activated'];
      const script = 'exec 3</etc/hostname; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"';
      const { stdout, status } = await launchProgram('sh', ['-c', script, 'sh', LIBPOD_OCI, ...words], '')
        .ended;
      expect([status, stdout]).toEqual([0, `1 1 1\n${readFileSync('/etc/hostname', 'utf8')}`]);
    }),
  );
});
