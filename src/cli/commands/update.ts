import type { PodmanCommand } from '../command.js';
import { addResourceFlags, parseResources, type ResourceFlags } from '../flags/resources.js';
import { withRuntime } from '../runtime.js';

/** `update`: podman-update(1). Changes limits, at once and for later runs; prints the ID. */
export function define(command: PodmanCommand): void {
  addResourceFlags(command);
  command
    .usage('[options] CONTAINER')
    .argument('<container>')
    .action(async (name: string) => {
      const resources = parseResources(command.opts<ResourceFlags>());
      await withRuntime(command, async (runtime) => {
        const container = runtime.lookupContainer(name);
        await container.update(resources);
        process.stdout.write(`${container.id}\n`);
      });
    });
}
