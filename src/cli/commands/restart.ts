import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

interface RestartFlags {
  readonly all?: boolean;
  readonly running?: boolean;
  readonly time?: string;
}

/** `restart`: podman-restart(1). One that does not run is started. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'restart all containers, whatever their state')
    .option('--running', 'restart all running containers')
    .option('-t, --time <seconds>', "seconds until SIGKILL (default: the container's own, 10)")
    .action(async (names: string[]) => {
      const { all, running, time } = command.opts<RestartFlags>();
      requireNames(names, all === true || running === true);
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        const chosen = running
          ? await allWithStatus(runtime, ['running', 'stopping'])
          : all
            ? await allWithStatus(runtime)
            : names;
        await forEachContainer(runtime, chosen, {
          work: async ({ written, container }) => {
            await container.restart({ timeout });
            return written;
          },
        });
      });
    });
}
