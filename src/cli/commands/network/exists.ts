import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `network exists`: podman-network-exists(1). 0 if it does, 1 if not. */
export function define(command: PodmanCommand): void {
  command
    .usage('NETWORK')
    .argument('<network>')
    .action(async (name: string) => {
      const found = await withRuntime(command, (runtime) => Promise.resolve(runtime.network(name)));
      command.program.exitCode = found === undefined ? 1 : 0;
    });
}
