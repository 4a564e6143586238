import { formatIp, ipBytes, ipOfBytes, Subnet, type IpAddress } from '../../base/ip.js';
import {
  bytes,
  decodeAttributes,
  encodeAttributes,
  encodeMessage,
  NLM_F,
  type Attribute,
  type NetlinkMessage,
} from './netlink.js';

/** Messages of rtnetlink(7). */
export const RTM = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  getRoute: 26,
  newRoute: 24,
} as const;

/** Attributes of links (linux/if_link.h). */
export const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  linkInfo: 18,
  netNsPid: 19,
  netNsFd: 28,
} as const;
const IFLA_INFO = { kind: 1, data: 2, slaveKind: 4, slaveData: 5 } as const;
const IFLA_BRPORT_MODE = 4;
const IFLA_BR = { vlanFiltering: 7, vlanDefaultPvid: 39 } as const;
const VETH_INFO_PEER = 1;
/** IFLA_MACVLAN_MODE and IFLA_IPVLAN_MODE. */
const INFO_MODE = 1;
const MACVLAN_MODES: Readonly<Record<string, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
const IPVLAN_MODES: Readonly<Record<string, number>> = { l2: 0, l3: 1, l3s: 2 };
/** Attributes of addresses (linux/if_addr.h). */
export const IFA = { address: 1, local: 2, broadcast: 4, flags: 8 } as const;
/** Do not look whether somebody else has it: an address of IPv6 is then there at once. */
export const IFA_F_NODAD = 0x2;
/** Attributes of routes (linux/rtnetlink.h). */
const RTA = { destination: 1, oif: 4, gateway: 5, priority: 6 } as const;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RTN_UNICAST = 1;

const IFF_UP = 1;
const FAMILIES = { 4: 2, 6: 10 } as const;

const MAKE = NLM_F.acknowledge | NLM_F.create | NLM_F.exclusive;

export function linkBody(index: number, up: boolean): Buffer {
  const body = Buffer.alloc(16);
  body.writeInt32LE(index, 4);
  if (up) {
    body.writeUInt32LE(IFF_UP, 8);
    body.writeUInt32LE(IFF_UP, 12);
  }
  return body;
}

/** The bytes of a MAC address `aa:bb:cc:dd:ee:ff`. */
export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/**
 * Makes a bridge, and brings it up. With a VLAN all its ports, and itself, are in that one, untagged, unless told otherwise
 * (bridge(8)): a port is then in it from the moment at which it comes to the bridge.
 */
export function newBridge(
  name: string,
  options: { readonly mtu?: number | undefined; readonly vlan?: number | undefined } = {},
): Buffer {
  const { vlan } = options;
  const data: Attribute[] =
    vlan === undefined
      ? []
      : [
          [
            IFLA_INFO.data,
            [
              [IFLA_BR.vlanFiltering, bytes.u8(1)],
              [IFLA_BR.vlanDefaultPvid, bytes.u16(vlan)],
            ],
          ],
        ];
  const attributes: Attribute[] = [
    [IFLA.name, bytes.text(name)],
    ...(options.mtu === undefined ? [] : [[IFLA.mtu, bytes.u32(options.mtu)] as const]),
    [IFLA.linkInfo, [[IFLA_INFO.kind, Buffer.from('bridge')], ...data]],
  ];
  return encodeMessage(RTM.newLink, MAKE, linkBody(0, true), attributes);
}

/** A pair of linked interfaces: one on a bridge, and up; the other in the network namespace of a process. */
export interface VethRequest {
  readonly name: string;
  /** The index of the bridge. */
  readonly master: number;
  readonly mtu?: number | undefined;
  readonly peer: {
    readonly name: string;
    /** Its index there, which must be free. */
    readonly index: number;
    readonly mac: string;
  };
  /** A descriptor of the peer's namespace; else it is that of a process, whose PID is the last four bytes of the message. */
  readonly namespace?: number | undefined;
}

/** Makes the pair. */
export function newVeth({ name, master, mtu, peer, namespace }: VethRequest): Buffer {
  const size: Attribute[] = mtu === undefined ? [] : [[IFLA.mtu, bytes.u32(mtu)]];
  const other = Buffer.concat([
    linkBody(peer.index, false),
    encodeAttributes([
      [IFLA.name, bytes.text(peer.name)],
      [IFLA.address, macBytes(peer.mac)],
      ...size,
      namespace === undefined ? [IFLA.netNsPid, bytes.u32(0)] : [IFLA.netNsFd, bytes.u32(namespace)],
    ]),
  ]);
  return encodeMessage(RTM.newLink, MAKE, linkBody(0, true), [
    [IFLA.name, bytes.text(name)],
    [IFLA.master, bytes.u32(master)],
    ...size,
    [
      IFLA.linkInfo,
      [
        [IFLA_INFO.kind, Buffer.from('veth')],
        [IFLA_INFO.data, [[VETH_INFO_PEER, other]]],
      ],
    ],
  ]);
}

/** An interface over one of the host's, made in the network namespace of a process. */
export interface ChildLinkRequest {
  readonly kind: 'macvlan' | 'ipvlan';
  readonly mode: string;
  /** The index of the host's interface. */
  readonly parent: number;
  readonly name: string;
  /** Its index there, which must be free; 0 for any. */
  readonly index: number;
  /** Its own; not for ipvlan, whose interfaces have that of the parent. */
  readonly mac?: string | undefined;
  readonly mtu?: number | undefined;
  /** As that of VethRequest. */
  readonly namespace?: number | undefined;
}

/** Makes it. */
export function newChildLink({
  kind,
  mode,
  parent,
  name,
  index,
  mac,
  mtu,
  namespace,
}: ChildLinkRequest): Buffer {
  const data = kind === 'macvlan' ? bytes.u32(MACVLAN_MODES[mode] ?? 0) : bytes.u16(IPVLAN_MODES[mode] ?? 0);
  return encodeMessage(RTM.newLink, MAKE, linkBody(index, false), [
    [IFLA.name, bytes.text(name)],
    [IFLA.link, bytes.u32(parent)],
    ...(mac === undefined ? [] : ([[IFLA.address, macBytes(mac)]] as const)),
    ...(mtu === undefined ? [] : ([[IFLA.mtu, bytes.u32(mtu)]] as const)),
    [
      IFLA.linkInfo,
      [
        [IFLA_INFO.kind, Buffer.from(kind)],
        [IFLA_INFO.data, [[INFO_MODE, data]]],
      ],
    ],
    // Last, where the launch program puts the PID.
    namespace === undefined ? [IFLA.netNsPid, bytes.u32(0)] : [IFLA.netNsFd, bytes.u32(namespace)],
  ]);
}

/** Brings a link up. */
export function linkUp(index: number): Buffer {
  return encodeMessage(RTM.newLink, NLM_F.acknowledge, linkBody(index, true));
}

/** Puts a link on a bridge. @param name the link's @param master the bridge's index */
export function setMaster(name: string, master: number): Buffer {
  return encodeMessage(RTM.newLink, NLM_F.acknowledge, linkBody(0, true), [
    [IFLA.name, bytes.text(name)],
    [IFLA.master, bytes.u32(master)],
  ]);
}

/**
 * Lets a bridge send a frame back to the link that it came from: with br_netfilter a packet whose destination was translated to
 * its sender stays on the bridge.
 */
export function setHairpin(name: string): Buffer {
  return encodeMessage(RTM.newLink, NLM_F.acknowledge, linkBody(0, true), [
    [IFLA.name, bytes.text(name)],
    [
      IFLA.linkInfo,
      [
        [IFLA_INFO.slaveKind, bytes.text('bridge')],
        [IFLA_INFO.slaveData, [[IFLA_BRPORT_MODE, bytes.u8(1)]]],
      ],
    ],
  ]);
}

/** Takes a link away. */
export function delLink(name: string): Buffer {
  return encodeMessage(RTM.delLink, NLM_F.acknowledge, linkBody(0, false), [[IFLA.name, bytes.text(name)]]);
}

/** Asks for a link by its name, or for all. */
export function getLink(name?: string): Buffer {
  return name === undefined
    ? encodeMessage(RTM.getLink, NLM_F.dump, linkBody(0, false))
    : encodeMessage(RTM.getLink, NLM_F.acknowledge, linkBody(0, false), [[IFLA.name, bytes.text(name)]]);
}

/** A network interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** What it is: `bridge`, `veth`, ...; '' for a device. */
  readonly kind: string;
  readonly up: boolean;
  /** `aa:bb:cc:dd:ee:ff`; '' for one that has none. */
  readonly mac: string;
}

function textOf(data: Buffer | undefined): string {
  const end = data?.indexOf(0) ?? -1;
  return data?.toString('utf8', 0, end < 0 ? data.length : end) ?? '';
}

/** The links among messages. */
export function linksOf(messages: readonly NetlinkMessage[]): Link[] {
  return messages
    .filter(({ type, content }) => type === RTM.newLink && content.length >= 16)
    .map(({ content }) => {
      const attributes = decodeAttributes(content.subarray(16));
      const info = attributes.get(IFLA.linkInfo);
      return {
        index: content.readInt32LE(4),
        name: textOf(attributes.get(IFLA.name)),
        kind: info === undefined ? '' : textOf(decodeAttributes(info).get(IFLA_INFO.kind)),
        up: (content.readUInt32LE(8) & IFF_UP) !== 0,
        mac: [...(attributes.get(IFLA.address) ?? [])]
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(':'),
      };
    });
}

/** Gives a link an address. */
export function newAddress(index: number, address: IpAddress, prefix: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt8(FAMILIES[address.family], 0);
  body.writeUInt8(prefix, 1);
  body.writeUInt32LE(index, 4);
  const subnet = Subnet.of(address, prefix);
  return encodeMessage(RTM.newAddress, NLM_F.acknowledge | NLM_F.create | NLM_F.replace, body, [
    [IFA.local, ipBytes(address)],
    [IFA.address, ipBytes(address)],
    ...(address.family === 4
      ? [[IFA.broadcast, ipBytes(subnet.at(subnet.size - 1n))] as const]
      : [[IFA.flags, bytes.u32(IFA_F_NODAD)] as const]),
  ]);
}

/** Where a route leads. */
export interface RouteRequest {
  readonly gateway: IpAddress;
  /** All that has no other route unless given. */
  readonly to?: Subnet | undefined;
  /** The kernel's unless given. */
  readonly metric?: number | undefined;
}

/** Leads over a gateway that is a neighbour on a link. */
export function newRoute(index: number, { gateway, to, metric }: RouteRequest): Buffer {
  const body = Buffer.alloc(12);
  body.writeUInt8(FAMILIES[gateway.family], 0);
  body.writeUInt8(to?.prefix ?? 0, 1);
  body.writeUInt8(RT_TABLE_MAIN, 4);
  body.writeUInt8(RTPROT_STATIC, 5);
  body.writeUInt8(RTN_UNICAST, 7);
  return encodeMessage(RTM.newRoute, NLM_F.acknowledge | NLM_F.create, body, [
    ...(to === undefined ? [] : [[RTA.destination, ipBytes(to.at(0n))] as const]),
    [RTA.gateway, ipBytes(gateway)],
    [RTA.oif, bytes.u32(index)],
    ...(metric === undefined ? [] : [[RTA.priority, bytes.u32(metric)] as const]),
  ]);
}

/** Asks for the routes of a family. */
export function getRoutes(family: 4 | 6): Buffer {
  const body = Buffer.alloc(12);
  body.writeUInt8(FAMILIES[family], 0);
  return encodeMessage(RTM.getRoute, NLM_F.dump, body);
}

/** A route: where to, and over what. */
export interface Route {
  /** `ADDRESS/PREFIX`. */
  readonly destination: string;
  /** '' for one to neighbours. */
  readonly gateway: string;
  readonly index: number;
}

/** The routes of the main table among messages. */
export function routesOf(messages: readonly NetlinkMessage[]): Route[] {
  return messages
    .filter(({ type, content }) => type === RTM.newRoute && content.length >= 12)
    .filter(({ content }) => content[4] === RT_TABLE_MAIN)
    .map(({ content }) => {
      const family = content[0] === FAMILIES[4] ? 4 : 6;
      const attributes = decodeAttributes(content.subarray(12));
      const to = ipOfBytes(attributes.get(RTA.destination) ?? Buffer.alloc(0)) ?? { family, value: 0n };
      const over = ipOfBytes(attributes.get(RTA.gateway) ?? Buffer.alloc(0));
      return {
        destination: Subnet.of(to, content[1] ?? 0).toString(),
        gateway: over === undefined ? '' : formatIp(over),
        index: attributes.get(RTA.oif)?.readUInt32LE() ?? 0,
      };
    });
}
