import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { writeChanges } from '../output/changes.js';
import { withRuntime } from '../runtime.js';

/** `image diff`: podman-image-diff(1), between the last layer of an image and those beneath it. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE')
    .argument('<image>')
    .option('--format <format>', 'json')
    .action(async (image: string) => {
      const { format } = command.opts<{ format?: string }>();
      if (format !== undefined && format !== 'json')
        throw new UsageError("only supported value for '--format' is 'json'");
      await withRuntime(command, async ({ images }) =>
        writeChanges(await images.diff(image), format === 'json'),
      );
    });
}
