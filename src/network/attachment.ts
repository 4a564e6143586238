import { createHash } from 'node:crypto';
import { formatIp, parseIp, Subnet, type IpAddress } from '../base/ip.js';
import { deleteFlows } from '../linux/network/conntrack.js';
import { NETLINK } from '../linux/network/netlink.js';
import {
  linkUp,
  newAddress,
  newChildLink,
  newRoute,
  newVeth,
  setHairpin,
} from '../linux/network/rtnetlink.js';
import type { LaunchNetwork, NetlinkStep } from '../launch/request.js';
import type { PortMapping } from '../model/config.js';
import type { Firewall } from './firewall.js';
import type { Lease } from './leases.js';
import { describePorts, heldPorts } from './ports.js';
import type { LiveNetwork } from './live-network.js';

/** How a container is in a network. */
export interface Attachment {
  readonly network: string;
  /** Its interface in the container, and its number there. */
  readonly interface: string;
  readonly index: number;
  /** The other end of the pair, on the network's bridge; '' for an interface of macvlan or ipvlan. */
  readonly hostInterface: string;
  readonly mac: string;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  /** '' where nothing leads out. */
  readonly gateways: readonly string[];
}

/** All that a launch does about networks. */
export interface NetworkPlan extends LaunchNetwork {
  readonly attachments: readonly Attachment[];
  readonly leases: readonly Lease[];
}

/** A network that a container is to be in, with the addresses that it has there. */
export interface Joining {
  readonly live: LiveNetwork;
  readonly leases: readonly Lease[];
  readonly mac?: string | undefined;
  readonly interface?: string | undefined;
}

/** Where in a container an interface is to be. */
export interface Place {
  /** Its number in the container's namespace, which is free there. */
  readonly index: number;
  /** Its name, unless one is asked for. */
  readonly name: string;
  /** Which of the container's it is, for the name of the host's end. */
  readonly number: number;
  /** The families that another network leads out already. */
  readonly routed: ReadonlySet<4 | 6>;
  /** A descriptor of the container's network namespace; that of the child in a launch unless given. */
  readonly namespace?: number | undefined;
}

/** One network's part of a launch. */
export interface AttachmentPlan {
  readonly attachment: Attachment;
  readonly outside: NetlinkStep;
  readonly inside: NetlinkStep;
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
export function hostInterface(containerId: string, number: number): string {
  return `${hostInterfacePrefix(containerId)}${number.toString(36)}`;
}

/** What the names of all of a container's begin with. */
export function hostInterfacePrefix(containerId: string): string {
  return `veth${containerId.slice(0, 9)}`;
}

/** What brings an interface up in the container, and gives it its addresses and the ways out. */
export function insideMessages(
  { metric, routes = [] }: LiveNetwork['config'],
  index: number,
  addresses: readonly { readonly address: IpAddress; readonly prefix: number }[],
  gateways: readonly IpAddress[],
): Buffer[] {
  return [
    linkUp(index),
    ...addresses.map(({ address, prefix }) => newAddress(index, address, prefix)),
    ...gateways.map((gateway) => newRoute(index, { gateway, metric })),
    ...routes.map((route) =>
      newRoute(index, {
        to: Subnet.parse(route.destination),
        gateway: parseIp(route.gateway) as IpAddress,
        metric: route.metric,
      }),
    ),
  ];
}

/** Plans how a container comes into one network. Pure. */
export function planAttachment(
  containerId: string,
  { live, leases, ...asked }: Joining,
  { index, number, routed, namespace, ...place }: Place,
): AttachmentPlan {
  const { config, link } = live;
  const { mtu } = config;
  const name = asked.interface ?? place.name;
  const onBridge = config.driver === 'bridge' ? hostInterface(containerId, number) : '';
  const mac = config.driver === 'ipvlan' ? (live.mac ?? '') : (asked.mac ?? macOf(containerId, config.name));
  const messages =
    config.driver === 'bridge'
      ? newVeth({ name: onBridge, master: link, mtu, peer: { name, index, mac }, namespace })
      : newChildLink({
          kind: config.driver,
          mode: config.mode,
          parent: link,
          ...{ name, index, mtu, namespace },
          mac: config.driver === 'ipvlan' ? undefined : mac,
        });
  // Only the first network of a family leads out.
  const gateways = gatewaysOf(config).filter(({ family }) => !routed.has(family));
  return {
    attachment: {
      network: config.name,
      interface: name,
      index,
      hostInterface: onBridge,
      mac,
      addresses: leases.map(({ address, prefix }) => ({ address: formatIp(address), prefix })),
      gateways: gateways.map(formatIp),
    },
    outside: {
      origin: `connect the container to network ${config.name} by ${config.driver === 'bridge' ? config.bridge : config.parent}`,
      protocol: NETLINK.route,
      messages,
      pidAt: namespace === undefined ? messages.length - 4 : 0,
    },
    inside: {
      origin: `give the container its address in network ${config.name}`,
      protocol: NETLINK.route,
      messages: Buffer.concat(insideMessages(config, index, leases, gateways)),
      pidAt: 0,
    },
  };
}

/**
 * Plans how a container comes into its networks and out of them again. Pure.
 *
 * @param ports published on the addresses of the first network that is a bridge
 */
export function planNetworks(
  containerId: string,
  joining: readonly Joining[],
  ports: readonly PortMapping[],
  firewall: Firewall,
): NetworkPlan {
  const routed = new Set<4 | 6>();
  const plans = joining.map((one, number) => {
    const place = { index: FIRST_INDEX + number, name: `eth${number}`, number, routed: new Set(routed) };
    for (const { family } of gatewaysOf(one.live.config)) routed.add(family);
    return planAttachment(containerId, one, place);
  });
  const outside = plans.map((plan) => plan.outside);
  const down: NetlinkStep[] = [];
  const published =
    joining.find(({ live }) => live.config.driver === 'bridge')?.leases.map(({ address }) => address) ?? [];
  if (ports.length > 0 && published.length > 0) {
    const origin = `publish ${describePorts(ports)}`;
    const step = { protocol: NETLINK.netfilter, pidAt: 0 };
    const onBridge = plans.find(({ attachment }) => attachment.hostInterface !== '')?.attachment;
    outside.push({
      origin: 'let the container reach its own published ports',
      protocol: NETLINK.route,
      messages: setHairpin(onBridge?.hostInterface ?? ''),
      pidAt: 0,
    });
    // First, as it is the one that another container can be in the way of.
    outside.unshift({ ...step, origin, messages: firewall.publish(ports, published, containerId) });
    // Each family by itself: one that is not published any more refuses its own alone.
    for (const address of published) {
      const messages = firewall.withdraw(ports, [address]);
      down.push({ ...step, origin: `no longer ${origin}`, messages });
      // Only now, as a packet would make it anew.
      if (ports.some(({ protocol }) => protocol === 'udp'))
        down.push({
          ...step,
          origin: `forget what ${formatIp(address)} answered`,
          messages: deleteFlows(address),
        });
    }
  }
  return {
    attachments: plans.map(({ attachment }) => attachment),
    outside,
    inside: plans.map(({ inside }) => inside),
    down,
    held: heldPorts(ports, published),
    leases: joining.flatMap(({ leases }) => leases),
  };
}

/** The addresses by which a network leads out; none if it does not. */
export function gatewaysOf({ subnets, internal, defaultRoute }: LiveNetwork['config']): IpAddress[] {
  return internal || defaultRoute === false
    ? []
    : subnets.map(({ gateway }) => parseIp(gateway) as IpAddress);
}
