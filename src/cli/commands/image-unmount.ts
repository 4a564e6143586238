import type { PodmanCommand } from '../command.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { withRuntime } from '../runtime.js';

/** `image unmount`, `image umount`: podman-image-unmount(1). Prints the IDs of those that were mounted. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE [IMAGE...]')
    .argument('[images...]')
    .option('-a, --all', 'unmount all images')
    .option('-f, --force', 'unmount however often it was mounted, and while it is in use')
    .action(async (names: string[]) => {
      const { all, force } = command.opts<{ all?: boolean; force?: boolean }>();
      if (all && names.length > 0)
        throw new UsageError('when using the --all switch, you may not pass any image names or IDs');
      if (!all && names.length === 0) throw new UsageError('image name or ID must be specified');
      await withRuntime(command, async ({ images }) => {
        const failures = new Failures();
        const mounted = images.mounts().map(({ id }) => id);
        for (const name of all ? mounted : names) {
          try {
            const id = all ? name : (await images.find(name)).id;
            if (await images.unmount(id, { force })) process.stdout.write(`${id}\n`);
          } catch (error) {
            failures.add(error);
          }
        }
        failures.raise();
      });
    });
}
