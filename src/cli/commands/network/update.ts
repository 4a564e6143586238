import type { PodmanCommand } from '../../command.js';
import { collectList } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

/** `network update`: podman-network-update(1). Prints the name. Containers that run hear of it. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NETWORK')
    .argument('<network>')
    .option('--dns-add <address>', 'another name server for its containers', collectList)
    .option('--dns-drop <address>', 'one that they are no longer to ask', collectList)
    .action(async (name: string) => {
      const { dnsAdd, dnsDrop } = command.opts<{ dnsAdd?: readonly string[]; dnsDrop?: readonly string[] }>();
      await withRuntime(command, (runtime) =>
        runtime.updateNetwork(name, { addDnsServers: dnsAdd, dropDnsServers: dnsDrop }),
      );
      process.stdout.write(`${name}\n`);
    });
}
