import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cgroupsOfMounts } from '../../src/linux/cgroups/cgroups.js';
import { parseMountinfo } from '../../src/linux/mounts/mountinfo.js';
import { launchProgram, LIBPOD } from '../support/cli.js';
import { requires } from '../support/requires.js';
import { TestStore } from '../support/store.js';

const version2 = cgroupsOfMounts(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))).find(
  ({ version }) => version === 2,
)?.mountpoint;

/**
 * Shows only the cgroup2 of a machine, where a pure one has it, in a mount namespace of its own, and runs what follows
 * there. A hybrid machine's cgroup2 has few controllers, so limits are not for these tests.
 */
const ALONE = `set -e
mount --make-rprivate /
work=$1 cgroup2=$2
shift 2
mount --bind "$cgroup2" "$work"
umount -R /sys/fs/cgroup
mount --move "$work" /sys/fs/cgroup
exec "$@"`;

/** Runs a script in a container on such a machine. */
async function onVersion2(script: string): Promise<{ status: number; stdout: string; stderr: string }> {
  await using store = TestStore.make();
  const { root, runRoot, cgroupParent } = store.options;
  const command = [
    LIBPOD,
    '--root',
    root,
    '--runroot',
    runRoot,
    '--cgroup-parent',
    cgroupParent,
    'run',
    '--rm',
  ];
  const flags = ['--host-root', '--pids-limit', '0', '--cap-add', 'MKNOD'];
  const work = store.makeDirectory('cgroup2');
  const args = ['--mount', 'sh', '-c', ALONE, 'alone', work, version2 ?? '', ...command, ...flags];
  return await launchProgram('unshare', [...args, '--', 'sh', '-c', script], '').ended;
}

describe.skipIf(!requires({ root: true }) || version2 === undefined)('with cgroup version 2 alone', () => {
  it('shows the container its own cgroup as the root', async () => {
    const { stdout, stderr, status } = await onVersion2(
      'grep ^0:: /proc/self/cgroup; grep -c . /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x 2>&1 | grep -o Read-only',
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout.split('\n')[0]).toBe('0::/');
    expect(stdout).toContain('Read-only');
  });

  it('holds the device list: the usual devices work, others are refused though their nodes can be made', async () => {
    const { stdout, stderr } = await onVersion2(
      `head -c 2 /dev/zero | wc -c; echo x > /dev/null && echo written; head -c 1 /dev/urandom | wc -c
       mknod /tmp/kmsg c 1 11 && mknod /tmp/disk b 254 0 && echo made
       head -c 1 /tmp/kmsg; head -c 1 /tmp/disk`,
    );
    expect(stdout).toBe('2\nwritten\n1\nmade\n');
    expect(stderr.match(/Operation not permitted/g)).toHaveLength(2);
  });
});
