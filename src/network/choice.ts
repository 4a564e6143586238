import { LibpodError } from '../base/errors.js';
import { formatIp, parseIp, Subnet } from '../base/ip.js';
import type { NetworkChoice } from '../model/config.js';
import type { NetworkConfig } from './config.js';
import { DEFAULT_NETWORK, type Networks } from './networks.js';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** What an address of one interface has clear (IEEE 802): the bit of groups. */
const GROUP_BIT = 1;
/** What no interface has. */
const NO_MAC = '00:00:00:00:00:00';
/** A name of a host (RFC 1123, section 2.1), with the underscore that names of containers have. */
const ALIAS = /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,251}[a-zA-Z0-9_])?$/;

function invalid(sentence: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

/** An alias becomes a word of the files in which neighbours look names up: it must not smuggle in a line, or take this name. */
function checkAlias(alias: string): string {
  if (!ALIAS.test(alias) || alias === 'localhost' || parseIp(alias) !== undefined)
    throw invalid(
      `networks has the alias ${JSON.stringify(alias)}; give a name of a host: letters, digits, "_", "." and "-"`,
    );
  return alias;
}

/**
 * Checks how a container is to be in a network.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_NETWORK
 */
export async function resolveChoice(choice: NetworkChoice, networks: Networks): Promise<NetworkChoice> {
  const name = choice.name === 'bridge' ? DEFAULT_NETWORK : networks.nameOf(choice.name);
  const { subnets, driver } = await networks.get(name);
  const families = new Set<number>();
  const ips = (choice.ips ?? []).map((text) => {
    const address = parseIp(text);
    if (address === undefined)
      throw invalid(`networks has the address ${JSON.stringify(text)}, which is none of IPv4 or IPv6`);
    if (families.has(address.family))
      throw invalid(`network ${name} is given two addresses of one family: give one`);
    families.add(address.family);
    if (
      driver !== 'cni' &&
      !subnets.some(({ subnet }) => Subnet.parse(subnet)?.offsetOf(address) !== undefined)
    )
      throw invalid(
        `address ${text} is not in network ${name}, which has ${subnets.map(({ subnet }) => subnet).join(' and ')}`,
      );
    return formatIp(address);
  });
  const mac = choice.mac?.toLowerCase().replaceAll('-', ':');
  if (
    mac !== undefined &&
    (!MAC.test(mac) || mac === NO_MAC || (Number.parseInt(mac.slice(0, 2), 16) & GROUP_BIT) !== 0)
  )
    throw invalid(
      `networks has the MAC address ${JSON.stringify(choice.mac)}; give six pairs of hexadecimal digits of one interface, such as 92:d0:c6:0a:29:33`,
    );
  if (mac !== undefined && driver === 'ipvlan')
    throw invalid(`network ${name} is of ipvlan, where all have the parent's MAC address: leave mac out`);
  if (
    choice.interface !== undefined &&
    (!/^[^\s/:]{1,15}$/.test(choice.interface) || choice.interface === 'lo')
  )
    throw invalid(
      `networks has the interface name ${JSON.stringify(choice.interface)}; give 1 to 15 bytes without "/", ":" and spaces`,
    );
  const aliases = choice.aliases?.map(checkAlias) ?? [];
  return {
    name,
    ...(ips.length > 0 && { ips }),
    ...(mac !== undefined && { mac }),
    ...(choice.interface !== undefined && { interface: choice.interface }),
    ...(aliases.length > 0 && { aliases: [...new Set(aliases)] }),
  };
}

/**
 * Refuses networks of plugins beside others: they have the container's namespace before it is there.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function requireOneKind(configs: readonly NetworkConfig[]): void {
  const plugins = configs.find(({ driver }) => driver === 'cni');
  const other = configs.find(({ driver }) => driver !== 'cni');
  if (plugins !== undefined && other !== undefined)
    throw invalid(`network ${plugins.name} is of CNI and ${other.name} is not: choose networks of one kind`);
}
