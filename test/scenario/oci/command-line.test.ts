import { describe, expect, it } from 'vitest';
import { withOci } from '../../support/oci-command.js';
import { requires } from '../../support/requires.js';

describe.skipIf(!requires({ root: true, busybox: true }))('the command line of libpod-oci', () => {
  it(
    'says that there are no checkpoints, also to podman, which asks for the help of the command',
    withOci(async (command) => {
      const said = 'is not supported: containers are not saved to disk and brought back (CRIU)';
      expect(await command.fails('checkpoint', '--help')).toBe(`checkpoint ${said}`);
      expect(await command.fails('restore', 'one')).toBe(`restore ${said}`);
    }),
  );
});
