import { LibpodError } from '../../../base/errors.js';
import { ownValue } from '../../../base/own-value.js';
import type { NetworkOptions, NetworkRoute } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { collect, collectList, parseFullPairs, parsePairs, parseWhole } from '../../flags/values.js';
import { withRuntime } from '../../runtime.js';

interface NetworkCreateFlags {
  readonly driver: string;
  readonly disableDns?: boolean;
  readonly dns?: readonly string[];
  readonly route?: readonly string[];
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

/** What docker calls the same. */
const ALIASES: Readonly<Record<string, string>> = {
  'com.docker.network.driver.mtu': 'mtu',
  'com.docker.network.bridge.name': 'bridge_name',
};
const COMMON_OPTIONS = ['mtu', 'metric', 'no_default_route'];
const DRIVER_OPTIONS = {
  bridge: ['isolate', 'vlan'],
  macvlan: ['parent', 'mode'],
  ipvlan: ['parent', 'mode'],
} as const;
const TRUE = ['true', '1'];
const FALSE = ['false', '0'];

/** What -o may say: podman-network-create(1), --opt. Networks are kept apart from each other in any case. */
function parseOptions(driver: Driver, words: readonly string[]): NetworkOptions {
  const known: readonly string[] = [...COMMON_OPTIONS, ...DRIVER_OPTIONS[driver]];
  const given = Object.fromEntries(
    Object.entries(parseFullPairs('opt', words)).map(([name, value]) => [
      ownValue(ALIASES, name) ?? name,
      value,
    ]),
  );
  const unknown = Object.keys(given).find(
    (name) => !known.includes(name) && !(name === 'bridge_name' && driver === 'bridge'),
  );
  if (unknown !== undefined)
    throw new UsageError(`unsupported ${driver} network option ${unknown}: give ${known.join(', ')}`);
  const {
    vlan,
    mtu,
    metric,
    no_default_route: noRoute = 'false',
    isolate = 'true',
    bridge_name: own,
  } = given;
  if (FALSE.includes(isolate))
    throw new UsageError('unsupported network option isolate=false: networks are always kept apart');
  if (![...TRUE, 'strict'].includes(isolate))
    throw new UsageError(`network option isolate=${isolate} must be true or strict`);
  if (![...TRUE, ...FALSE].includes(noRoute))
    throw new UsageError(`network option no_default_route=${noRoute} must be true or false`);
  return {
    ...(mtu !== undefined && { mtu: parseWhole('opt mtu', mtu) }),
    ...(metric !== undefined && { metric: parseWhole('opt metric', metric) }),
    ...(TRUE.includes(noRoute) && { defaultRoute: false }),
    ...(vlan !== undefined && { vlan: parseWhole('opt vlan', vlan) }),
    ...(own !== undefined && { interfaceName: own }),
    parent: given['parent'],
    mode: given['mode'],
  };
}

/** `ADDRESS/PREFIX,GATEWAY[,METRIC]` of --route. */
function parseRoute(text: string): NetworkRoute {
  const [destination = '', gateway, metric, more] = text.split(',');
  if (gateway === undefined || more !== undefined)
    throw new UsageError(`invalid route ${JSON.stringify(text)}: write ADDRESS/PREFIX,GATEWAY[,METRIC]`);
  return { destination, gateway, ...(metric !== undefined && { metric: parseWhole('route', metric) }) };
}

/** `network create`: podman-network-create(1). Prints the name. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [NAME]')
    .argument('[name]')
    .option('-d, --driver <driver>', DRIVERS.join(', '), 'bridge')
    .option('--disable-dns', 'containers do not find each other by name')
    .option('--dns <address>', "a name server for its containers, in place of the host's", collectList)
    .option('--route <route>', 'ADDRESS/PREFIX,GATEWAY[,METRIC] for its containers', collect)
    .option('--subnet <address/prefix>', 'one of IPv4 and one of IPv6 at most', collect)
    .option('--gateway <address>', "the host's address in the subnet of the same place", collect)
    .option(
      '--ip-range <range>',
      'ADDRESS/PREFIX or FIRST-LAST: where addresses are given out from in the same subnet',
      collect,
    )
    .option('--ipam-driver <driver>', 'host-local')
    .option('--ignore', 'a network of this name is fine')
    .option('--internal', 'nothing leads out of it')
    .option('--ipv6', 'addresses of IPv6 too')
    .option('--interface-name <name>', "the bridge's name on the host")
    .option('--label <key=value>', 'set metadata', collect)
    .option(
      '-o, --opt <name=value>',
      'mtu=, metric=, no_default_route=, isolate=, vlan=, and for macvlan and ipvlan parent=, mode=',
      collect,
    )
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
        names: flags.disableDns === true ? false : undefined,
        dnsServers: flags.dns,
        routes: flags.route?.map(parseRoute),
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
