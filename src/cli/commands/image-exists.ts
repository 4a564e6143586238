import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `image exists`: podman-image-exists(1): 0 or 1, and no word. */
export function define(command: PodmanCommand): void {
  command
    .usage('IMAGE')
    .argument('<image>')
    .action(async (image: string) => {
      command.program.exitCode = await withRuntime(command, async (runtime) =>
        (await runtime.images.exists(image)) ? 0 : 1,
      );
    });
}
