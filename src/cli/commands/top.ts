import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { printable } from '../output/printable.js';
import { formatTable } from '../output/table.js';
import { withRuntime } from '../runtime.js';

/** `top`: podman-top(1), with its descriptors; never with the flags of a ps in the container. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [FORMAT-DESCRIPTORS...]')
    .argument('[words...]')
    .option('-l, --latest', 'the container that was created last')
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { latest } = command.opts<{ latest?: boolean }>();
      if (!latest && words.length === 0)
        throw new UsageError('you must provide the name or id of a running container');
      await withRuntime(command, async (runtime) => {
        const [name = '', ...rest] = words;
        const container = latest ? await runtime.latestContainer() : runtime.lookupContainer(name);
        const { titles, processes } = await container.top(latest ? words : rest);
        process.stdout.write(formatTable([titles, ...processes.map((row) => row.map(printable))]));
      });
    });
}
