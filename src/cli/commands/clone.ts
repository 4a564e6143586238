import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addResourceFlags, parseResources, type ResourceFlags } from '../flags/resources.js';
import { withRuntime } from '../runtime.js';

interface CloneFlags extends ResourceFlags {
  readonly name?: string;
  readonly pod?: string;
  readonly run?: boolean;
  readonly destroy?: boolean;
  readonly force?: boolean;
}

/** `container clone`: podman-container-clone(1). Prints the ID. */
export function define(command: PodmanCommand): void {
  addResourceFlags(command);
  command
    .usage('[options] CONTAINER [NAME [IMAGE]]')
    .argument('<container>')
    .argument('[name]')
    .argument('[image]')
    .option('--name <name>', 'assign a name to the clone')
    .option('--pod <name>', 'the pod that it belongs to')
    .option('--run', 'start the clone')
    .option('--destroy', 'remove the original')
    .option('-f, --force', 'with --destroy, also if it runs')
    .action(async (original: string, word: string | undefined, image: string | undefined) => {
      const flags = command.opts<CloneFlags>();
      if (flags.force && !flags.destroy) throw new UsageError('cannot set --force without --destroy');
      if (word !== undefined && flags.name !== undefined)
        throw new UsageError('the name of the clone is given twice: as an argument, and with --name');
      const resources = parseResources(flags);
      await withRuntime(command, async (runtime) => {
        const { pod, destroy, force } = flags;
        const options = { name: word ?? flags.name, image, pod, resources, destroy, force };
        const clone = await runtime.cloneContainer(original, options);
        if (flags.run) await clone.start();
        process.stdout.write(`${clone.id}\n`);
      });
    });
}
