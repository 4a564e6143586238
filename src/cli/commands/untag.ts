import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `untag`: podman-untag(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('IMAGE [NAME...]')
    .argument('<image>')
    .argument('[names...]')
    .action(async (image: string, names: string[]) => {
      await withRuntime(command, async (runtime) => {
        await runtime.images.untag(image, ...names);
      });
    });
}
