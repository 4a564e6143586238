import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `tag`: podman-tag(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('IMAGE TARGET_NAME [TARGET_NAME...]')
    .argument('<image>')
    .argument('<names...>')
    .action(async (image: string, names: string[]) => {
      await withRuntime(command, async (runtime) => {
        for (const name of names) await runtime.images.tag(image, name);
      });
    });
}
