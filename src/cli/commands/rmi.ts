import { LibpodError } from '../../base/errors.js';
import type { PodmanCommand } from '../command.js';
import { Failures, requireNames } from '../each.js';
import { exitCodeOf } from '../errors.js';
import { withRuntime } from '../runtime.js';

interface RmiFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly ignore?: boolean;
}

/** podman-rmi(1), "Exit Status": 1 if an image is not there, 2 if it is in use. */
function rmiExitCode(error: unknown): number {
  if (LibpodError.is(error, 'ERR_NO_SUCH_IMAGE')) return 1;
  return LibpodError.is(error, 'ERR_IMAGE_IN_USE') ? 2 : exitCodeOf(error);
}

/** `rmi`, `image rm`: podman-rmi(1). Where one cannot be removed, the others still are. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE [IMAGE...]')
    .argument('[images...]')
    .option('-a, --all', 'remove all images')
    .option(
      '-f, --force',
      'also with several names, with the containers that use it, and those that are not there',
    )
    .option('-i, --ignore', 'pass over images that are not there')
    .option('--no-prune', 'keep parents without a name: images have none here')
    .action(async (names: string[]) => {
      const { all, force, ignore } = command.opts<RmiFlags>();
      requireNames(names, all);
      await withRuntime(command, async ({ images }) => {
        const failures = new Failures(rmiExitCode);
        const wanted = all ? (await images.list()).map(({ id }) => id) : names;
        for (const name of wanted) {
          try {
            const { untagged, deleted } = await images.remove(name, { force });
            process.stdout.write(untagged.map((one) => `Untagged: ${one}\n`).join(''));
            if (deleted !== undefined) process.stdout.write(`Deleted: ${deleted}\n`);
          } catch (error) {
            if (!((ignore || force) && LibpodError.is(error, 'ERR_NO_SUCH_IMAGE'))) failures.add(error);
          }
        }
        failures.raise();
      });
    });
}
