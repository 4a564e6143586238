import { isIP } from 'node:net';

/** The highest port of TCP, UDP and SCTP. */
export const LAST_PORT = 65_535;

/** An address of IPv4 or IPv6: its family, and its value as a number. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** The bits of an address. */
export function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** Reads an address (RFC 4291, section 2.2); undefined for what is none, and for one with a zone. */
export function parseIp(text: string): IpAddress | undefined {
  const kind = text.includes('%') ? 0 : isIP(text);
  if (kind === 4) return { family: 4, value: BigInt(`0x${hexOfIpv4(text)}`) };
  if (kind !== 6) return undefined;
  // The last two groups may be written as an address of IPv4.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const hex = dotted === null ? '' : hexOfIpv4(dotted[2] ?? '');
  const groups = dotted === null ? text : `${dotted[1]}${hex.slice(0, 4)}:${hex.slice(4)}`;
  const [head = '', tail] = groups.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array<string>(8 - before.length - after.length).fill('0');
  const all = [...before, ...(tail === undefined ? [] : middle), ...after];
  return { family: 6, value: BigInt(`0x${all.map((group) => group.padStart(4, '0')).join('')}`) };
}

function hexOfIpv4(text: string): string {
  return text
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');
}

/** Writes an address; one of IPv6 in its short form (RFC 5952). */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) return [...ipBytes({ family, value })].join('.');
  const hex = value.toString(16).padStart(32, '0');
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0+(?=.)/, ''));
  const runs = [...groups.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)];
  const longest = runs.sort((a, b) => b[0].length - a[0].length || a.index - b.index)[0];
  if (longest === undefined) return groups.join(':');
  const text = groups.join(':');
  const short = `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length)}`;
  return short.replace(/:{3,}/g, '::');
}

/** The bytes of an address in the network's order. */
export function ipBytes({ family, value }: IpAddress): Buffer {
  return Buffer.from(value.toString(16).padStart(bitsOf(family) / 4, '0'), 'hex');
}

/** The address that bytes in the network's order are; undefined unless there are 4 or 16. */
export function ipOfBytes(data: Buffer): IpAddress | undefined {
  if (data.length !== 4 && data.length !== 16) return undefined;
  return { family: data.length === 4 ? 4 : 6, value: BigInt(`0x${data.toString('hex')}`) };
}

/** A range of addresses with a common prefix (RFC 4632). */
export class Subnet {
  readonly family: 4 | 6;
  readonly prefix: number;
  readonly #first: bigint;

  private constructor(family: 4 | 6, first: bigint, prefix: number) {
    this.family = family;
    this.prefix = prefix;
    this.#first = first;
  }

  /** That of an address with so long a prefix. */
  static of({ family, value }: IpAddress, prefix: number): Subnet {
    const host = BigInt(bitsOf(family) - prefix);
    return new Subnet(family, (value >> host) << host, prefix);
  }

  /** Reads `ADDRESS/PREFIX`; undefined for what is none. Bits of the address behind the prefix are cut off. */
  static parse(text: string): Subnet | undefined {
    const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
    const address = match === null ? undefined : parseIp(match[1] ?? '');
    const prefix = Number(match?.[2]);
    if (address === undefined || prefix > bitsOf(address.family)) return undefined;
    return Subnet.of(address, prefix);
  }

  /** How many addresses there are in it. */
  get size(): bigint {
    return 1n << BigInt(bitsOf(this.family) - this.prefix);
  }

  /** The address so far from the first. */
  at(offset: bigint): IpAddress {
    return { family: this.family, value: this.#first + offset };
  }

  /** How far an address is from the first; undefined if it is not in it. */
  offsetOf(address: IpAddress): bigint | undefined {
    const offset = address.value - this.#first;
    return address.family === this.family && offset >= 0n && offset < this.size ? offset : undefined;
  }

  /** Whether some address is in both. */
  overlaps(other: Subnet): boolean {
    return this.offsetOf(other.at(0n)) !== undefined || other.offsetOf(this.at(0n)) !== undefined;
  }

  toString(): string {
    return `${formatIp(this.at(0n))}/${this.prefix}`;
  }
}

/** Addresses in a row. */
export interface IpRange {
  /** How many there are. */
  readonly size: bigint;
  /** The address so far from the first. */
  at(offset: bigint): IpAddress;
  /** How far an address is from the first; undefined if it is not among them. */
  offsetOf(address: IpAddress): bigint | undefined;
  toString(): string;
}

/** Reads `ADDRESS/PREFIX` or `FIRST-LAST`; undefined for what is none. */
export function parseRange(text: string): IpRange | undefined {
  const ends = text.split('-');
  if (ends.length === 1) return Subnet.parse(text);
  const [first, last] = ends.map(parseIp);
  if (first === undefined || last === undefined || ends.length > 2) return undefined;
  const size = last.value - first.value + 1n;
  if (first.family !== last.family || size < 1n) return undefined;
  return {
    size,
    at: (offset) => ({ family: first.family, value: first.value + offset }),
    offsetOf: ({ family, value }) => {
      const offset = value - first.value;
      return family === first.family && offset >= 0n && offset < size ? offset : undefined;
    },
    toString: () => `${formatIp(first)}-${formatIp(last)}`,
  };
}
