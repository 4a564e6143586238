import { closeSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { parseIp } from '../../base/ip.js';
import { makeDirectories } from '../../base/make-directories.js';
import { bindMount } from '../../linux/mounts/tree.js';
import { createNamespace } from '../../linux/namespaces/create.js';
import { Namespace } from '../../linux/namespaces/namespace.js';
import { NetlinkSocket } from '../../linux/network/netlink.js';
import { getLink, linksOf, linkUp } from '../../linux/network/rtnetlink.js';
import { unmount } from '../../linux/mounts/unmount.js';
import type { NetworkChoice, PortMapping } from '../../model/config.js';
import type { Attachment, NetworkPlan } from '../attachment.js';
import { NETWORK_VERSION, type CniNetwork } from '../config.js';
import { heldPorts } from '../ports.js';
import { canCheck, pluginInput, takes, type CniList } from './conflist.js';
import { CONFIG_DIRECTORY, findList, readLists, type FoundList } from './directory.js';
import {
  findPlugin,
  PLUGIN_DIRECTORIES,
  PLUGIN_TIMEOUT_MS,
  pluginEnvironment,
  runPlugin,
  type CniCommand,
} from './plugin.js';
import { CniRecords, type CniMembership, type CniRecord } from './record.js';
import { parseResult } from './result.js';

/** Where networks of plugins are configured, and where their programs are. */
export interface CniOptions {
  /** The directory of `*.conflist`; /etc/cni/net.d unless given. */
  readonly configDirectory?: string | undefined;
  /** The directories of the plugins, in order; podman's unless given. */
  readonly pluginDirectories?: readonly string[] | undefined;
}

/** A container that comes into networks of plugins. */
export interface CniJoining {
  readonly containerId: string;
  readonly name: string;
  readonly choices: readonly NetworkChoice[];
  readonly ports: readonly PortMapping[];
}

const LOOPBACK_INDEX = 1;

/**
 * Networks that plugins make: the container network interface (CNI). A container that is in them has its network namespace
 * from here, mounted in the run directory, so that plugins find it by a path before the container is there, and after.
 */
export class CniNetworks {
  readonly #configDirectory: string;
  readonly #pluginDirectories: readonly string[];
  readonly #records: CniRecords;
  readonly #namespaces: string;

  /**
   * @param records where what plugins hold is recorded; survives a reboot
   * @param namespaces where network namespaces are mounted; of this boot
   */
  constructor(options: CniOptions, records: string, namespaces: string) {
    this.#configDirectory = path.resolve(options.configDirectory ?? CONFIG_DIRECTORY);
    // The monitor's working directory is another.
    this.#pluginDirectories = (options.pluginDirectories ?? PLUGIN_DIRECTORIES).map((one) =>
      path.resolve(one),
    );
    this.#records = new CniRecords(records);
    this.#namespaces = namespaces;
  }

  /** All that can be read, sorted by file name. */
  list(): CniNetwork[] {
    return readLists(this.#configDirectory).map(networkOf);
  }

  /**
   * The one with this name; undefined if there is none.
   *
   * @throws LibpodError ERR_CNI if its configuration cannot be read
   */
  find(name: string): CniNetwork | undefined {
    const found = findList(this.#configDirectory, name);
    return found && networkOf(found);
  }

  /**
   * Makes a network namespace and has the plugins of each network put it in: ADD, in order.
   *
   * @throws LibpodError ERR_CNI, ERR_NO_SUCH_NETWORK; all is undone then
   */
  async join(joining: CniJoining): Promise<NetworkPlan> {
    const { containerId, choices, ports } = joining;
    // What an earlier run left, whose DEL has failed.
    await this.leave(containerId);
    const namespace = path.join(this.#namespaces, containerId);
    const memberships = choices.map((choice, number) => this.#membership(joining, choice, number, namespace));
    // Before anything is made: a plugin that is not there can take nothing back either.
    for (const { list } of memberships)
      for (const { type } of list.plugins) findPlugin(type, this.#pluginDirectories);
    await this.#records.write({ version: 1, containerId, namespace, ports, memberships });
    const progress = { succeeded: 0 };
    try {
      await makeNamespace(namespace);
      const added: CniMembership[] = [];
      for (const [number, membership] of memberships.entries()) {
        added.push({ ...membership, result: await this.#add(membership, progress) });
        const record = { version: 1, containerId, namespace, ports } as const;
        await this.#records.write({ ...record, memberships: [...added, ...memberships.slice(number + 1)] });
      }
      return await this.#plan({ version: 1, containerId, namespace, ports, memberships: added });
    } catch (error) {
      await this.leave(containerId).catch(async () => {
        // A plugin that refuses ADD holds nothing, and one that then refuses DEL, too, would refuse it for ever.
        if (progress.succeeded === 0) await this.#records.remove(containerId);
      });
      throw error;
    }
  }

  /** How a container that is in them comes into them again: the namespace is there, and nothing is added. */
  async rejoin(containerId: string): Promise<NetworkPlan | undefined> {
    const record = this.#records.read(containerId);
    return record && (await this.#plan(record));
  }

  /**
   * Has the plugins take back what they hold for a container, and the namespace go: DEL, in reverse order. Nothing happens
   * where nothing is held.
   *
   * @throws LibpodError ERR_CNI with the first failure; what is held stays recorded then
   */
  async leave(containerId: string): Promise<void> {
    const record = this.#records.read(containerId);
    if (record === undefined) return;
    const failures: unknown[] = [];
    for (const membership of record.memberships.toReversed())
      for (const plugin of membership.list.plugins.toReversed())
        await this.#run('DEL', membership, plugin, membership.result).catch((error: unknown) =>
          failures.push(error),
        );
    await removeNamespace(record.namespace);
    if (failures.length > 0) throw failures[0];
    await this.#records.remove(containerId);
  }

  /**
   * Asks the plugins whether all is as ADD left it (CHECK), and puts back what is not: DEL, then ADD again, in the same
   * namespace. (portmap 1.1 says no to every container without IPv6, as it looks for rules of that.)
   *
   * @throws LibpodError ERR_CNI
   */
  async repair(containerId: string): Promise<void> {
    const record = this.#records.read(containerId);
    if (record === undefined) return;
    const memberships: CniMembership[] = [];
    for (const membership of record.memberships) {
      if (await this.#isWhole(membership)) {
        memberships.push(membership);
        continue;
      }
      memberships.push({ ...membership, result: await this.#addAgain(membership) });
    }
    await this.#records.write({ ...record, memberships });
  }

  /** DEL, then ADD with the addresses that there were, if the plugins still give them: the container is known by them. */
  async #addAgain(membership: CniMembership): Promise<unknown> {
    const remove = async (): Promise<void> => {
      for (const plugin of membership.list.plugins.toReversed())
        await this.#run('DEL', membership, plugin, membership.result);
    };
    await remove();
    try {
      return await this.#add(withAddresses(membership));
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_CNI')) throw error;
    }
    await remove();
    return this.#add(membership);
  }

  /** Takes back what is held for containers that are no more. What cannot be is tried again at the next opening. */
  async sweep(isLive: (containerId: string) => boolean): Promise<void> {
    for (const id of this.#records.ids()) if (!isLive(id)) await this.leave(id).catch(() => undefined);
  }

  async #isWhole(membership: CniMembership): Promise<boolean> {
    if (!canCheck(membership.list)) return true;
    try {
      for (const plugin of membership.list.plugins)
        await this.#run('CHECK', membership, plugin, membership.result);
      return true;
    } catch (error) {
      if (LibpodError.is(error, 'ERR_CNI')) return false;
      throw error;
    }
  }

  #membership(
    { containerId, name, ports }: CniJoining,
    { name: network, ips = [], mac, interface: own, aliases = [] }: NetworkChoice,
    number: number,
    namespace: string,
  ): CniMembership {
    const found = findList(this.#configDirectory, network);
    if (found === undefined)
      throw new LibpodError(
        'ERR_NO_SUCH_NETWORK',
        `there is no network ${JSON.stringify(network)}: network not found`,
      );
    const { list } = found;
    // Plugins without these capabilities look at the arguments.
    const args = {
      IgnoreUnknown: '1',
      K8S_POD_NAME: name,
      ...(ips[0] !== undefined && !takes(list, 'ips') && { IP: ips[0] }),
      ...(mac !== undefined && !takes(list, 'mac') && { MAC: mac }),
    };
    return {
      list,
      target: {
        containerId,
        namespace,
        interface: own ?? `eth${number}`,
        args: Object.entries(args)
          .map(([key, value]) => `${key}=${value}`)
          .join(';'),
      },
      runtime: {
        ...(ports.length > 0 && { portMappings: ports }),
        ...(ips.length > 0 && { ips }),
        ...(mac !== undefined && { mac }),
        ...(aliases.length > 0 && { aliases: { [network]: aliases } }),
      },
    };
  }

  /** @param progress counts the plugins that have succeeded */
  async #add(membership: CniMembership, progress = { succeeded: 0 }): Promise<unknown> {
    let result: unknown;
    for (const plugin of membership.list.plugins) {
      result = await this.#run('ADD', membership, plugin, result);
      progress.succeeded++;
    }
    parseResult(result, membership.list.name);
    return result;
  }

  async #run(
    command: CniCommand,
    { list, target, runtime }: CniMembership,
    plugin: CniList['plugins'][number],
    previous: unknown,
  ): Promise<unknown> {
    const file = findPlugin(plugin.type, this.#pluginDirectories);
    return await runPlugin(
      file,
      list.name,
      pluginEnvironment(command, target, this.#pluginDirectories),
      pluginInput(list, plugin, runtime, previous),
    );
  }

  async #plan(record: CniRecord): Promise<NetworkPlan> {
    const { containerId, namespace, memberships } = record;
    using held = Namespace.open(namespace);
    using inside = await NetlinkSocket.open('route', held);
    const attachments: Attachment[] = [];
    for (const { list, target, result } of memberships) {
      const [link] = linksOf(
        await inside.talk(`find the interface ${target.interface} that network ${list.name} has made`, [
          getLink(target.interface),
        ]),
      );
      const { addresses, gateways } = parseResult(result, list.name);
      attachments.push({
        network: list.name,
        interface: target.interface,
        index: link?.index ?? 0,
        hostInterface: '',
        mac: link?.mac ?? '',
        addresses,
        gateways,
      });
    }
    const published = attachments.flatMap(({ addresses }) =>
      addresses.flatMap(({ address }) => parseIp(address) ?? []),
    );
    return {
      attachments,
      held: heldPorts(record.ports, published),
      outside: [],
      inside: [],
      down: [],
      leases: [],
      namespace,
      plugins: {
        record: this.#records.file(containerId),
        calls: memberships.toReversed().flatMap((membership) =>
          membership.list.plugins.toReversed().map((plugin) => ({
            path: findPlugin(plugin.type, this.#pluginDirectories),
            environment: Object.entries(
              pluginEnvironment('DEL', membership.target, this.#pluginDirectories),
            ).map(([key, value]) => `${key}=${value}`),
            input: JSON.stringify(
              pluginInput(membership.list, plugin, membership.runtime, membership.result),
            ),
            timeoutMs: PLUGIN_TIMEOUT_MS,
          })),
        ),
      },
    };
  }
}

/** A membership that asks for the addresses that it has. */
function withAddresses(membership: CniMembership): CniMembership {
  const { list, target, runtime, result } = membership;
  const ips = parseResult(result, list.name).addresses.map(({ address }) => address);
  if (takes(list, 'ips')) return { ...membership, runtime: { ...runtime, ips } };
  if (ips[0] === undefined || /(^|;)IP=/.test(target.args)) return membership;
  return { ...membership, target: { ...target, args: `${target.args};IP=${ips[0]}` } };
}

function networkOf({ file, list, changedTime }: FoundList): CniNetwork {
  return {
    version: NETWORK_VERSION,
    name: list.name,
    driver: 'cni',
    file,
    plugins: list.plugins.map(({ type }) => type),
    publishes: takes(list, 'portMappings'),
    subnets: [],
    internal: false,
    labels: {},
    createdTime: changedTime,
  };
}

/** Makes a network namespace with its loopback up, and mounts it at a path. */
async function makeNamespace(file: string): Promise<void> {
  makeDirectories(path.dirname(file), 0o700);
  closeSync(openSync(file, 'w', 0o600));
  using namespace = await createNamespace('net');
  using inside = await NetlinkSocket.open('route', namespace);
  await inside.talk('bring the loopback interface up', [linkUp(LOOPBACK_INDEX)]);
  await bindMount(`/proc/self/fd/${namespace.fd}`, file);
}

/** Unmounts it, as often as it is mounted there; one that is gone, by a reboot, is fine. */
async function removeNamespace(file: string): Promise<void> {
  try {
    for (;;) await unmount(file, { detach: true });
  } catch (error) {
    if (!hasErrno(error, 'EINVAL') && !hasErrno(error, 'ENOENT')) throw error;
  }
  rmSync(file, { force: true });
}
