import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { launchProgram, LIBPOD, withCommand } from '../../support/cli.js';
import { findProgram, requires } from '../../support/requires.js';

/** Where the dynamic linker finds libseccomp: ldconfig(8). */
function libraries(): string[] {
  const cache = execFileSync(findProgram('ldconfig') ?? 'ldconfig', ['-p'], { encoding: 'utf8' });
  return [...cache.matchAll(/libseccomp\.so\.2 .* => (\S+)$/gm)].map(([, file]) => file as string);
}

/** Runs what follows in a mount namespace of its own, where the libraries of the first word are empty files. */
const WITHOUT = `set -e
mount --make-rprivate /
for library in $1; do mount --bind /dev/null "$library"; done
shift
exec "$@"`;

describe.skipIf(!requires({ root: true, busybox: true }))('without libseccomp', () => {
  it(
    'a container that wants a filter is refused, and one without runs',
    withCommand(async (command) => {
      const hidden = libraries();
      expect(hidden.length).toBeGreaterThan(0);
      const run = (...flags: string[]) =>
        launchProgram(
          'unshare',
          [
            ...['--mount', 'sh', '-c', WITHOUT, 'without', hidden.join(' '), LIBPOD, ...command.globals],
            ...['run', '--rm', ...flags, ...command.overlay, 'grep', 'Seccomp:', '/proc/self/status'],
          ],
          '',
        ).ended;
      const refused = await run();
      expect(refused).toMatchObject({ status: 125, stdout: '' });
      expect(refused.stderr).toMatch(/^Error: .*libseccomp\.so\.2.*\n$/);
      expect(await run('--security-opt', 'seccomp=unconfined')).toMatchObject({
        status: 0,
        stdout: 'Seccomp:\t0\n',
      });
      expect(
        await command.ok('run', '--rm', ...command.overlay, 'grep', 'Seccomp:', '/proc/self/status'),
      ).toBe('Seccomp:\t2');
    }),
  );
});
