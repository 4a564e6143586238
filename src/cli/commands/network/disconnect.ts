import { LibpodError } from '../../../base/errors.js';
import type { PodmanCommand } from '../../command.js';
import { withRuntime } from '../../runtime.js';

/** `network disconnect`: podman-network-disconnect(1). Prints nothing. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NETWORK CONTAINER')
    .argument('<network>')
    .argument('<container>')
    .option('-f, --force', 'a container that is not there, or not in the network, is fine')
    .action(async (network: string, container: string) => {
      const { force = false } = command.opts<{ force?: boolean }>();
      await withRuntime(command, async (runtime) => {
        try {
          await runtime.lookupContainer(container).disconnect(network);
        } catch (error) {
          const fine = ['ERR_NO_SUCH_CONTAINER', 'ERR_INVALID_ARGUMENT'] as const;
          if (!force || !fine.some((code) => LibpodError.is(error, code))) throw error;
        }
      });
    });
}
