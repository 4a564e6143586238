import { createHash } from 'node:crypto';
import { LibpodError } from '../base/errors.js';
import { formatIp, parseIp, parseRange, Subnet } from '../base/ip.js';

/** The version of the records of networks. */
export const NETWORK_VERSION = 1;

/** A range of addresses of a network, and the one of them that is the host's, or a router's. */
export interface NetworkSubnet {
  /** `ADDRESS/PREFIX`. */
  readonly subnet: string;
  readonly gateway: string;
  /** The part of it that addresses are given out from, `ADDRESS/PREFIX` or `FIRST-LAST`; all of it where absent. */
  readonly ipRange?: string | undefined;
}

/** A way to elsewhere over a router of the network: ip-route(8). */
export interface NetworkRoute {
  /** `ADDRESS/PREFIX`. */
  readonly destination: string;
  readonly gateway: string;
  /** The kernel's unless given. */
  readonly metric?: number | undefined;
}

interface AnyNetwork {
  readonly version: typeof NETWORK_VERSION;
  readonly name: string;
  /** None where the containers are given no addresses. */
  readonly subnets: readonly NetworkSubnet[];
  /** Whether nothing leads out of it. */
  readonly internal: boolean;
  /** Bytes; the kernel's default where absent. */
  readonly mtu?: number | undefined;
  /** False where its containers do not hear each other's names. */
  readonly names?: boolean | undefined;
  /** Name servers of its containers, in place of the host's. */
  readonly dnsServers?: readonly string[] | undefined;
  /** What its containers have beside the default route. */
  readonly routes?: readonly NetworkRoute[] | undefined;
  /** False where the default route does not lead over its gateway. */
  readonly defaultRoute?: boolean | undefined;
  /** Of the default route; the kernel's unless given. */
  readonly metric?: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly createdTime: string;
}

/** A network of this machine: a bridge, with the host in it. */
export interface BridgeNetwork extends AnyNetwork {
  readonly driver: 'bridge';
  /** The bridge's name on the host. */
  readonly bridge: string;
  /** The VLAN of the bridge's ports, which filters others out. */
  readonly vlan?: number | undefined;
}

/** How the interfaces of one parent see each other and the outside: ip-link(8), "MACVLAN and MACVTAP Type Support", "IPVLAN". */
export const LINK_MODES = {
  macvlan: ['bridge', 'private', 'vepa', 'passthru'],
  ipvlan: ['l2', 'l3', 'l3s'],
} as const;
export type LinkDriver = keyof typeof LINK_MODES;

/** A network that an interface of the host is in: containers are in it beside the host, which they do not reach. */
export interface LinkNetwork extends AnyNetwork {
  readonly driver: LinkDriver;
  /** The host's interface. */
  readonly parent: string;
  /** One of `LINK_MODES`. */
  readonly mode: string;
}

/** A network that plugins make, as an administrator has configured it. */
export interface CniNetwork extends AnyNetwork {
  readonly driver: 'cni';
  /** Its list of plugins. */
  readonly file: string;
  /** The types of the plugins, in order. */
  readonly plugins: readonly string[];
  /** Whether one of them publishes ports. */
  readonly publishes: boolean;
}

/** All that was used to create a network; its name servers alone change afterwards. */
export type NetworkConfig = BridgeNetwork | LinkNetwork | CniNetwork;

/** One that is made here. */
export type OwnNetwork = BridgeNetwork | LinkNetwork;

/** What a new network is to be: podman-network-create(1). */
export interface NetworkOptions {
  /** A free `libpodN` unless given. */
  readonly name?: string | undefined;
  /** `bridge` unless given. */
  readonly driver?: 'bridge' | LinkDriver | undefined;
  /** One of a family; a free one of IPv4 unless given, for a bridge. */
  readonly subnets?:
    | readonly {
        readonly subnet: string;
        readonly gateway?: string | undefined;
        readonly ipRange?: string | undefined;
      }[]
    | undefined;
  /** A subnet of IPv6 too, one of fd00::/8 by chance unless `subnets` has one; for a bridge. */
  readonly ipv6?: boolean | undefined;
  /** Nothing leads out of it. */
  readonly internal?: boolean | undefined;
  readonly mtu?: number | undefined;
  /** False: its containers do not find each other by name. */
  readonly names?: boolean | undefined;
  /** Addresses of name servers for its containers, in place of the host's. */
  readonly dnsServers?: readonly string[] | undefined;
  /** Routes that its containers have besides, each over a router in one of the subnets. */
  readonly routes?: readonly NetworkRoute[] | undefined;
  /** False: the default route does not lead over its gateway. */
  readonly defaultRoute?: boolean | undefined;
  /** The metric of the default route. */
  readonly metric?: number | undefined;
  /** The bridge's name on the host, at most 15 bytes; a free `libpodN` unless given. */
  readonly interfaceName?: string | undefined;
  /** The VLAN of a bridge's ports, from 1 to 4094: what carries the tag of another does not come by. */
  readonly vlan?: number | undefined;
  /** The host's interface for macvlan and ipvlan; that of the default route unless given. */
  readonly parent?: string | undefined;
  /** That of macvlan (`bridge` unless given) or ipvlan (`l2`). */
  readonly mode?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What may change of a network: podman-network-update(1). */
export interface NetworkChanges {
  readonly addDnsServers?: readonly string[] | undefined;
  readonly dropDnsServers?: readonly string[] | undefined;
}

/** By which a network is known beside its name, as podman shows it: 64 digits made of the name. */
export function networkId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

function invalid(sentence: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

const MIN_MTU = { 4: 68, 6: 1280 } as const;
const MAX_MTU = 65_535;
/** RTA_PRIORITY is a number of 32 bits: rtnetlink(7). */
const MAX_METRIC = 0xffff_ffff;
/** 0 and 4095 are no VLANs (IEEE 802.1Q). */
const MAX_VLAN = 4094;

/** What --network takes for something else than a network. */
const RESERVED = [
  'none',
  'host',
  'private',
  'bridge',
  'container',
  'ns',
  'pod',
  'slirp4netns',
  'pasta',
  'default',
];

/**
 * Checks the name of a network.
 *
 * @throws LibpodError ERR_INVALID_NAME
 */
export function checkNetworkName(name: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name))
    throw new LibpodError(
      'ERR_INVALID_NAME',
      `network name ${JSON.stringify(name)} must begin with a letter or digit and have only letters, digits, "_", "." and "-", 128 at most`,
    );
  if (RESERVED.includes(name))
    throw new LibpodError(
      'ERR_INVALID_NAME',
      `a network cannot be called ${name}: that name is a mode of its own`,
    );
  return name;
}

/** The name of an interface: at most 15 bytes (IFNAMSIZ), and none that would leave /proc/sys/net. */
const INTERFACE = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/;

/** Checks a subnet, its gateway, which is the first address unless given, and the range that addresses are given out from. */
export function checkSubnet({ subnet, gateway, ipRange }: SubnetOption): NetworkSubnet {
  const range = Subnet.parse(subnet);
  if (range === undefined)
    throw invalid(`subnet ${JSON.stringify(subnet)} must be ADDRESS/PREFIX, such as 10.80.0.0/24`);
  // The network's own address, the host's, one for a container, and the last, which is everybody's.
  if (range.size < 4n)
    throw invalid(
      `subnet ${subnet} has no room for a container: its prefix may be ${range.family === 4 ? 30 : 126} at most`,
    );
  const part = checkRange(range, ipRange);
  if (gateway === undefined) return { subnet: range.toString(), gateway: formatIp(range.at(1n)), ...part };
  const address = parseIp(gateway);
  const offset = address && range.offsetOf(address);
  if (address === undefined || offset === undefined)
    throw invalid(`gateway ${gateway} is not in the subnet ${range.toString()}`);
  if (offset === 0n || (range.family === 4 && offset === range.size - 1n))
    throw invalid(
      `gateway ${gateway} is the first or the last address of ${range.toString()}, which no host may have`,
    );
  return { subnet: range.toString(), gateway: formatIp(address), ...part };
}

type SubnetOption = NonNullable<NetworkOptions['subnets']>[number];

function checkRange(subnet: Subnet, text: string | undefined): Pick<NetworkSubnet, 'ipRange'> {
  if (text === undefined) return {};
  const part = parseRange(text);
  if (
    part === undefined ||
    subnet.offsetOf(part.at(0n)) === undefined ||
    subnet.offsetOf(part.at(part.size - 1n)) === undefined
  )
    throw invalid(
      `IP range ${JSON.stringify(text)} must be ADDRESS/PREFIX or FIRST-LAST within the subnet ${subnet.toString()}`,
    );
  return { ipRange: part.toString() };
}

function checkLink({
  name = '',
  driver,
  mode,
  parent,
  interfaceName,
  ipv6,
  subnets = [],
  vlan,
}: NetworkOptions): void {
  if (vlan !== undefined && (!Number.isInteger(vlan) || vlan < 1 || vlan > MAX_VLAN))
    throw invalid(`vlan is ${vlan}, but must be a whole number from 1 to ${MAX_VLAN}`);
  if (driver === undefined || driver === 'bridge') {
    const given = parent === undefined ? 'mode' : 'parent';
    if (parent !== undefined || mode !== undefined)
      throw invalid(`network ${name} is a bridge, which has no ${given}: give the driver macvlan or ipvlan`);
    return;
  }
  if (vlan !== undefined)
    throw invalid(
      `network ${name} has no bridge for VLAN ${vlan}: give an interface of that VLAN as the parent`,
    );
  const modes: readonly string[] = LINK_MODES[driver];
  if (mode !== undefined && !modes.includes(mode))
    throw invalid(`mode ${JSON.stringify(mode)} is none of ${driver}: give ${modes.join(', ')}`);
  if (parent !== undefined && !INTERFACE.test(parent))
    throw invalid(`parent ${JSON.stringify(parent)} must be the name of an interface of the host`);
  if (interfaceName !== undefined)
    throw invalid(`network ${name} has no bridge to name ${interfaceName}: give the parent instead`);
  if (subnets.length === 0)
    throw invalid(`network ${name} needs a subnet, that of its parent: addresses by DHCP are not supported`);
  if (ipv6 === true && !subnets.some(({ subnet }) => subnet.includes(':')))
    throw invalid(`network ${name} needs a subnet of IPv6, that of its parent`);
}

/**
 * Checks addresses of name servers.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function checkDnsServers(servers: readonly string[]): void {
  const wrong = servers.find((server) => parseIp(server) === undefined);
  if (wrong !== undefined)
    throw invalid(`dnsServers has ${JSON.stringify(wrong)}, which is no address of IPv4 or IPv6`);
}

/**
 * Checks routes against the subnets of their network.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function checkRoutes(
  routes: readonly NetworkRoute[],
  subnets: readonly NetworkSubnet[],
): NetworkRoute[] {
  return routes.map(({ destination, gateway, metric }) => {
    const range = Subnet.parse(destination);
    if (range === undefined)
      throw invalid(
        `route to ${JSON.stringify(destination)} must be to ADDRESS/PREFIX, such as 10.90.0.0/16`,
      );
    const router = parseIp(gateway);
    const near = subnets.some(
      ({ subnet }) => router !== undefined && Subnet.parse(subnet)?.offsetOf(router) !== undefined,
    );
    if (router === undefined || !near || router.family !== range.family)
      throw invalid(
        `route to ${destination} leads over ${JSON.stringify(gateway)}, which is no address of that family in ${subnets.map(({ subnet }) => subnet).join(' and ')}`,
      );
    return {
      destination: range.toString(),
      gateway: formatIp(router),
      ...(metric !== undefined && { metric }),
    };
  });
}

/**
 * Checks the options that say nothing of other networks.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME
 */
export function checkNetworkOptions(options: NetworkOptions): { readonly subnets: NetworkSubnet[] } {
  const { name = '', mtu, interfaceName } = options;
  if (options.name !== undefined) checkNetworkName(options.name);
  const subnets = (options.subnets ?? []).map(checkSubnet);
  const families = subnets.map(({ gateway }) => parseIp(gateway)?.family);
  if (new Set(families).size < families.length)
    throw invalid(`network ${name} has two subnets of one family: give one of IPv4 and one of IPv6 at most`);
  const least = options.ipv6 === true || families.includes(6) ? MIN_MTU[6] : MIN_MTU[4];
  if (mtu !== undefined && (!Number.isInteger(mtu) || mtu < least || mtu > MAX_MTU))
    throw invalid(`mtu is ${mtu}, but must be a whole number of bytes from ${least} to ${MAX_MTU}`);
  if (interfaceName !== undefined && !INTERFACE.test(interfaceName))
    throw invalid(
      `interface name ${JSON.stringify(interfaceName)} must have 1 to 15 letters, digits, "_", "." or "-"`,
    );
  checkLink(options);
  checkDnsServers(options.dnsServers ?? []);
  for (const metric of [options.metric, ...(options.routes ?? []).map((route) => route.metric)])
    if (metric !== undefined && (!Number.isInteger(metric) || metric < 0 || metric > MAX_METRIC))
      throw invalid(`metric is ${metric}, but must be a whole number from 0 to ${MAX_METRIC}`);
  return { subnets };
}
