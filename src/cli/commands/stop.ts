import type { PodmanCommand } from '../command.js';
import { forEachContainer, requireNames } from '../each.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';
import { allWithStatus } from '../select.js';

interface StopFlags {
  readonly all?: boolean;
  readonly ignore?: boolean;
  readonly time?: string;
}

/** `stop`: podman-stop(1). One that has ended already is fine. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'stop all running containers')
    .option('-i, --ignore', 'pass over containers that are not there')
    .option('-t, --time <seconds>', "seconds until SIGKILL (default: the container's own, 10)")
    .action(async (names: string[]) => {
      const { all, ignore, time } = command.opts<StopFlags>();
      requireNames(names, all);
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, all ? await allWithStatus(runtime) : names, {
          ignoreMissing: ignore,
          work: async ({ written, container }) => {
            await container.stop({ timeout });
            return written;
          },
        });
      });
    });
}
