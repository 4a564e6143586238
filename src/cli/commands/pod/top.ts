import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { printable } from '../../output/printable.js';
import { formatTable } from '../../output/table.js';
import { chosenPods } from '../../pod/each.js';
import { withRuntime } from '../../runtime.js';

/** `pod top`: podman-pod-top(1), with its descriptors; never with the flags of a ps in a container. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] POD [FORMAT-DESCRIPTORS...]')
    .argument('[words...]')
    .option('-l, --latest', 'the pod that was created last')
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { latest } = command.opts<{ latest?: boolean }>();
      if (!latest && words.length === 0)
        throw new UsageError('you must provide the name or id of a running pod');
      await withRuntime(command, async (runtime) => {
        const [name = ''] = latest ? await chosenPods(runtime, [], { latest }) : words;
        const { titles, processes } = await runtime.lookupPod(name).top(latest ? words : words.slice(1));
        process.stdout.write(formatTable([titles, ...processes.map((row) => row.map(printable))]));
      });
    });
}
