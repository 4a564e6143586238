import type { NetworkChoice } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { collectList } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

interface ConnectFlags {
  readonly alias?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
}

/** `network connect`: podman-network-connect(1). Prints nothing. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NETWORK CONTAINER')
    .argument('<network>')
    .argument('<container>')
    .option('--alias <name>', 'a name for the other containers of the network', collectList)
    .option('--ip <address>', 'a static address of IPv4')
    .option('--ip6 <address>', 'a static address of IPv6')
    .option('--mac-address <address>', 'a static MAC address')
    .action(async (name: string, container: string) => {
      const { alias, ip, ip6, macAddress } = command.opts<ConnectFlags>();
      const ips = [ip, ip6].filter((text) => text !== undefined);
      const choice: NetworkChoice = {
        name,
        ...(ips.length > 0 && { ips }),
        mac: macAddress,
        aliases: alias,
      };
      await withRuntime(command, (runtime) => runtime.lookupContainer(container).connect(choice));
    });
}
