import { LibpodError } from '../base/errors.js';
import { formatIp, parseIp, Subnet } from '../base/ip.js';

/** The version of the records of networks. */
export const NETWORK_VERSION = 1;

/** A range of addresses of a network, and the one of them that is the host's. */
export interface NetworkSubnet {
  /** `ADDRESS/PREFIX`. */
  readonly subnet: string;
  readonly gateway: string;
}

/** All that was used to create a network; never changed afterwards. */
export interface NetworkConfig {
  readonly version: typeof NETWORK_VERSION;
  readonly name: string;
  readonly driver: 'bridge';
  /** The bridge's name on the host. */
  readonly bridge: string;
  readonly subnets: readonly NetworkSubnet[];
  /** Whether nothing leads out of it. */
  readonly internal: boolean;
  /** Bytes; the kernel's default where absent. */
  readonly mtu?: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly createdTime: string;
}

/** What a new network is to be: podman-network-create(1). */
export interface NetworkOptions {
  readonly name: string;
  /** One of a family; a free one of IPv4 unless given. */
  readonly subnets?:
    readonly { readonly subnet: string; readonly gateway?: string | undefined }[] | undefined;
  /** A subnet of IPv6 too, one of fd00::/8 by chance unless `subnets` has one. */
  readonly ipv6?: boolean | undefined;
  /** Nothing leads out of it. */
  readonly internal?: boolean | undefined;
  readonly mtu?: number | undefined;
  /** The bridge's name on the host, at most 15 bytes; a free `libpodN` unless given. */
  readonly interfaceName?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

function invalid(sentence: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

const MIN_MTU = { 4: 68, 6: 1280 } as const;
const MAX_MTU = 65_535;

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
      `network name ${JSON.stringify(name)} must begin with a letter or digit and have only letters, digits, "_", "." and "-"`,
    );
  if (RESERVED.includes(name))
    throw new LibpodError(
      'ERR_INVALID_NAME',
      `a network cannot be called ${name}: that name is a mode of its own`,
    );
  return name;
}

/** Checks a subnet and its gateway: the first address unless given. */
export function checkSubnet({
  subnet,
  gateway,
}: {
  subnet: string;
  gateway?: string | undefined;
}): NetworkSubnet {
  const range = Subnet.parse(subnet);
  if (range === undefined)
    throw invalid(`subnet ${JSON.stringify(subnet)} must be ADDRESS/PREFIX, such as 10.80.0.0/24`);
  // The network's own address, the host's, one for a container, and the last, which is everybody's.
  if (range.size < 4n)
    throw invalid(
      `subnet ${subnet} has no room for a container: its prefix may be ${range.family === 4 ? 30 : 126} at most`,
    );
  if (gateway === undefined) return { subnet: range.toString(), gateway: formatIp(range.at(1n)) };
  const address = parseIp(gateway);
  const offset = address && range.offsetOf(address);
  if (address === undefined || offset === undefined)
    throw invalid(`gateway ${gateway} is not in the subnet ${range.toString()}`);
  if (offset === 0n || (range.family === 4 && offset === range.size - 1n))
    throw invalid(
      `gateway ${gateway} is the first or the last address of ${range.toString()}, which no host may have`,
    );
  return { subnet: range.toString(), gateway: formatIp(address) };
}

/**
 * Checks the options that say nothing of other networks.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME
 */
export function checkNetworkOptions(options: NetworkOptions): { readonly subnets: NetworkSubnet[] } {
  checkNetworkName(options.name);
  const { mtu, interfaceName } = options;
  const subnets = (options.subnets ?? []).map(checkSubnet);
  const families = subnets.map(({ gateway }) => parseIp(gateway)?.family);
  if (new Set(families).size < families.length)
    throw invalid(
      `network ${options.name} has two subnets of one family: give one of IPv4 and one of IPv6 at most`,
    );
  const least = options.ipv6 === true || families.includes(6) ? MIN_MTU[6] : MIN_MTU[4];
  if (mtu !== undefined && (!Number.isInteger(mtu) || mtu < least || mtu > MAX_MTU))
    throw invalid(`mtu is ${mtu}, but must be a whole number of bytes from ${least} to ${MAX_MTU}`);
  if (interfaceName !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/.test(interfaceName))
    throw invalid(
      `interface name ${JSON.stringify(interfaceName)} must have 1 to 15 letters, digits, "_", "." or "-"`,
    );
  return { subnets };
}
