import { readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { formatIp, parseIp, parseRange, Subnet, type IpAddress, type IpRange } from '../base/ip.js';
import { makeDirectories } from '../base/make-directories.js';
import type { NetworkConfig, NetworkSubnet } from './config.js';

/** An address that a container has: a symbolic link of this name to the container's ID, in the network's directory. */
export interface Lease {
  readonly path: string;
  readonly address: IpAddress;
  readonly prefix: number;
}

/** The link to the address that was given out last, so that one that was just given back is not given out at once. */
const LAST = '.last';

/** Where a link leads; undefined if there is none, and '' for something else in its place, which no engine has made. */
function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EINVAL') return '';
    throw error;
  }
}

/** Takes away what is there in place of a link. */
function clear(file: string): void {
  rmSync(file, { force: true, recursive: true });
}

/**
 * The addresses of networks that containers have. symlink(2) makes one of a name, so that no address is given twice;
 * whoever looks for a free one holds the lock of the networks.
 */
export class Leases {
  readonly #directory: string;
  readonly #reclaim: (owner: string) => Promise<boolean>;

  /**
   * @param directory of this boot
   * @param reclaim asked for an owner that may be dead: takes back all that leads to its addresses, and answers true, or
   *   false if it lives
   */
  constructor(directory: string, reclaim: (owner: string) => Promise<boolean>) {
    this.#directory = directory;
    this.#reclaim = reclaim;
  }

  /** The addresses that are given out, with the IDs of their containers. */
  list(network: string): { readonly address: string; readonly owner: string }[] {
    try {
      return readdirSync(path.join(this.#directory, network))
        .filter((name) => !name.startsWith(LAST))
        .map((address) => ({ address, owner: readLink(path.join(this.#directory, network, address)) ?? '' }))
        .filter(({ owner }) => isId(owner));
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw error;
    }
  }

  /**
   * Takes an address of each subnet for a container, under the lock of the networks.
   *
   * @param wanted static addresses, at most one of a family
   * @throws LibpodError ERR_INVALID_ARGUMENT for an address that the network does not have, ERR_ADDRESS_IN_USE,
   *   ERR_NO_ADDRESS if all are given out; none is taken then
   */
  async take(network: NetworkConfig, owner: string, wanted: readonly IpAddress[]): Promise<Lease[]> {
    const ranges = network.subnets.map((subnet) => ({
      ...subnet,
      range: Subnet.parse(subnet.subnet) as Subnet,
    }));
    for (const address of wanted)
      if (!ranges.some(({ range }) => range.offsetOf(address) !== undefined))
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `address ${formatIp(address)} is not in network ${network.name}, which has ${network.subnets.map(({ subnet }) => subnet).join(' and ')}`,
        );
    this.#makeDirectory(path.join(this.#directory, network.name));
    const taken: Lease[] = [];
    try {
      for (const subnet of ranges) {
        const fixed = wanted.find((address) => subnet.range.offsetOf(address) !== undefined);
        taken.push(
          await (fixed === undefined
            ? this.#any(network, subnet, owner)
            : this.#fixed(network, subnet, owner, fixed)),
        );
      }
      return taken;
    } catch (error) {
      for (const lease of taken) this.release(lease, owner);
      throw error;
    }
  }

  #makeDirectory(directory: string): void {
    try {
      makeDirectories(directory, 0o700);
    } catch (error) {
      if (nodeErrorCode(error) !== 'EEXIST') throw error;
      clear(directory);
      makeDirectories(directory, 0o700);
    }
  }

  /** Gives an address back, unless it is somebody else's by now. */
  release({ path: file }: Pick<Lease, 'path'>, owner: string): void {
    if (readLink(file) === owner) rmSync(file, { force: true });
  }

  /** The same by its name. */
  giveBack(network: string, address: string, owner: string): void {
    this.release({ path: path.join(this.#directory, network, address) }, owner);
  }

  /** Forgets a network's. */
  forget(network: string): void {
    rmSync(path.join(this.#directory, network), { recursive: true, force: true });
  }

  /** Whether the address is the container's now. */
  async #claim(file: string, owner: string): Promise<boolean> {
    for (;;) {
      try {
        symlinkSync(owner, file);
        return true;
      } catch (error) {
        if (nodeErrorCode(error) !== 'EEXIST') throw error;
      }
      const holder = readLink(file);
      if (holder === undefined) continue;
      if (holder === owner) return true;
      if (!isId(holder)) {
        clear(file);
        continue;
      }
      if (!(await this.#reclaim(holder))) return false;
      this.release({ path: file }, holder);
    }
  }

  async #fixed(
    { name }: NetworkConfig,
    { range, gateway }: NetworkSubnet & { readonly range: Subnet },
    owner: string,
    address: IpAddress,
  ): Promise<Lease> {
    const text = formatIp(address);
    const offset = range.offsetOf(address);
    const file = path.join(this.#directory, name, text);
    if (text === gateway || offset === 0n || (range.family === 4 && offset === range.size - 1n))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `address ${text} of network ${name} is no container's to have`,
      );
    if (!(await this.#claim(file, owner)))
      throw new LibpodError(
        'ERR_ADDRESS_IN_USE',
        `address ${text} of network ${name} is in use by container ${readLink(file) ?? ''}: stop it or choose another address`,
      );
    return { path: file, address, prefix: range.prefix };
  }

  async #any(
    { name }: NetworkConfig,
    { range, gateway, subnet, ipRange }: NetworkSubnet & { readonly range: Subnet },
    owner: string,
  ): Promise<Lease> {
    const directory = path.join(this.#directory, name);
    const part = ipRange === undefined ? range : (parseRange(ipRange) as IpRange);
    const end = part.size;
    // No host's: the subnet's own address, and the last of IPv4, which is everybody's.
    const nobodys = [range.at(0n), ...(range.family === 4 ? [range.at(range.size - 1n)] : [])];
    const passed = new Set([gateway, ...nobodys.map(formatIp)]);
    const lastFile = path.join(directory, `${LAST}${range.family}`);
    const last = parseIp(readLink(lastFile) ?? '');
    const start = (last && part.offsetOf(last)) ?? -1n;
    // Those that are given out are passed over without asking, and asked for only when there is no other.
    const held = new Set(this.list(name).map(({ address }) => address));
    for (const mayAsk of [false, true]) {
      for (let step = 1n; step <= end && step <= BigInt(held.size + passed.size) + 1n; step++) {
        const offset = (start + step) % end;
        const address = part.at(offset);
        const text = formatIp(address);
        if (passed.has(text) || (!mayAsk && held.has(text))) continue;
        const file = path.join(directory, text);
        if (!(await this.#claim(file, owner))) continue;
        clear(lastFile);
        symlinkSync(text, lastFile);
        return { path: file, address, prefix: range.prefix };
      }
    }
    throw new LibpodError(
      'ERR_NO_ADDRESS',
      `no address is free in ${ipRange === undefined ? `subnet ${subnet}` : `range ${ipRange}`} of network ${name}: stop a container or make a network with more addresses`,
    );
  }
}
