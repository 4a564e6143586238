import { LibpodError } from '../../../base/errors.js';
import type { PodmanCommand } from '../../command.js';
import { Failures, requireNames } from '../../each.js';
import { exitCodeOf, UsageError } from '../../errors.js';
import { parseWhole } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

/** podman-volume-rm(1), "Exit Status": 1 if a volume is not there, 2 if one is in use. */
function codeOf(error: unknown): number {
  if (LibpodError.is(error, 'ERR_NO_SUCH_VOLUME')) return 1;
  return LibpodError.is(error, 'ERR_VOLUME_IN_USE') ? 2 : exitCodeOf(error);
}

/** `volume rm`: podman-volume-rm(1). Prints the names of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] VOLUME [VOLUME...]')
    .argument('[volumes...]')
    .option('-a, --all', 'remove all volumes')
    .option('-f, --force', 'remove the containers that have it too')
    .option('-t, --time <seconds>', 'with --force, seconds until SIGKILL')
    .action(async (names: string[]) => {
      const { all, force, time } = command.opts<{ all?: boolean; force?: boolean; time?: string }>();
      requireNames(names, all);
      if (time !== undefined && !force)
        throw new UsageError('--force option must be specified to use the --time option');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        const failures = new Failures(codeOf);
        for (const name of all ? runtime.volumes().map((volume) => volume.name) : names) {
          try {
            await runtime.removeVolume(name, { force, timeout });
            process.stdout.write(`${name}\n`);
          } catch (error) {
            // As podman has it, force is content with what is gone already.
            if (!force || !LibpodError.is(error, 'ERR_NO_SUCH_VOLUME')) failures.add(error);
          }
        }
        failures.raise();
      });
    });
}
