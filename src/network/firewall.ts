import { hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { ipBytes, parseIp, type IpAddress } from '../base/ip.js';
import { bytes, NetlinkSocket } from '../linux/network/netlink.js';
import {
  chainUses,
  delElements,
  delRules,
  elementsOf,
  expr,
  getChain,
  getElements,
  getTable,
  interfaceName,
  newChain,
  newElements,
  newRule,
  newSet,
  newTable,
  NFPROTO,
  REGISTER,
  registers,
  transaction,
  type SetElement,
} from '../linux/network/nftables.js';
import type { PortMapping } from '../model/config.js';
import type { BridgeNetwork } from './config.js';
import { findObstacles } from './obstacles.js';
import { LOOPBACK6, PROTOCOLS } from './ports.js';

/** The maps of published ports: by protocol and port, and by address of the host in addition. */
const MAPS = {
  4: { any: 'ports4', one: 'host_ports4' },
  6: { any: 'ports6', one: 'host_ports6' },
} as const;
const BRIDGES = 'bridges';
const INTERNAL = 'internal';
/** Each bridge with itself: the ways of a packet that stays in its network. */
const WITHIN = 'within';
/** The name of an interface takes four registers. */
const NAME_REGISTERS = 4;

const RTN_LOCAL = 2;
/** Where source and destination are in the headers of both families, and a port's in that of TCP, UDP and SCTP. */
const DESTINATION = { 4: 16, 6: 24 } as const;
const IPV4_SOURCE = 12;
const PORT_OFFSET = 2;
const LOOPBACK_OCTET = 127;
const LOOPBACK6_BYTES = ipBytes(parseIp(LOOPBACK6) as IpAddress);

function portRules(table: string, family: 4 | 6): Buffer[] {
  const size = family === 4 ? 4 : 16;
  const words = size / 4;
  const ofFamily = [expr.meta('nfproto'), expr.equals(bytes.u8(NFPROTO[family]))];
  const port = (from: number): ReturnType<typeof expr.meta>[] => [
    expr.meta('l4proto', from),
    expr.payload('transport', PORT_OFFSET, 2, from + 1),
  ];
  const redirect = expr.redirect(family, REGISTER, REGISTER + words);
  return [
    newRule(table, 'ports', [
      ...ofFamily,
      expr.payload('network', DESTINATION[family], size),
      ...port(REGISTER + words),
      expr.mapped(MAPS[family].one),
      redirect,
    ]),
    newRule(table, 'ports', [...ofFamily, ...port(REGISTER), expr.mapped(MAPS[family].any), redirect]),
  ];
}

/** The chains, and by how much each is used in the frame: its rules, and the jumps to it. */
const CHAINS = { ports: 6, prerouting: 1, output: 2, postrouting: 4, forward: 4 } as const;

/**
 * The frame of the table, which never changes, made anew whatever is there of it: what comes and goes is elements of its sets and maps. Containers' packets to
 * the outside leave with the host's address; those for a published port of the host are led to its container, also from the
 * host itself, from its loopback, and from containers beside it.
 */
function frame(table: string): Buffer[] {
  const local = [expr.destinationType(), expr.equals(bytes.u32(RTN_LOCAL)), expr.jump('ports')];
  const toBridge = [expr.meta('oifname'), expr.isIn(BRIDGES)];
  const fromBridge = [expr.meta('iifname'), expr.isIn(BRIDGES)];
  return [
    newTable(table),
    newSet(table, BRIDGES, 1, ['ifname']),
    newSet(table, INTERNAL, 2, ['ifname']),
    newSet(table, MAPS[4].any, 3, ['inet_proto', 'inet_service'], ['ipv4_addr', 'inet_service']),
    newSet(table, MAPS[4].one, 4, ['ipv4_addr', 'inet_proto', 'inet_service'], ['ipv4_addr', 'inet_service']),
    newSet(table, MAPS[6].any, 5, ['inet_proto', 'inet_service'], ['ipv6_addr', 'inet_service']),
    newSet(table, MAPS[6].one, 6, ['ipv6_addr', 'inet_proto', 'inet_service'], ['ipv6_addr', 'inet_service']),
    newSet(table, WITHIN, 7, ['ifname', 'ifname']),
    newChain(table, 'ports'),
    newChain(table, 'prerouting', { type: 'nat', hook: 'prerouting', priority: -100 }),
    newChain(table, 'output', { type: 'nat', hook: 'output', priority: -100 }),
    newChain(table, 'postrouting', { type: 'nat', hook: 'postrouting', priority: 100 }),
    newChain(table, 'forward', { type: 'filter', hook: 'forward', priority: 0 }),
    delRules(table),
    ...portRules(table, 4),
    ...portRules(table, 6),
    newRule(table, 'prerouting', local),
    // The answer would be dropped where it comes in: monitors listen there.
    newRule(table, 'output', [
      expr.meta('nfproto'),
      expr.equals(bytes.u8(NFPROTO[6])),
      expr.payload('network', DESTINATION[6], LOOPBACK6_BYTES.length),
      expr.equals(LOOPBACK6_BYTES),
      expr.accept(),
    ]),
    newRule(table, 'output', local),
    newRule(table, 'postrouting', [
      ...fromBridge,
      expr.meta('oifname'),
      expr.isIn(BRIDGES, true),
      expr.masquerade(),
    ]),
    // The answer must come back here, where the destination was translated, and not go straight to a neighbour.
    newRule(table, 'postrouting', [...fromBridge, ...toBridge, ...expr.wasRedirected(), expr.masquerade()]),
    // Where br_netfilter keeps a packet on its bridge nothing tells here where it came from: it may go back to its sender, who
    // would not answer to itself. The host's own, which look the same, may well come from the bridge's address.
    newRule(table, 'postrouting', [
      ...toBridge,
      expr.meta('iif'),
      expr.equals(bytes.u32(0)),
      ...expr.wasRedirected(),
      expr.masquerade(),
    ]),
    // Nobody can answer to the loopback of another namespace.
    newRule(table, 'postrouting', [
      ...toBridge,
      expr.meta('nfproto'),
      expr.equals(bytes.u8(NFPROTO[4])),
      expr.payload('network', IPV4_SOURCE, 1),
      expr.equals(bytes.u8(LOOPBACK_OCTET)),
      expr.masquerade(),
    ]),
    // First: with br_netfilter also what a bridge passes on within its network comes by here.
    newRule(table, 'forward', [
      expr.meta('iifname'),
      expr.meta('oifname', REGISTER + NAME_REGISTERS),
      expr.isIn(WITHIN),
      expr.accept(),
    ]),
    newRule(table, 'forward', [expr.meta('iifname'), expr.isIn(INTERNAL), expr.drop()]),
    newRule(table, 'forward', [expr.meta('oifname'), expr.isIn(INTERNAL), expr.drop()]),
    // From one network into another leads nothing but a published port.
    newRule(table, 'forward', [...fromBridge, ...toBridge, ...expr.wasRedirected(true), expr.drop()]),
  ];
}

/** What to do where the kernel has no nftables, or not all of it. */
const MODULES = 'load the modules nf_tables, nft_nat, nft_masq and nft_fib_inet';
const ADVICE = {
  ENOTSUP: `the kernel has no nftables: ${MODULES}`,
  EINVAL: MODULES,
};
/** Where the table itself is there or is being made, what is not found is a kind of expression. */
const FRAME_ADVICE = { ...ADVICE, ENOENT: MODULES };

/** Whether the kernel has no nftables, and so no rules of anybody's. */
function isAbsent(error: unknown): boolean {
  return LibpodError.is(error, 'ERR_UNSUPPORTED') || hasErrno(error, 'EINVAL');
}

/** One published port as elements: which map, and what is in it. */
interface PortElement {
  readonly map: string;
  readonly element: SetElement;
}

/**
 * The rules of one store, in one nftables table of its own: nobody else's are touched.
 */
export class Firewall implements Disposable {
  readonly table: string;
  /** The bridges that this process has let through. */
  readonly #admitted = new Set<string>();
  #socket: Promise<NetlinkSocket> | undefined;

  constructor(table: string) {
    this.table = table;
  }

  #netlink(): Promise<NetlinkSocket> {
    return (this.#socket ??= NetlinkSocket.open('netfilter').catch((error: unknown) => {
      // Its module may be there the next time.
      this.#socket = undefined;
      if (!LibpodError.is(error, 'ERR_UNSUPPORTED')) throw error;
      throw new LibpodError(
        'ERR_UNSUPPORTED',
        `a network needs nftables, which the kernel does not have: ${MODULES}, or use the network host or none`,
        { cause: error },
      );
    }));
  }

  [Symbol.dispose](): void {
    void this.#socket?.then((socket) => socket[Symbol.dispose]());
    this.#socket = undefined;
  }

  /**
   * Makes the table unless it is there, mends it if somebody has taken a chain or a rule away, and lets the packets of a
   * bridge pass through it.
   */
  async admit(bridge: string, internal: boolean): Promise<void> {
    const netlink = await this.#netlink();
    const what = `let the bridge ${bridge} through the firewall table ${this.table}`;
    if (await this.#isWhole(netlink, what)) {
      if (this.#admitted.has(bridge)) return;
    } else {
      this.#admitted.clear();
      await netlink.talk(what, transaction(frame(this.table)), FRAME_ADVICE);
    }
    const elements = bridgeElements(bridge, internal).map(([set, key]) =>
      newElements(this.table, set, [{ key }], false),
    );
    await netlink.talk(what, transaction(elements), ADVICE);
    this.#admitted.add(bridge);
  }

  async #isWhole(netlink: NetlinkSocket, what: string): Promise<boolean> {
    const chains = Object.keys(CHAINS).map((name) => getChain(this.table, name));
    try {
      const found = await netlink.talk(what, chains, ADVICE);
      return chainUses(found).join() === Object.values(CHAINS).join();
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return false;
      throw error;
    }
  }

  /** What other programs' rules do to the packets that a network forwards: findObstacles. */
  async obstacles(network: BridgeNetwork): Promise<string[]> {
    return findObstacles(await this.#netlink(), this.table, network);
  }

  /** A socket to take things out of the table by; undefined where there is no table. */
  async #ofTable(): Promise<NetlinkSocket | undefined> {
    try {
      const netlink = await this.#netlink();
      await netlink.talk(`look for the firewall table ${this.table}`, [getTable(this.table)], ADVICE);
      return netlink;
    } catch (error) {
      if (hasErrno(error, 'ENOENT') || isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** The bridges that are let through. */
  async bridges(): Promise<string[]> {
    const netlink = await this.#ofTable();
    if (netlink === undefined) return [];
    const what = `list the bridges of the firewall table ${this.table}`;
    const all = elementsOf(await netlink.talk(what, [getElements(this.table, BRIDGES)]));
    return all.map(({ key }) => key.toString('utf8').replace(/\0.*$/s, ''));
  }

  /** Lets a bridge out of the sets; a table that is gone is fine. */
  async dismiss(bridge: string, internal: boolean): Promise<void> {
    this.#admitted.delete(bridge);
    const netlink = await this.#ofTable();
    if (netlink === undefined) return;
    for (const [set, key] of bridgeElements(bridge, internal)) {
      try {
        await netlink.talk(
          `forget the bridge ${bridge}`,
          transaction([delElements(this.table, set, [{ key }])]),
        );
      } catch (error) {
        if (!hasErrno(error, 'ENOENT')) throw error;
      }
    }
  }

  /**
   * The transaction that publishes ports, for a launch program; EEXIST says that another container has one.
   *
   * @param owner the container's ID, by which `sweep` finds what it left
   */
  publish(ports: readonly PortMapping[], addresses: readonly IpAddress[], owner: string): Buffer {
    const elements = portElements(ports, addresses, owner);
    return Buffer.concat(transaction(byMap(elements).map(([map, all]) => newElements(this.table, map, all))));
  }

  /** The transaction that takes them back. */
  withdraw(ports: readonly PortMapping[], addresses: readonly IpAddress[]): Buffer {
    const elements = portElements(ports, addresses).map(({ map, element: { key } }) => ({
      map,
      element: { key },
    }));
    return Buffer.concat(transaction(byMap(elements).map(([map, all]) => delElements(this.table, map, all))));
  }

  /** The container, another one, that has published one of these ports. */
  async publisherOf(
    ports: readonly PortMapping[],
    other: string,
  ): Promise<{ readonly port: PortMapping; readonly owner: string } | undefined> {
    const netlink = await this.#ofTable();
    if (netlink === undefined) return undefined;
    for (const { any, one } of Object.values(MAPS)) {
      for (const map of [any, one]) {
        const what = `look for published ports in the firewall table ${this.table}`;
        const all = elementsOf(await netlink.talk(what, [getElements(this.table, map)]));
        for (const { key, comment = '' } of all) {
          // The protocol and the port are the last two registers of a key.
          const protocol = key.readUInt8(key.length - 8);
          const number = key.readUInt16BE(key.length - 4);
          const port = ports.find(
            (asked) => PROTOCOLS[asked.protocol] === protocol && asked.hostPort === number,
          );
          if (port !== undefined && comment !== '' && comment !== other) return { port, owner: comment };
        }
      }
    }
    return undefined;
  }

  /** Carries a transaction out. @param what it does, as a sentence's end */
  async apply(what: string, messages: Buffer): Promise<void> {
    const netlink = await this.#netlink();
    await netlink.talk(what, [messages], ADVICE);
  }

  /** Takes away the ports of containers that are no more, or have let go of their addresses. @param stale asked for each owner */
  async sweep(stale: (owner: string) => boolean): Promise<void> {
    const netlink = await this.#ofTable();
    if (netlink === undefined) return;
    for (const map of Object.values(MAPS).flatMap(({ any, one }) => [any, one])) {
      const what = `sweep the firewall table ${this.table}`;
      const all = elementsOf(await netlink.talk(what, [getElements(this.table, map)]));
      const gone = all.filter(({ comment = '' }) => stale(comment)).map(({ key }) => ({ key }));
      // One by one: whoever removes a container may just be taking its own away.
      for (const element of gone) {
        try {
          await netlink.talk(what, transaction([delElements(this.table, map, [element])]));
        } catch (error) {
          if (!hasErrno(error, 'ENOENT')) throw error;
        }
      }
    }
  }
}

/** In which sets a bridge stands, and how. */
function bridgeElements(bridge: string, internal: boolean): [set: string, key: Buffer][] {
  const name = interfaceName(bridge);
  return [
    [BRIDGES, name],
    [WITHIN, Buffer.concat([name, name])],
    ...(internal ? [[INTERNAL, name] as [string, Buffer]] : []),
  ];
}

function portElements(
  ports: readonly PortMapping[],
  addresses: readonly IpAddress[],
  owner?: string,
): PortElement[] {
  return ports.flatMap(({ hostIP, hostPort, containerPort, protocol }) => {
    const host = hostIP === '' ? undefined : parseIp(hostIP);
    return addresses
      .filter(({ family }) => host === undefined || host.family === family)
      .map((address) => {
        const service = [bytes.u8(PROTOCOLS[protocol] ?? 0), bytes.be16(hostPort)];
        return {
          map: MAPS[address.family][host === undefined ? 'any' : 'one'],
          element: {
            key: host === undefined ? registers(...service) : registers(ipBytes(host), ...service),
            data: registers(ipBytes(address), bytes.be16(containerPort)),
            ...(owner !== undefined && { comment: owner }),
          },
        };
      });
  });
}

/** The length of an attribute of netlink has 16 bits: room for some 400 elements with their comments. */
const ELEMENTS_IN_MESSAGE = 256;

/** The elements by map, as many together as a message has room for. */
function byMap(elements: readonly PortElement[]): [string, SetElement[]][] {
  const parts: [string, SetElement[]][] = [];
  const open = new Map<string, SetElement[]>();
  for (const { map, element } of elements) {
    let part = open.get(map);
    if (part === undefined || part.length === ELEMENTS_IN_MESSAGE) {
      part = [];
      open.set(map, part);
      parts.push([map, part]);
    }
    part.push(element);
  }
  return parts;
}
