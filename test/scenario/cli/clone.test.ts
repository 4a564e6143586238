import { describe, expect, it } from 'vitest';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

const FULL_ID = /^[0-9a-f]{64}$/;

describe.runIf(requires({ root: true, busybox: true }))('libpod clone', () => {
  it(
    'clones containers and pods by the flags of podman',
    withCommand(async (command) => {
      const ok = command.ok.bind(command);
      await ok(
        'create',
        '--name',
        'a',
        '-m',
        '64m',
        '--stop-timeout',
        '0',
        ...command.overlay,
        'sleep',
        '1000',
      );
      expect(await ok('container', 'clone', '--run', '--cpus', '0.5', 'a')).toMatch(FULL_ID);
      expect(
        await ok('inspect', 'a-clone', '--format', '{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}}'),
      ).toBe(`${64 * 1024 ** 2} 50000`);
      await ok('container', 'clone', '--destroy', '--force', 'a-clone', 'b');
      expect(await ok('ps', '-a', '--format', '{{.Names}} {{.Status}}')).toBe('a Created\nb Created');
      await ok('pod', 'create', '--name', 'p');
      await ok('create', '--pod', 'p', '--name', 'm', ...command.overlay, 'sleep', '1000');
      expect(await ok('pod', 'clone', '--start', '--destroy', 'p', 'q')).toMatch(FULL_ID);
      expect(await ok('pod', 'ps', '--format', '{{.Name}} {{.Status}}')).toBe('q Running');
      const refused = async (...words: string[]): Promise<string> =>
        (await command.libpod(...words)).stderr.trim();
      expect(await refused('container', 'clone', '--force', 'a')).toBe(
        'Error: cannot set --force without --destroy',
      );
      expect(await refused('pod', 'clone', '--name', 'x', 'q', 'y')).toContain('is given twice');
    }),
  );
});
