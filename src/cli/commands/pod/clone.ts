import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { addResourceFlags, parseResources, type ResourceFlags } from '../../flags/resources.js';
import { withRuntime } from '../../runtime.js';

interface CloneFlags extends ResourceFlags {
  readonly name?: string;
  readonly start?: boolean;
  readonly destroy?: boolean;
}

/** `pod clone`: podman-pod-clone(1). Prints the ID. */
export function define(command: PodmanCommand): void {
  addResourceFlags(command);
  command
    .usage('[options] POD [NAME]')
    .argument('<pod>')
    .argument('[name]')
    .option('-n, --name <name>', 'assign a name to the clone')
    .option('--start', 'start the clone')
    .option('--destroy', 'remove the original')
    .action(async (original: string, word: string | undefined) => {
      const flags = command.opts<CloneFlags>();
      if (word !== undefined && flags.name !== undefined)
        throw new UsageError('the name of the clone is given twice: as an argument, and with --name');
      const resources = parseResources(flags);
      await withRuntime(command, async (runtime) => {
        // podman removes the original whether it runs or not.
        const { destroy } = flags;
        const clone = await runtime.clonePod(original, {
          name: word ?? flags.name,
          resources,
          destroy,
          force: destroy,
        });
        if (flags.start) await clone.start();
        process.stdout.write(`${clone.id}\n`);
      });
    });
}
