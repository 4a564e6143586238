import { addChoice, chosenContainers, requireChoice, type ContainerChoice } from '../choice.js';
import type { PodmanCommand } from '../command.js';
import { forEachContainer } from '../each.js';
import { parseWhole } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

interface StopFlags extends ContainerChoice {
  readonly ignore?: boolean;
  readonly time?: string;
}

/** `stop`: podman-stop(1). One that has ended already is fine. */
export function define(command: PodmanCommand): void {
  addChoice(command, 'stop all running containers', { filter: true, cidFile: true });
  command
    .option('-i, --ignore', 'pass over containers that are not there')
    .option('-t, --time <seconds>', "seconds until SIGKILL (default: the container's own, 10)")
    .action(async (names: string[]) => {
      const flags = command.opts<StopFlags>();
      const { ignore, time } = flags;
      requireChoice(names, flags);
      const timeout = time === undefined ? undefined : parseWhole('time', time);
      await withRuntime(command, async (runtime) => {
        await forEachContainer(runtime, await chosenContainers(runtime, names, flags), {
          ignoreMissing: ignore,
          work: async ({ written, container }) => {
            await container.stop({ timeout });
            return written;
          },
        });
      });
    });
}
