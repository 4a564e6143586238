import { isFailure } from '../../base/errno.js';
import { Mutex } from '../../base/mutex.js';
import { addon } from '../../native/index.js';
import { Descriptor } from '../files/descriptor.js';
import { inside } from '../namespaces/inside.js';
import { kernelError, type Advice } from '../kernel-error.js';
import type { Namespace } from '../namespaces/namespace.js';

/** The protocols of netlink that are spoken here (netlink(7)). */
export const NETLINK = { route: 0, netfilter: 12 } as const;
export type NetlinkProtocol = keyof typeof NETLINK;

/** Flags of a message (netlink(7), "Standard flag bits"). */
export const NLM_F = {
  request: 0x1,
  acknowledge: 0x4,
  /** Of a request for all there is. */
  dump: 0x300,
  /** Of a request that makes something: fail if it is there; replace it; make it if it is not. */
  exclusive: 0x200,
  replace: 0x100,
  create: 0x400,
  append: 0x800,
} as const;

const HEADER = 16;
const ATTRIBUTE_HEADER = 4;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

const AF_NETLINK = 16;
const SOCK_RAW = 3;

/** An attribute: its type, and its bytes or the attributes in it (netlink(7), "rtattr"; linux/netlink.h, "nlattr"). */
export type Attribute = readonly [type: number, value: Buffer | readonly Attribute[]];

/** Numbers and text as attributes carry them: those of the kernel's own order for routes, of the network's for netfilter. */
export const bytes = {
  u8: (value: number): Buffer => Buffer.from([value]),
  u16: (value: number): Buffer => {
    const data = Buffer.alloc(2);
    data.writeUInt16LE(value);
    return data;
  },
  u32: (value: number): Buffer => {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(value);
    return data;
  },
  be16: (value: number): Buffer => {
    const data = Buffer.alloc(2);
    data.writeUInt16BE(value);
    return data;
  },
  be32: (value: number): Buffer => {
    const data = Buffer.alloc(4);
    data.writeUInt32BE(value >>> 0);
    return data;
  },
  /** With the NUL that ends it. */
  text: (value: string): Buffer => Buffer.from(`${value}\0`),
} as const;

const align = (size: number): number => (size + 3) & ~3;

function padded(data: Buffer): Buffer {
  return data.length === align(data.length)
    ? data
    : Buffer.concat([data, Buffer.alloc(align(data.length) - data.length)]);
}

/** Lays attributes out one behind the other. */
export function encodeAttributes(attributes: readonly Attribute[]): Buffer {
  return Buffer.concat(
    attributes.map(([type, value]) => {
      const nested = !Buffer.isBuffer(value);
      const content = nested ? encodeAttributes(value) : value;
      const header = Buffer.alloc(ATTRIBUTE_HEADER);
      header.writeUInt16LE(ATTRIBUTE_HEADER + content.length, 0);
      header.writeUInt16LE(nested ? type | NESTED : type, 2);
      return padded(Buffer.concat([header, content]));
    }),
  );
}

/** Lays a message out: its header, what comes first in its family, and its attributes. */
export function encodeMessage(
  type: number,
  flags: number,
  body: Buffer,
  attributes: readonly Attribute[] = [],
): Buffer {
  const content = Buffer.concat([padded(body), encodeAttributes(attributes)]);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(HEADER + content.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags | NLM_F.request, 6);
  return padded(Buffer.concat([header, content]));
}

/** A message that the kernel sent. */
export interface NetlinkMessage {
  readonly type: number;
  /** All behind the header. */
  readonly content: Buffer;
}

/** Takes messages apart; what is cut short is left out. */
export function* decodeMessages(data: Buffer): Generator<NetlinkMessage> {
  for (let at = 0; at + HEADER <= data.length;) {
    const length = data.readUInt32LE(at);
    if (length < HEADER || at + length > data.length) return;
    yield { type: data.readUInt16LE(at + 4), content: data.subarray(at + HEADER, at + length) };
    at += align(length);
  }
}

/** Takes attributes apart: the last of each type; what is cut short is left out. */
export function decodeAttributes(data: Buffer): Map<number, Buffer> {
  return new Map(attributeList(data));
}

/** The same for lists, in which one type comes again and again. */
export function attributeList(data: Buffer): [type: number, value: Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 0; at + ATTRIBUTE_HEADER <= data.length;) {
    const length = data.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER || at + length > data.length) break;
    found.push([data.readUInt16LE(at + 2) & TYPE_MASK, data.subarray(at + ATTRIBUTE_HEADER, at + length)]);
    at += align(length);
  }
  return found;
}

/**
 * A netlink socket in a network namespace; it stays that namespace's wherever it is used from.
 *
 *     using netlink = await NetlinkSocket.open('route', namespace);
 */
export class NetlinkSocket implements Disposable {
  readonly #protocol: NetlinkProtocol;
  readonly #descriptor: Descriptor;
  readonly #turn = new Mutex();

  private constructor(protocol: NetlinkProtocol, descriptor: Descriptor) {
    this.#protocol = protocol;
    this.#descriptor = descriptor;
  }

  /**
   * Opens one.
   *
   * @param namespace that of this process unless given
   * @throws LibpodError ERR_UNSUPPORTED where the kernel does not speak the protocol
   */
  static async open(protocol: NetlinkProtocol, namespace?: Namespace): Promise<NetlinkSocket> {
    const within = namespace === undefined ? inside() : inside(namespace);
    const fd = await within.socket({ domain: AF_NETLINK, type: SOCK_RAW, protocol: NETLINK[protocol] });
    return new NetlinkSocket(protocol, new Descriptor(fd));
  }

  /**
   * Sends messages, and waits until each is acknowledged; the first that the kernel refuses is the error. Those of netfilter
   * are one transaction: all or none.
   *
   * @param what what they do, as a sentence's end: `make the bridge libpod0`
   * @returns what came in answer, beside the acknowledgements
   * @throws LibpodError
   */
  async talk(what: string, messages: readonly Buffer[], advice?: Advice): Promise<NetlinkMessage[]> {
    // One at a time: who shares the socket would read each other's answers.
    const release = await this.#turn.acquire();
    const answer = await Promise.resolve(
      addon.netlink(this.#descriptor.fd, this.#protocol === 'netfilter', Buffer.concat(messages)),
    ).finally(release);
    if (isFailure(answer)) throw kernelError(what, answer, advice);
    return [...decodeMessages(answer)];
  }

  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }
}
