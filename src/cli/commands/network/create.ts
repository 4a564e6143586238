import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect, parseFullPairs, parsePairs, parseWhole } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

interface NetworkCreateFlags {
  readonly driver: string;
  readonly subnet?: readonly string[];
  readonly gateway?: readonly string[];
  readonly internal?: boolean;
  readonly ipv6?: boolean;
  readonly interfaceName?: string;
  readonly label?: readonly string[];
  readonly opt?: readonly string[];
}

/** `network create`: podman-network-create(1). Prints the name. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] NAME')
    .argument('<name>')
    .option('-d, --driver <driver>', 'bridge', 'bridge')
    .option('--subnet <address/prefix>', 'one of IPv4 and one of IPv6 at most', collect)
    .option('--gateway <address>', "the host's address in the subnet of the same place", collect)
    .option('--internal', 'nothing leads out of it')
    .option('--ipv6', 'addresses of IPv6 too')
    .option('--interface-name <name>', "the bridge's name on the host")
    .option('--label <key=value>', 'set metadata', collect)
    .option('-o, --opt <name=value>', 'mtu=', collect)
    .action(async (name: string) => {
      const flags = command.opts<NetworkCreateFlags>();
      const { subnet = [], gateway = [] } = flags;
      if (flags.driver !== 'bridge') throw new UsageError(`unsupported driver ${flags.driver}: give bridge`);
      if (gateway.length > subnet.length) throw new UsageError('cannot set --gateway without --subnet');
      const { mtu, ...other } = parseFullPairs('opt', flags.opt ?? []);
      const [unknown] = Object.keys(other);
      if (unknown !== undefined) throw new UsageError(`unsupported network option ${unknown}: give mtu`);
      const made = await withRuntime(command, (runtime) =>
        runtime.createNetwork({
          name,
          subnets: subnet.map((range, place) => ({ subnet: range, gateway: gateway[place] })),
          internal: flags.internal,
          ipv6: flags.ipv6,
          interfaceName: flags.interfaceName,
          labels: parsePairs('label', flags.label ?? [], () => ''),
          mtu: mtu === undefined ? undefined : parseWhole('opt mtu', mtu),
        }),
      );
      process.stdout.write(`${made.name}\n`);
    });
}
