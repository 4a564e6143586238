import type { PodmanCommand } from '../../command.js';
import { confirm } from '../../confirm.js';
import { withRuntime } from '../../runtime.js';

/** `network prune`: podman-network-prune(1). Prints the names of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .action(async () => {
      const { force } = command.opts<{ force?: boolean }>();
      const warning = 'WARNING! This will remove all networks not used by at least one container.';
      if (force !== true && !(await confirm(warning))) return;
      const removed = await withRuntime(command, (runtime) => runtime.pruneNetworks());
      process.stdout.write(removed.map((name) => `${name}\n`).join(''));
    });
}
