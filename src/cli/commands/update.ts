import type { PodmanCommand } from '../command.js';
import { addResourceFlags, parseResources, type ResourceFlags } from '../flags/resources.js';
import { withRuntime } from '../runtime.js';

/** `update`: podman-update(1). Changes limits, at once and for later runs; prints the ID. */
export function define(command: PodmanCommand): void {
  addResourceFlags(command);
  command
    .usage('[options] CONTAINER')
    .argument('<container>')
    .option(
      '--restart <policy>',
      'run it again when it ends: no, always, unless-stopped or on-failure[:times]',
    )
    .action(async (name: string) => {
      const flags = command.opts<ResourceFlags & { readonly restart?: string }>();
      const resources = parseResources(flags);
      await withRuntime(command, async (runtime) => {
        const container = runtime.lookupContainer(name);
        await container.update({ ...resources, restartPolicy: flags.restart });
        process.stdout.write(`${container.id}\n`);
      });
    });
}
