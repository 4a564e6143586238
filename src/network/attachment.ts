import { createHash } from 'node:crypto';
import { formatIp, parseIp, type IpAddress } from '../base/ip.js';
import { NETLINK } from '../linux/netlink.js';
import { linkUp, newAddress, newDefaultRoute, newVeth } from '../linux/rtnetlink.js';
import type { LaunchNetwork, NetlinkStep } from '../launch/request.js';
import type { PortMapping } from '../model/config.js';
import type { Firewall } from './firewall.js';
import type { Lease } from './leases.js';
import type { LiveNetwork } from './networks.js';

/** How a container is in a network. */
export interface Attachment {
  readonly network: string;
  /** Its interface in the container. */
  readonly interface: string;
  readonly mac: string;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  /** '' where nothing leads out. */
  readonly gateways: readonly string[];
}

/** All that a launch does about networks. */
export interface NetworkPlan extends LaunchNetwork {
  readonly attachments: readonly Attachment[];
}

/** A network that a container is to be in, with the addresses that it has there. */
export interface Joining {
  readonly live: LiveNetwork;
  readonly leases: readonly Lease[];
  readonly mac?: string | undefined;
  readonly interface?: string | undefined;
}

/** lo is the first interface of every network namespace. */
const FIRST_INDEX = 2;

/** A locally administered address (IEEE 802) that is the same at each start. */
function macOf(containerId: string, network: string): string {
  const hash = createHash('sha256').update(`${containerId} ${network}`).digest();
  hash[0] = ((hash[0] ?? 0) & 0xfc) | 0x02;
  return [...hash.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The host's end of a pair of interfaces: 15 bytes at most. */
function hostInterface(containerId: string, place: number): string {
  return `veth${containerId.slice(0, 9)}${place.toString(36)}`;
}

/**
 * Plans how a container comes into its networks and out of them again. Pure.
 *
 * @param ports published on the addresses of the first network
 */
export function planNetworks(
  containerId: string,
  joining: readonly Joining[],
  ports: readonly PortMapping[],
  firewall: Firewall,
): NetworkPlan {
  const outside: NetlinkStep[] = [];
  const inside: NetlinkStep[] = [];
  const down: NetlinkStep[] = [];
  const attachments = joining.map((one, place): Attachment => {
    const { live, leases } = one;
    const { config, bridgeIndex } = live;
    const index = FIRST_INDEX + place;
    const name = one.interface ?? `eth${place}`;
    const mac = one.mac ?? macOf(containerId, config.name);
    const veth = newVeth({
      name: hostInterface(containerId, place),
      master: bridgeIndex,
      mtu: config.mtu,
      peer: { name, index, mac },
    });
    outside.push({
      origin: `connect the container to network ${config.name} by ${config.bridge}`,
      protocol: NETLINK.route,
      messages: veth,
      pidAt: veth.length - 4,
    });
    // Only the first network of a family leads out.
    const routed = new Set(
      joining.slice(0, place).flatMap(({ live: { config: before } }) => families(before)),
    );
    const gateways = config.internal
      ? []
      : config.subnets
          .map(({ gateway }) => parseIp(gateway) as IpAddress)
          .filter(({ family }) => !routed.has(family));
    inside.push({
      origin: `give the container its address in network ${config.name}`,
      protocol: NETLINK.route,
      messages: Buffer.concat([
        linkUp(index),
        ...leases.map(({ address, prefix }) => newAddress(index, address, prefix)),
        ...gateways.map((gateway) => newDefaultRoute(index, gateway)),
      ]),
      pidAt: 0,
    });
    return {
      network: config.name,
      interface: name,
      mac,
      addresses: leases.map(({ address, prefix }) => ({ address: formatIp(address), prefix })),
      gateways: gateways.map(formatIp),
    };
  });
  const published = joining[0]?.leases.map(({ address }) => address) ?? [];
  if (ports.length > 0 && published.length > 0) {
    const origin = `publish ${ports.map(describePort).join(', ')}`;
    const step = { protocol: NETLINK.netfilter, pidAt: 0 };
    // First, as it is the one that another container can be in the way of.
    outside.unshift({ ...step, origin, messages: firewall.publish(ports, published, containerId) });
    down.push({ ...step, origin: `no longer ${origin}`, messages: firewall.withdraw(ports, published) });
  }
  const leases = joining.flatMap((one) => one.leases.map(({ path }) => ({ path, to: containerId })));
  return { attachments, outside, inside, down, leases };
}

function families({ subnets, internal }: LiveNetwork['config']): (4 | 6)[] {
  return internal ? [] : subnets.map(({ gateway }) => (parseIp(gateway) as IpAddress).family);
}

/** A port as a person writes it. */
export function describePort({ hostIP, hostPort, containerPort, protocol }: PortMapping): string {
  const host = hostIP.includes(':') ? `[${hostIP}]` : hostIP;
  return `port ${host === '' ? '' : `${host}:`}${hostPort}/${protocol} for ${containerPort}`;
}
