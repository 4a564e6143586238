import { LibpodError } from '../../../base/errors.js';
import type { NetworkOptions } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect, parseFullPairs, parsePairs, parseWhole } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

interface NetworkCreateFlags {
  readonly driver: string;
  readonly subnet?: readonly string[];
  readonly gateway?: readonly string[];
  readonly ipRange?: readonly string[];
  readonly ipamDriver?: string;
  readonly ignore?: boolean;
  readonly internal?: boolean;
  readonly ipv6?: boolean;
  readonly interfaceName?: string;
  readonly label?: readonly string[];
  readonly opt?: readonly string[];
}

const DRIVERS = ['bridge', 'macvlan', 'ipvlan'] as const;
type Driver = (typeof DRIVERS)[number];

/** What -o may say: podman-network-create(1), --opt. Networks are kept apart from each other in any case. */
function parseOptions(
  driver: Driver,
  words: readonly string[],
): Pick<NetworkOptions, 'mtu' | 'parent' | 'mode'> {
  const known = driver === 'bridge' ? ['mtu', 'isolate'] : ['mtu', 'parent', 'mode'];
  const { mtu, isolate = 'true', parent, mode, ...other } = parseFullPairs('opt', words);
  const given = { ...other, ...(parent && { parent }), ...(mode && { mode }) };
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`unsupported ${driver} network option ${unknown}: give ${known.join(', ')}`);
  if (isolate !== 'true')
    throw new UsageError('unsupported network option isolate=false: networks are always kept apart');
  return { mtu: mtu === undefined ? undefined : parseWhole('opt mtu', mtu), parent, mode };
}

/** `network create`: podman-network-create(1). Prints the name. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [NAME]')
    .argument('[name]')
    .option('-d, --driver <driver>', DRIVERS.join(', '), 'bridge')
    .option('--subnet <address/prefix>', 'one of IPv4 and one of IPv6 at most', collect)
    .option('--gateway <address>', "the host's address in the subnet of the same place", collect)
    .option('--ip-range <address/prefix>', 'where addresses are given out from in the same subnet', collect)
    .option('--ipam-driver <driver>', 'host-local')
    .option('--ignore', 'a network of this name is fine')
    .option('--internal', 'nothing leads out of it')
    .option('--ipv6', 'addresses of IPv6 too')
    .option('--interface-name <name>', "the bridge's name on the host")
    .option('--label <key=value>', 'set metadata', collect)
    .option('-o, --opt <name=value>', 'mtu=, isolate=, and for macvlan and ipvlan parent=, mode=', collect)
    .action(async (name: string | undefined) => {
      const flags = command.opts<NetworkCreateFlags>();
      const { subnet = [], gateway = [], ipRange = [] } = flags;
      const driver = DRIVERS.find((one) => one === flags.driver);
      if (driver === undefined)
        throw new UsageError(`unsupported driver ${flags.driver}: give ${DRIVERS.join(', ')}`);
      if ((flags.ipamDriver ?? 'host-local') !== 'host-local')
        throw new UsageError(`unsupported ipam driver ${flags.ipamDriver}: give host-local`);
      if (gateway.length > subnet.length) throw new UsageError('cannot set --gateway without --subnet');
      if (ipRange.length > subnet.length) throw new UsageError('cannot set --ip-range without --subnet');
      const options: NetworkOptions = {
        name,
        driver,
        subnets: subnet.map((range, place) => ({
          subnet: range,
          gateway: gateway[place],
          ipRange: ipRange[place],
        })),
        internal: flags.internal,
        ipv6: flags.ipv6,
        interfaceName: flags.interfaceName,
        labels: parsePairs('label', flags.label ?? [], () => ''),
        ...parseOptions(driver, flags.opt ?? []),
      };
      const made = await withRuntime(command, async (runtime) => {
        try {
          return await runtime.createNetwork(options);
        } catch (error) {
          const there = name === undefined ? undefined : runtime.network(name);
          if (flags.ignore === true && there !== undefined && LibpodError.is(error, 'ERR_NAME_IN_USE'))
            return there;
          throw error;
        }
      });
      process.stdout.write(`${made.name}\n`);
    });
}
