import type { PodmanCommand } from '../../command.js';
import { Failures } from '../../each.js';
import { UsageError } from '../../errors.js';
import { withRuntime } from '../../runtime.js';

/** `network reload`: podman-network-reload(1). Prints the IDs. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [CONTAINER...]')
    .argument('[containers...]')
    .option('-a, --all', 'all containers that run')
    .action(async (names: string[]) => {
      const { all = false } = command.opts<{ all?: boolean }>();
      if (all === names.length > 0) throw new UsageError('give the containers, or --all');
      await withRuntime(command, async (runtime) => {
        const running = all
          ? (await runtime.containers()).filter(({ state }) => state === 'running').map(({ id }) => id)
          : names;
        const failures = new Failures();
        for (const name of running) {
          try {
            const container = runtime.lookupContainer(name);
            // One without a namespace of its own has no networks to reload.
            if (!all || container.newNetNS) await container.reloadNetworks();
            process.stdout.write(`${container.id}\n`);
          } catch (error) {
            failures.add(error);
          }
        }
        failures.raise();
      });
    });
}
