import {
  attributeList,
  bytes,
  decodeAttributes,
  encodeMessage,
  NLM_F,
  type Attribute,
  type NetlinkMessage,
} from './netlink.js';

/** The subsystem's number, and the messages of linux/netfilter/nf_tables.h. */
const NFNL_SUBSYS_NFTABLES = 10;
const BATCH = { begin: 0x10, end: 0x11 } as const;
export const MSG = {
  newTable: 0,
  getTable: 1,
  delTable: 2,
  newChain: 3,
  getChain: 4,
  newRule: 6,
  getRule: 7,
  delRule: 8,
  newSet: 9,
  getSet: 10,
  newElement: 12,
  getElement: 13,
  delElement: 14,
} as const;
export const NFPROTO_INET = 1;
/** The families of addresses in a table for both. */
export const NFPROTO = { 4: 2, 6: 10 } as const;

const MAKE = NLM_F.acknowledge | NLM_F.create;

function header(resource = 0, family = NFPROTO_INET): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt8(family, 0);
  body.writeUInt16BE(resource, 2);
  return body;
}

function message(type: number, flags: number, attributes: readonly Attribute[]): Buffer {
  return encodeMessage((NFNL_SUBSYS_NFTABLES << 8) | type, flags, header(), attributes);
}

/** Asks for all of one kind, in the tables of one family. @param family 0 for all */
export function dump(type: number, family: number, attributes: readonly Attribute[] = []): Buffer {
  return encodeMessage((NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F.dump, header(0, family), attributes);
}

/** Whether a message tells of one of a kind. */
export function isOf({ type }: NetlinkMessage, kind: number): boolean {
  return type === ((NFNL_SUBSYS_NFTABLES << 8) | kind);
}

/** Makes of messages one transaction: all of it happens, or nothing. */
export function transaction(messages: readonly Buffer[]): Buffer[] {
  return [
    encodeMessage(BATCH.begin, 0, header(NFNL_SUBSYS_NFTABLES)),
    ...messages,
    encodeMessage(BATCH.end, 0, header(NFNL_SUBSYS_NFTABLES)),
  ];
}

/** Makes a table for both families, unless it is there. */
export function newTable(name: string): Buffer {
  return message(MSG.newTable, MAKE, [[1, bytes.text(name)]]);
}

/** Asks for a table. */
export function getTable(name: string): Buffer {
  return message(MSG.getTable, NLM_F.acknowledge, [[1, bytes.text(name)]]);
}

/** Takes a table away, with all that is in it. */
export function delTable(name: string): Buffer {
  return message(MSG.delTable, NLM_F.acknowledge, [[1, bytes.text(name)]]);
}

/** Where a base chain hangs: the hooks of linux/netfilter.h, with the priorities of nft(8). */
export interface Hook {
  readonly type: 'nat' | 'filter';
  readonly hook: 'prerouting' | 'forward' | 'output' | 'postrouting';
  readonly priority: number;
}
export const HOOKS = { prerouting: 0, forward: 2, output: 3, postrouting: 4 } as const;

/** Makes a chain; without a hook it is one to jump to. */
export function newChain(table: string, name: string, at?: Hook): Buffer {
  return message(MSG.newChain, MAKE, [
    [1, bytes.text(table)],
    [3, bytes.text(name)],
    ...(at === undefined
      ? []
      : [
          [
            4,
            [
              [1, bytes.be32(HOOKS[at.hook])],
              [2, bytes.be32(at.priority)],
            ],
          ] as const,
          [7, bytes.text(at.type)] as const,
        ]),
  ]);
}

/** Asks for a chain. */
export function getChain(table: string, name: string): Buffer {
  return message(MSG.getChain, NLM_F.acknowledge, [
    [1, bytes.text(table)],
    [3, bytes.text(name)],
  ]);
}

/** By how much each of the chains among messages is used: its rules, and the jumps to it. */
export function chainUses(messages: readonly NetlinkMessage[]): number[] {
  const NFTA_CHAIN_USE = 6;
  return messages
    .filter((one) => isOf(one, MSG.newChain))
    .map(({ content }) => decodeAttributes(content.subarray(4)).get(NFTA_CHAIN_USE)?.readUInt32BE() ?? 0);
}

/** Takes all rules of a table away; its chains and sets stay. */
export function delRules(table: string): Buffer {
  return message(MSG.delRule, NLM_F.acknowledge, [[1, bytes.text(table)]]);
}

/** The kinds of data in sets, by nft's numbers, which only it looks at, and their size in registers. */
const KINDS = {
  ipv4_addr: { number: 7, size: 4 },
  ipv6_addr: { number: 8, size: 16 },
  inet_proto: { number: 12, size: 4 },
  inet_service: { number: 13, size: 4 },
  ifname: { number: 41, size: 16 },
} as const;
export type SetKind = keyof typeof KINDS;

const typeOf = (kinds: readonly SetKind[]): number =>
  kinds.reduce((all, kind) => (all << 6) | KINDS[kind].number, 0);
const sizeOf = (kinds: readonly SetKind[]): number => kinds.reduce((all, kind) => all + KINDS[kind].size, 0);

const NFT_SET_MAP = 0x8;

/** Tells nft(8) that keys are in the machine's byte order (libnftnl, udata.h: NFTNL_UDATA_SET_KEYBYTEORDER). */
const HOST_ORDER = Buffer.from([0, 4, 1, 0, 0, 0]);

/** Makes a set, or a map with data. @param id a number of its own in the transaction */
export function newSet(
  table: string,
  name: string,
  id: number,
  key: readonly SetKind[],
  data?: readonly SetKind[],
): Buffer {
  return message(MSG.newSet, MAKE, [
    [1, bytes.text(table)],
    [2, bytes.text(name)],
    [3, bytes.be32(data === undefined ? 0 : NFT_SET_MAP)],
    [4, bytes.be32(typeOf(key))],
    [5, bytes.be32(sizeOf(key))],
    ...(data === undefined
      ? []
      : ([
          [6, bytes.be32(typeOf(data))],
          [7, bytes.be32(sizeOf(data))],
        ] as const)),
    [10, bytes.be32(id)],
    [13, key.includes('ifname') ? HOST_ORDER : Buffer.alloc(0)],
  ]);
}

/** An element of a set or map: the parts of its key and data, each padded to whole registers, and words to know it by. */
export interface SetElement {
  readonly key: Buffer;
  readonly data?: Buffer | undefined;
  readonly comment?: string | undefined;
}

/** Parts of a key or of data, one behind the other as registers hold them. */
export function registers(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)])));
}

/** The name of an interface as a set holds it. */
export function interfaceName(name: string): Buffer {
  return Buffer.concat([Buffer.from(name), Buffer.alloc(16 - Buffer.byteLength(name))]);
}

/** nft(8) keeps comments as type, length, text with NUL (libnftnl, udata.h). */
const UDATA_COMMENT = 0;

function elementAttributes({ key, data, comment }: SetElement): Attribute {
  const text = comment === undefined ? undefined : bytes.text(comment);
  return [
    1,
    [
      [1, [[1, key]]],
      ...(data === undefined ? [] : ([[2, [[1, data]]]] as const)),
      ...(text === undefined
        ? []
        : ([[6, Buffer.concat([Buffer.from([UDATA_COMMENT, text.length]), text])]] as const)),
    ],
  ];
}

/** Puts elements into a set; none of them may be there, unless `exclusive` is false. */
export function newElements(
  table: string,
  set: string,
  elements: readonly SetElement[],
  exclusive = true,
): Buffer {
  return message(MSG.newElement, MAKE | (exclusive ? NLM_F.exclusive : 0), elementList(table, set, elements));
}

/** Takes elements out of a set. */
export function delElements(table: string, set: string, elements: readonly SetElement[]): Buffer {
  return message(MSG.delElement, NLM_F.acknowledge, elementList(table, set, elements));
}

function elementList(table: string, set: string, elements: readonly SetElement[]): Attribute[] {
  return [
    [1, bytes.text(table)],
    [2, bytes.text(set)],
    [3, elements.map(elementAttributes)],
  ];
}

/** Asks for the elements of a set. */
export function getElements(table: string, set: string): Buffer {
  return message(MSG.getElement, NLM_F.dump, [
    [1, bytes.text(table)],
    [2, bytes.text(set)],
  ]);
}

/** The elements among messages. */
export function elementsOf(messages: readonly NetlinkMessage[]): SetElement[] {
  return messages
    .filter((one) => isOf(one, MSG.newElement))
    .flatMap(({ content }) => attributeList(decodeAttributes(content.subarray(4)).get(3) ?? Buffer.alloc(0)))
    .flatMap(([, element]) => {
      const attributes = decodeAttributes(element);
      const value = (type: number): Buffer | undefined => {
        const data = attributes.get(type);
        return data === undefined ? undefined : decodeAttributes(data).get(1);
      };
      const key = value(1);
      const words = attributes.get(6);
      const comment =
        words?.[0] === UDATA_COMMENT ? words.toString('utf8', 2, 1 + (words[1] ?? 0)) : undefined;
      return key === undefined ? [] : [{ key, data: value(2), comment }];
    });
}

/** An expression of a rule: linux/netfilter/nf_tables.h has the attributes of each. */
export type Expression = Attribute;

function expression(name: string, attributes: readonly Attribute[]): Expression {
  return [
    1,
    [
      [1, bytes.text(name)],
      [2, attributes],
    ],
  ];
}

/** The first of the registers of four bytes (NFT_REG32_00); a longer value takes those behind it too. */
export const REGISTER = 8;

/** The expressions that rules here are made of. Values to compare with are in the order in which the register holds them. */
export const expr = {
  /** Loads what is known of the packet. */
  meta(key: 'iif' | 'iifname' | 'oifname' | 'nfproto' | 'l4proto', to = REGISTER): Expression {
    const KEYS = { iif: 4, iifname: 6, oifname: 7, nfproto: 15, l4proto: 16 };
    return expression('meta', [
      [1, bytes.be32(to)],
      [2, bytes.be32(KEYS[key])],
    ]);
  },
  /** Loads bytes of the packet's headers. */
  payload(base: 'network' | 'transport', offset: number, length: number, to = REGISTER): Expression {
    return expression('payload', [
      [1, bytes.be32(to)],
      [2, bytes.be32(base === 'network' ? 1 : 2)],
      [3, bytes.be32(offset)],
      [4, bytes.be32(length)],
    ]);
  },
  /** Loads what kind of address the destination is: 2 is one of this machine (RTN_LOCAL). */
  destinationType(to = REGISTER): Expression {
    return expression('fib', [
      [1, bytes.be32(to)],
      [2, bytes.be32(3)],
      [3, bytes.be32(2)],
    ]);
  },
  /** Goes on with the rule if the register holds this value. */
  equals(value: Buffer, from = REGISTER): Expression {
    return expression('cmp', [
      [1, bytes.be32(from)],
      [2, bytes.be32(0)],
      [3, [[1, value]]],
    ]);
  },
  /** Goes on with the rule if the connection's destination was translated (IPS_DST_NAT); or, inverted, if it was not. */
  wasRedirected(inverted = false, register = REGISTER): readonly Expression[] {
    const IPS_DST_NAT = 0x20;
    return [
      expression('ct', [
        [1, bytes.be32(register)],
        [2, bytes.be32(2)],
      ]),
      expression('bitwise', [
        [1, bytes.be32(register)],
        [2, bytes.be32(register)],
        [3, bytes.be32(4)],
        [4, [[1, bytes.u32(IPS_DST_NAT)]]],
        [5, [[1, bytes.u32(0)]]],
      ]),
      expression('cmp', [
        [1, bytes.be32(register)],
        [2, bytes.be32(inverted ? 0 : 1)],
        [3, [[1, bytes.u32(0)]]],
      ]),
    ];
  },
  /** Goes on with the rule if the set has the register's value; or, inverted, if it does not. */
  isIn(set: string, inverted = false, from = REGISTER): Expression {
    return expression('lookup', [
      [1, bytes.text(set)],
      [2, bytes.be32(from)],
      ...(inverted ? ([[5, bytes.be32(1)]] as const) : []),
    ]);
  },
  /** Loads what the map has for the register's value, or ends the rule. */
  mapped(map: string, from = REGISTER, to = REGISTER): Expression {
    return expression('lookup', [
      [1, bytes.text(map)],
      [2, bytes.be32(from)],
      [3, bytes.be32(to)],
    ]);
  },
  /** Gives the connection the destination in these registers. */
  redirect(family: 4 | 6, address: number, port: number): Expression {
    return expression('nat', [
      [1, bytes.be32(1)],
      [2, bytes.be32(NFPROTO[family])],
      [3, bytes.be32(address)],
      [5, bytes.be32(port)],
    ]);
  },
  /** Gives the connection the address of the interface that it leaves by as its source. */
  masquerade(): Expression {
    return expression('masq', []);
  },
  jump(chain: string): Expression {
    return verdict(-3, chain);
  },
  drop(): Expression {
    return verdict(0);
  },
  accept(): Expression {
    return verdict(1);
  },
} as const;

function verdict(code: number, chain?: string): Expression {
  return expression('immediate', [
    [1, bytes.be32(0)],
    [2, [[2, [[1, bytes.be32(code)], ...(chain === undefined ? [] : ([[2, bytes.text(chain)]] as const))]]]],
  ]);
}

/** Appends a rule to a chain. */
export function newRule(table: string, chain: string, expressions: readonly Expression[]): Buffer {
  return message(MSG.newRule, MAKE | NLM_F.append, [
    [1, bytes.text(table)],
    [2, bytes.text(chain)],
    [4, expressions],
  ]);
}
