import { LibpodError } from '../../../base/errors.js';
import type { PodmanCommand } from '../../command.js';
import { Failures } from '../../each.js';
import { exitCodeOf, UsageError } from '../../errors.js';
import { parseWhole } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

/** podman-network-rm(1), "Exit codes": 1 if a network is not there, 2 if one is in use. */
function codeOf(error: unknown): number {
  if (LibpodError.is(error, 'ERR_NO_SUCH_NETWORK')) return 1;
  return LibpodError.is(error, 'ERR_NETWORK_IN_USE') ? 2 : exitCodeOf(error);
}

/** `network rm`: podman-network-rm(1). Prints the names of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NETWORK [NETWORK...]')
    .argument('[networks...]')
    .option('-f, --force', 'remove the pods and containers that are in it too')
    .option('-t, --time <seconds>', 'how long they have after their stop signal')
    .action(async (names: string[]) => {
      const { force, time } = command.opts<{ force?: boolean; time?: string }>();
      if (time !== undefined && force !== true)
        throw new UsageError('the --force option must be specified to use the --time option');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      if (names.length === 0) throw new UsageError('requires at least 1 arg(s), only received 0');
      await withRuntime(command, async (runtime) => {
        const failures = new Failures(codeOf);
        for (const name of names) {
          try {
            await runtime.removeNetwork(name, { force, timeout });
            process.stdout.write(`${name}\n`);
          } catch (error) {
            failures.add(error);
          }
        }
        failures.raise();
      });
    });
}
