import { ipBytes, Subnet } from '../base/ip.js';
import { bytes, encodeAttributes, type NetlinkSocket } from '../linux/network/netlink.js';
import {
  forwardChains,
  hasChain,
  mentions,
  tableName,
  type ForwardChain,
} from '../linux/network/other-tables.js';
import type { BridgeNetwork } from './config.js';

/** The table of firewalld, which refuses at its end what no zone lets through. */
const FIREWALLD = 'firewalld';

/**
 * The rules of other programs that stand in the way of what a network forwards. A packet that one table accepts is still dropped by
 * another, so nothing in a table of ours can help; and theirs are theirs. Those that name the bridge, or its subnet, are
 * taken to let it through.
 *
 * @param own the table of this store
 * @returns a sentence for each, with what to do
 */
export async function findObstacles(
  netlink: NetlinkSocket,
  own: string,
  network: BridgeNetwork,
): Promise<string[]> {
  if (network.internal) return [];
  const ranges = network.subnets.flatMap(({ subnet }) => Subnet.parse(subnet) ?? []);
  const found: string[] = [];
  for (const chain of await forwardChains(netlink)) {
    const concerned = ranges.some(({ family }) => chain.families.includes(family));
    if (!concerned || chain.table === own || (!chain.drops && chain.table !== FIREWALLD)) continue;
    if (await mentions(netlink, chain, valuesOf(network.bridge, ranges))) continue;
    found.push(
      `what network ${network.name} forwards is dropped by ${await dropper(netlink, chain, network.bridge)}`,
    );
  }
  return found;
}

/** What a rule compares with that means the network: the name of its bridge, or the part of an address that all in it have. */
function valuesOf(bridge: string, ranges: readonly Subnet[]): Buffer[] {
  const NFTA_DATA_VALUE = 1;
  return [
    bytes.text(bridge),
    ...ranges
      .filter(({ prefix }) => prefix % 8 === 0)
      .map((range) =>
        encodeAttributes([[NFTA_DATA_VALUE, ipBytes(range.at(0n)).subarray(0, range.prefix / 8)]]),
      ),
  ];
}

async function dropper(netlink: NetlinkSocket, chain: ForwardChain, bridge: string): Promise<string> {
  if (chain.table === FIREWALLD)
    return `firewalld: let it through by firewall-cmd --permanent --zone=trusted --add-interface=${bridge}, and firewall-cmd --reload`;
  const where = `the chain ${chain.chain} of the firewall table ${tableName(chain)}`;
  // Those of iptables-nft(8).
  if (chain.table !== 'filter' || chain.chain !== 'FORWARD')
    return `${where}: let the interface ${bridge} through there`;
  const program = chain.families.includes(4) ? 'iptables' : 'ip6tables';
  const at = (await hasChain(netlink, chain, 'DOCKER-USER')) ? 'DOCKER-USER' : chain.chain;
  return `${where}: let it through by ${program} -I ${at} -i ${bridge} -j ACCEPT, and ${program} -I ${at} -o ${bridge} -j ACCEPT`;
}
