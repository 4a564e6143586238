import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { formatIp, Subnet, type IpAddress } from '../base/ip.js';
import { makeDirectories } from '../base/make-directories.js';
import { warn } from '../base/warnings.js';
import { FileLock } from '../linux/files/file-lock.js';
import { NetlinkSocket } from '../linux/network/netlink.js';
import { getLink, getRoutes, linksOf, routesOf } from '../linux/network/rtnetlink.js';
import { bringUpBridge, takeDownBridge } from './bridge.js';
import {
  checkDnsServers,
  checkNetworkOptions,
  checkRoutes,
  LINK_MODES,
  networkId,
  NETWORK_VERSION,
  type BridgeNetwork,
  type NetworkChanges,
  type NetworkConfig,
  type NetworkOptions,
  type NetworkSubnet,
} from './config.js';
import { CniNetworks, type CniOptions } from './cni/cni-networks.js';
import { Firewall } from './firewall.js';
import { HostsFiles, type HostLine } from './hosts-files.js';
import { Leases, type Lease } from './leases.js';
import type { LiveNetwork } from './live-network.js';
import { readNetwork } from './record.js';
import { defaultParent, findParent } from './parent.js';

/** The network that containers are in which ask for a bridge and name none. */
export const DEFAULT_NETWORK = 'libpod';

/** So many digits of an ID stand for it where networks are listed. */
const SHOWN_DIGITS = 12;

/** Where free subnets are looked for: not where podman and docker look, beside which this works. */
const DEFAULT_POOL = Array.from({ length: 8 }, (_, index) => `10.${100 + index}.0.0/16`);
const POOL = Array.from({ length: 2048 }, (_, index) => `10.${108 + (index >> 8)}.${index & 255}.0/24`);

/** Where a store keeps its networks. */
export interface NetworkPaths {
  /** Survives a reboot. */
  readonly networks: string;
  /** This boot's. */
  readonly runNetworks: string;
  /** The store's own name among others on the machine. */
  readonly tag: string;
}

/**
 * The networks of a store: their records, bridges, addresses and rules. A record is a file of the network's name, which
 * appears by link(2), so that a name is nobody else's.
 */
export class Networks implements Disposable {
  readonly firewall: Firewall;
  readonly leases: Leases;
  readonly hosts: HostsFiles;
  readonly cni: CniNetworks;
  readonly #paths: NetworkPaths;
  /** The networks of which this process has said what is in their way. */
  readonly #lookedAt = new Set<string>();
  #route: Promise<NetlinkSocket> | undefined;

  /** @param isLive whether the container with this ID still holds what it was given */
  constructor(paths: NetworkPaths, isLive: (containerId: string) => boolean, cni: CniOptions = {}) {
    this.#paths = paths;
    this.cni = new CniNetworks(
      cni,
      path.join(paths.networks, '.cni'),
      path.join(paths.runNetworks, '.namespaces'),
    );
    this.firewall = new Firewall(`libpod_${paths.tag}`);
    this.hosts = new HostsFiles(path.join(paths.runNetworks, '.hosts'));
    this.leases = new Leases(paths.runNetworks, async (owner) => {
      if (isLive(owner)) return false;
      // Before its address is another's, or its ports and names would lead to a stranger.
      await this.firewall.sweep((found) => found === owner);
      this.hosts.forget(owner);
      return true;
    });
  }

  #file(name: string): string {
    return path.join(this.#paths.networks, `${name}.json`);
  }

  /** Runs a function while no other engine changes networks or looks for addresses. */
  async #locked<T>(run: () => Promise<T>): Promise<T> {
    const file = path.join(this.#paths.runNetworks, '.lock');
    makeDirectories(this.#paths.runNetworks, 0o700);
    writeFileSync(file, '', { flag: 'a', mode: 0o600 });
    using _lock = await FileLock.acquire(file);
    return await run();
  }

  /** The names of all networks, sorted. */
  names(): string[] {
    try {
      return readdirSync(this.#paths.networks)
        .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
        .map((name) => name.slice(0, -'.json'.length))
        .sort();
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /**
   * All networks, by name: those of the store, and those of plugins that do not bear one of their names. One whose record
   * cannot be read is left out; whoever asks for it by its name is told.
   */
  list(): NetworkConfig[] {
    const own = this.names();
    const others = this.cni.list().filter(({ name }) => !own.includes(name));
    const all = [...own.flatMap((name) => this.#readable(name) ?? []), ...others];
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #readable(name: string): NetworkConfig | undefined {
    try {
      return this.find(name);
    } catch (error) {
      if (LibpodError.is(error, 'ERR_RECORD_DAMAGED') || LibpodError.is(error, 'ERR_RECORD_NEWER'))
        return undefined;
      throw error;
    }
  }

  /**
   * The name of the network with this name or ID, or whose ID alone begins so; what was given if there is none. Names win.
   *
   * @throws LibpodError ERR_AMBIGUOUS
   */
  nameOf(nameOrId: string): string {
    const own = this.names();
    if (!/^[0-9a-f]{1,64}$/.test(nameOrId) || own.includes(nameOrId)) return nameOrId;
    const all = new Set([...own, ...this.cni.list().map(({ name }) => name)]);
    if (all.has(nameOrId)) return nameOrId;
    const found = [...all].filter((name) => networkId(name).startsWith(nameOrId));
    if (found.length > 1)
      throw new LibpodError(
        'ERR_AMBIGUOUS',
        `more than one network has an ID that starts with ${nameOrId}: give more digits`,
      );
    return found[0] ?? nameOrId;
  }

  /**
   * A network; undefined if there is none.
   *
   * @throws LibpodError ERR_RECORD_DAMAGED, ERR_RECORD_NEWER; ERR_CNI if it is of plugins, and its configuration cannot be read
   */
  find(name: string): NetworkConfig | undefined {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return undefined;
    return readNetwork(this.#file(name), name) ?? this.cni.find(name);
  }

  /**
   * The same, which must be there. The default network is made when it is first asked for.
   *
   * @throws LibpodError ERR_NO_SUCH_NETWORK
   */
  async get(name: string): Promise<NetworkConfig> {
    const found = this.find(name);
    if (found !== undefined) return found;
    if (name !== DEFAULT_NETWORK)
      throw new LibpodError(
        'ERR_NO_SUCH_NETWORK',
        `there is no network ${JSON.stringify(name)}: network not found`,
      );
    return this.#locked(async () => this.find(name) ?? (await this.#make({ name }, DEFAULT_POOL)));
  }

  /**
   * Makes a network. Its bridge is made when a container needs it.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_INVALID_NAME, ERR_NAME_IN_USE
   */
  create(options: NetworkOptions): Promise<NetworkConfig> {
    checkNetworkOptions(options);
    return this.#locked(() => this.#make({ ...options, name: options.name ?? this.#freeName() }, POOL));
  }

  #freeName(): string {
    let index = 1;
    while (this.find(`libpod${index}`) !== undefined) index++;
    return `libpod${index}`;
  }

  async #make(
    options: NetworkOptions & { readonly name: string },
    pool: readonly string[],
  ): Promise<NetworkConfig> {
    const { name } = options;
    const { subnets: asked } = checkNetworkOptions(options);
    if (this.find(name) !== undefined)
      throw new LibpodError('ERR_NAME_IN_USE', `network name ${name} is already used: choose another`);
    const others = this.list();
    this.#requireTellable(name);
    const used = others.flatMap((other) =>
      other.subnets.map(({ subnet }) => ({ subnet, by: `network ${other.name}` })),
    );
    for (const { subnet } of asked) {
      const clash = used.find((one) => Subnet.parse(one.subnet)?.overlaps(Subnet.parse(subnet) as Subnet));
      if (clash !== undefined)
        throw new LibpodError(
          'ERR_ADDRESS_IN_USE',
          `subnet ${subnet} overlaps ${clash.subnet} of ${clash.by}: choose another`,
        );
    }
    const subnets = [...asked];
    const common = {
      version: NETWORK_VERSION,
      name,
      subnets,
      internal: options.internal ?? false,
      ...(options.mtu !== undefined && { mtu: options.mtu }),
      ...(options.names === false && { names: false }),
      ...(options.dnsServers?.length && { dnsServers: [...options.dnsServers] }),
      ...(options.defaultRoute === false && { defaultRoute: false }),
      ...(options.metric !== undefined && { metric: options.metric }),
      labels: { ...options.labels },
      createdTime: new Date().toISOString(),
    } as const;
    const { driver = 'bridge' } = options;
    if (driver !== 'bridge') {
      const netlink = await this.#netlink();
      const parent = options.parent ?? (await defaultParent(netlink, name));
      await findParent(netlink, name, parent);
      return this.#publish({
        ...common,
        ...routesOver(options, subnets),
        driver,
        parent,
        mode: options.mode ?? LINK_MODES[driver][0],
      });
    }
    if (asked.length === 0)
      subnets.push(
        await this.#freeSubnet(
          used.map(({ subnet }) => subnet),
          pool,
        ),
      );
    if (options.ipv6 === true && !subnets.some(({ subnet }) => Subnet.parse(subnet)?.family === 6))
      subnets.push(randomSubnet6());
    return this.#publish({
      ...common,
      ...routesOver(options, subnets),
      ...(options.vlan !== undefined && { vlan: options.vlan }),
      driver,
      bridge: await this.#bridgeName(options.interfaceName, others),
    });
  }

  /** Refuses a name that is the ID of another network, or what `network ls` shows of it: one would be taken for the other. */
  #requireTellable(name: string): void {
    const others = [...this.names(), ...this.cni.list().map((other) => other.name)];
    const mistaken = (word: string, id: string): boolean =>
      word.length >= SHOWN_DIGITS && id.startsWith(word);
    const other = others.find((one) => mistaken(name, networkId(one)) || mistaken(one, networkId(name)));
    if (other !== undefined)
      throw new LibpodError(
        'ERR_NAME_IN_USE',
        mistaken(name, networkId(other))
          ? `network name ${name} is the ID of network ${other}: choose another`
          : `the ID of a network ${name} would be the name of network ${other}: choose another name`,
      );
  }

  /**
   * Changes the name servers of a network, for containers that start from now on.
   *
   * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_NETWORK
   */
  async update(
    name: string,
    { addDnsServers = [], dropDnsServers = [] }: NetworkChanges,
  ): Promise<NetworkConfig> {
    checkDnsServers([...addDnsServers, ...dropDnsServers]);
    return this.#locked(async () => {
      const config = await this.get(name);
      if (config.driver === 'cni')
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `network ${name} is configured by ${config.file}: change that file`,
        );
      const before = config.dnsServers ?? [];
      const absent = dropDnsServers.find((server) => !before.includes(server));
      if (absent !== undefined)
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `network ${name} does not have the name server ${absent}`,
        );
      const dnsServers = [
        ...new Set([...before.filter((server) => !dropDnsServers.includes(server)), ...addDnsServers]),
      ];
      const changed = { ...config, dnsServers };
      const temporary = path.join(this.#paths.networks, `.${name}.${process.pid}`);
      try {
        writeFileSync(temporary, `${JSON.stringify(changed)}\n`, { mode: 0o600, flush: true });
        renameSync(temporary, this.#file(name));
      } catch (error) {
        rmSync(temporary, { force: true });
        throw fileError(`record network ${name}`, error);
      }
      return changed;
    });
  }

  /** Takes away what was being written when its writer was killed: whoever writes a record holds the lock. */
  #clearUnfinished(): void {
    const { networks } = this.#paths;
    for (const name of readdirSync(networks))
      if (/^\..+\.\d+$/.test(name)) rmSync(path.join(networks, name), { force: true });
  }

  #publish(config: NetworkConfig): NetworkConfig {
    const temporary = path.join(this.#paths.networks, `.${config.name}.${process.pid}`);
    try {
      makeDirectories(this.#paths.networks, 0o700);
      this.#clearUnfinished();
      writeFileSync(temporary, `${JSON.stringify(config)}\n`, { mode: 0o600, flush: true });
      linkSync(temporary, this.#file(config.name));
      return config;
    } catch (error) {
      if (nodeErrorCode(error) === 'EEXIST')
        throw new LibpodError(
          'ERR_NAME_IN_USE',
          `network name ${config.name} is already used: choose another`,
        );
      throw fileError(`record network ${config.name}`, error);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** The first subnet that no network has and no route of the host leads to. */
  async #freeSubnet(used: readonly string[], pool: readonly string[]): Promise<NetworkSubnet> {
    const netlink = await this.#netlink();
    const routes = routesOf(await netlink.talk('list the routes of the host', [getRoutes(4)]));
    const taken = [...used, ...routes.map(({ destination }) => destination)]
      .flatMap((text) => Subnet.parse(text) ?? [])
      .filter(({ prefix }) => prefix > 0);
    for (const subnet of pool) {
      const range = Subnet.parse(subnet) as Subnet;
      if (!taken.some((other) => other.overlaps(range))) return { subnet, gateway: formatIp(range.at(1n)) };
    }
    throw new LibpodError('ERR_NO_ADDRESS', 'no subnet is free for another network: give one');
  }

  async #bridgeName(asked: string | undefined, others: readonly NetworkConfig[]): Promise<string> {
    const netlink = await this.#netlink();
    const links = linksOf(await netlink.talk('list the interfaces of the host', [getLink()])).map(
      ({ name }) => name,
    );
    const taken = new Set([
      ...links,
      ...others.flatMap((other) => (other.driver === 'bridge' ? other.bridge : [])),
    ]);
    if (asked !== undefined) {
      if (taken.has(asked))
        throw new LibpodError(
          'ERR_NAME_IN_USE',
          `interface name ${asked} is in use on the host: choose another`,
        );
      return asked;
    }
    let index = 0;
    while (taken.has(`libpod${index}`)) index++;
    return `libpod${index}`;
  }

  /**
   * Removes a network that no container has an address in: its bridge, its place in the rules, and its record, also a damaged
   * one.
   *
   * @throws LibpodError ERR_NO_SUCH_NETWORK, ERR_NETWORK_IN_USE
   */
  async remove(name: string, isLive: (containerId: string) => boolean): Promise<void> {
    await this.#locked(async () => {
      const config = this.#findDamaged(name);
      if (config === undefined)
        throw new LibpodError(
          'ERR_NO_SUCH_NETWORK',
          `there is no network ${JSON.stringify(name)}: network not found`,
        );
      if (config !== 'damaged' && config.driver === 'cni')
        throw new LibpodError(
          'ERR_INVALID_ARGUMENT',
          `network ${name} is configured by ${config.file}: remove that file`,
        );
      const user = this.leases.list(name).find(({ owner }) => isLive(owner));
      if (user !== undefined)
        throw new LibpodError(
          'ERR_NETWORK_IN_USE',
          `network ${name} is in use by container ${user.owner}: remove that container first, or use force`,
        );
      const owners = new Set(this.leases.list(name).map(({ owner }) => owner));
      await this.firewall.sweep((owner) => owners.has(owner));
      // The record last: a network of which a crash has left it can be removed again, a bridge without one by nobody.
      if (config === 'damaged') await this.#takeDownStrays(name);
      else await this.#takeDown(config);
      this.leases.forget(name);
      rmSync(this.#file(name), { force: true, recursive: true });
      this.#clearUnfinished();
    });
  }

  #findDamaged(name: string): NetworkConfig | 'damaged' | undefined {
    try {
      return this.find(name);
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_RECORD_DAMAGED')) throw error;
      return 'damaged';
    }
  }

  /** The bridge of a damaged record is one that no other record names, which is known when all others can be read. */
  async #takeDownStrays(name: string): Promise<void> {
    const others = this.names().filter((other) => other !== name);
    const known = others.flatMap((other) => this.#readable(other) ?? []);
    if (known.length < others.length) return;
    const bridges = new Set(known.flatMap((one) => (one.driver === 'bridge' ? one.bridge : [])));
    for (const bridge of await this.firewall.bridges()) {
      if (bridges.has(bridge)) continue;
      await takeDownBridge(await this.#netlink(), bridge);
      await this.firewall.dismiss(bridge, true);
    }
  }

  async #takeDown(config: NetworkConfig): Promise<void> {
    if (config.driver !== 'bridge') return;
    await takeDownBridge(await this.#netlink(), config.bridge);
    await this.firewall.dismiss(config.bridge, config.internal);
  }

  /**
   * The network, with its bridge up and its packets let through, or with its parent found.
   *
   * @throws LibpodError ERR_NO_SUCH_INTERFACE if the parent is gone
   */
  async bringUp(config: NetworkConfig): Promise<LiveNetwork> {
    if (config.driver === 'cni')
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `network ${config.name} is for its CNI plugins to bring up`,
      );
    const netlink = await this.#netlink();
    if (config.driver !== 'bridge') {
      const { index, mac } = await findParent(netlink, config.name, config.parent);
      return { config, link: index, mac };
    }
    // First what a kernel may not have, so that nothing is left of a network that cannot be.
    await this.firewall.admit(config.bridge, config.internal);
    await this.#tellObstacles(config);
    const link = await bringUpBridge(netlink, config, (run) => this.#locked(run));
    return { config, link };
  }

  /** Warns, once in a process, of what keeps a network's packets on this machine; what cannot be looked at stops nobody. */
  async #tellObstacles(config: BridgeNetwork): Promise<void> {
    if (this.#lookedAt.has(config.name)) return;
    this.#lookedAt.add(config.name);
    for (const sentence of await this.firewall.obstacles(config).catch(() => []))
      warn(sentence, 'LIBPOD_FORWARDING');
  }

  /** Takes back what a container had that is no more: its ports, then its addresses. */
  async reclaim(containerId: string): Promise<void> {
    // What cannot be taken back stays recorded, and is tried again.
    await this.cni.leave(containerId).catch(() => undefined);
    const held = this.names().flatMap((name) =>
      this.leases
        .list(name)
        .filter(({ owner }) => owner === containerId)
        .map(({ address }) => path.join(this.#paths.runNetworks, name, address)),
    );
    if (held.length === 0) return;
    await this.firewall.sweep((owner) => owner === containerId);
    this.hosts.forget(containerId);
    for (const file of held) this.leases.release({ path: file }, containerId);
  }

  /** Where a container's ID stands while it is in networks, for its monitor to take it out. */
  leaves(containerId: string): { readonly networks: string; readonly hosts: string; readonly id: string } {
    return { networks: this.#paths.runNetworks, hosts: this.hosts.directory, id: containerId };
  }

  /**
   * Tells a container and its neighbours of each other's names. Under the lock, as of two that come at once the second
   * must find the first.
   *
   * @param names the networks, of all that it is in
   * @param tell is given what is to be known of the neighbours, before these hear of it
   */
  introduce(
    containerId: string,
    names: readonly string[],
    tell: (neighbours: readonly (readonly [containerId: string, lines: readonly HostLine[]])[]) => void,
  ): Promise<void> {
    return this.#locked(() => {
      const neighbours = new Map<string, { theirs: HostLine[]; ours: HostLine[] }>();
      // A record that somebody took away says nothing against names.
      for (const network of names.filter((name) => this.find(name)?.names !== false)) {
        const leases = this.leases.list(network);
        const ours = this.#lines(leases, containerId, network);
        for (const owner of new Set(leases.map((lease) => lease.owner))) {
          if (owner === containerId) continue;
          const known = neighbours.get(owner) ?? { theirs: [], ours: [] };
          known.theirs.push(...this.#lines(leases, owner, network));
          known.ours.push(...ours);
          neighbours.set(owner, known);
        }
      }
      const all = [...neighbours];
      tell(all.map(([id, { theirs }]) => [id, theirs]));
      for (const [id, { ours }] of all) this.hosts.add(id, ours, containerId);
      return Promise.resolve();
    });
  }

  #lines(
    leases: readonly { readonly address: string; readonly owner: string }[],
    containerId: string,
    network: string,
  ): HostLine[] {
    const names = this.hosts.namesOf(containerId, network);
    return leases.filter(({ owner }) => owner === containerId).map(({ address }) => ({ address, names }));
  }

  /** Says in the hosts file of a container what stands there of one that joins its namespace, in place of what it said before. */
  share(containerId: string, lines: readonly HostLine[], joinedId: string): Promise<void> {
    return this.#locked(() => {
      this.hosts.remove(containerId, joinedId);
      this.hosts.add(containerId, lines, joinedId);
      return Promise.resolve();
    });
  }

  /** Takes the names of a container, and those of the others for it, out of the files of those it meets in a network alone. */
  part(containerId: string, network: string): Promise<void> {
    return this.#locked(() => {
      const leases = this.leases.list(network);
      const addresses = (id: string): string[] =>
        leases.filter(({ owner }) => owner === id).map(({ address }) => address);
      for (const owner of new Set(leases.map((lease) => lease.owner))) {
        this.hosts.remove(containerId, owner, addresses(owner));
        if (owner !== containerId) this.hosts.remove(owner, containerId, addresses(containerId));
      }
      return Promise.resolve();
    });
  }

  /** Takes addresses for a container: Leases.take under the lock. */
  take(network: NetworkConfig, owner: string, wanted: readonly IpAddress[]): Promise<Lease[]> {
    return this.#locked(() => this.leases.take(network, owner, wanted));
  }

  #netlink(): Promise<NetlinkSocket> {
    return (this.#route ??= NetlinkSocket.open('route'));
  }

  [Symbol.dispose](): void {
    this.firewall[Symbol.dispose]();
    void this.#route?.then((socket) => socket[Symbol.dispose]());
    this.#route = undefined;
  }
}

function routesOver(
  { routes = [] }: NetworkOptions,
  subnets: readonly NetworkSubnet[],
): Pick<NetworkConfig, 'routes'> {
  return routes.length === 0 ? {} : { routes: checkRoutes(routes, subnets) };
}

/** A subnet of unique local addresses (RFC 4193). */
function randomSubnet6(): NetworkSubnet {
  const id = randomBytes(7).toString('hex');
  const range = Subnet.parse(
    `fd${id.slice(0, 2)}:${id.slice(2, 6)}:${id.slice(6, 10)}:${id.slice(10)}::/64`,
  ) as Subnet;
  return { subnet: range.toString(), gateway: formatIp(range.at(1n)) };
}
