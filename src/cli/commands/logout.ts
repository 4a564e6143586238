import { LibpodError } from '../../base/errors.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { withRuntime } from '../runtime.js';

interface LogoutFlags {
  readonly all?: boolean;
  readonly authfile?: string;
}

/** `logout`: podman-logout(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] REGISTRY')
    .argument('[registry]')
    .option('-a, --all', 'forget the credentials of all registries')
    .option('--authfile <file>', 'the file with the credentials')
    .action(async (registry: string | undefined) => {
      const { all, authfile: authFile } = command.opts<LogoutFlags>();
      if (all && registry !== undefined) throw new UsageError('--all takes no arguments');
      if (!all && registry === undefined) throw new UsageError('please provide a registry to log out from');
      await withRuntime(command, async ({ images }) => {
        if (all) {
          await images.logout(undefined, { authFile });
          process.stdout.write('Removed login credentials for all registries\n');
          return;
        }
        if (!(await images.logout(registry, { authFile })))
          throw new LibpodError('ERR_UNAUTHORIZED', `not logged into ${registry}`);
        process.stdout.write(`Removed login credentials for ${registry}\n`);
      });
    });
}
