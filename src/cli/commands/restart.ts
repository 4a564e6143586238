import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { UsageError } from '../errors.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

interface RestartFlags extends ContainerChoice {
  readonly running?: boolean;
  readonly time?: string;
}

/** `restart`: podman-restart(1). One that does not run is started. */
export function define(command: PodmanCommand): void {
  addChoice(command, 'restart all containers, whatever their state', { filter: true, cidFile: true });
  command
    .option('--running', 'restart all running containers')
    .option('-t, --time <seconds>', "seconds until SIGKILL (default: the container's own, 10)")
    .action(async (names: string[]) => {
      const flags = command.opts<RestartFlags>();
      const { running, time } = flags;
      if (running !== true) requireChoice(names, flags);
      else if (names.length > 0) throw new UsageError('no arguments are needed with --running');
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        const chosen = running
          ? await allWithStatus(runtime, ['running', 'stopping'])
          : await chosenContainers(runtime, names, flags);
        await forEachContainer(runtime, chosen, {
          work: async ({ written, container }) => {
            await container.restart({ timeout });
            return written;
          },
        });
      });
    });
}
