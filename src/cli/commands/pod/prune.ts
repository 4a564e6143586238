import type { PodmanCommand } from '../../command.js';
import { confirm } from '../../confirm.js';
import { Failures } from '../../each.js';
import { withRuntime } from '../../runtime.js';

const WARNING = 'WARNING! This will remove all stopped/exited pods..';

/** `pod prune`: podman-pod-prune(1). Prints the IDs of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .action(async () => {
      const { force } = command.opts<{ force?: boolean }>();
      if (force !== true && !(await confirm(WARNING))) return;
      await withRuntime(command, async (runtime) => {
        const { removed, failed } = await runtime.prunePods();
        process.stdout.write(removed.map((id) => `${id}\n`).join(''));
        const failures = new Failures();
        for (const { error } of failed) failures.add(error);
        failures.raise();
      });
    });
}
