import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { LibpodError } from '../../base/errors.js';
import { parseIp } from '../../base/ip.js';
import { CONTAINER_LOCKS, FileLock } from '../../linux/files/file-lock.js';
import { readTextFile } from '../../linux/files/files.js';
import { planNetworks, type Attachment, type Joining, type NetworkPlan } from '../../network/attachment.js';
import { requireOneKind } from '../../network/choice.js';
import { markOf, slotLine, type NamesByNetwork } from '../../network/hosts-files.js';
import type { Networks } from '../../network/networks.js';
import { describePort } from '../../network/ports.js';
import type { Lease } from '../../network/leases.js';
import type { NetworkChoice, PortMapping } from '../../model/config.js';
import { networksOf } from '../../model/settings.js';
import {
  asksForGateway,
  hostsText,
  splitHost,
  withGateway,
  type NetworkHosts,
} from '../../spec/network-files.js';
import type { ContainerCore } from '../core.js';
import { hostnameOf } from '../hostname.js';

/** Where the run directory tells how the container is in its networks. */
export const NETWORK_FILE = 'networks.json';
/** The container's /etc/hosts. */
export const HOSTS_FILE = 'hosts';

/**
 * What to say of a launch that found a port taken: by which container, if it was one. A monitor that binds it cannot tell.
 */
export async function namePublisher(core: ContainerCore, error: unknown): Promise<unknown> {
  if (!LibpodError.is(error, 'ERR_ADDRESS_IN_USE')) return error;
  const { networks, records } = core.services;
  const found = await networks.firewall.publisherOf(core.config.portMappings ?? [], core.id);
  if (found === undefined) return error;
  const { port, owner } = found;
  const config = records.config(owner);
  const name = config === undefined ? owner : records.settings(config).name;
  return new LibpodError(
    'ERR_ADDRESS_IN_USE',
    `cannot publish ${describePort(port)}: container ${name} has published it`,
    { containerId: core.id, cause: error },
  );
}

/** Refuses a container whose network namespace is not its own to change. */
export function requireOwnNetwork({ config, name, id, services }: ContainerCore): void {
  if (config.createNetNS) return;
  const { netNsCtr } = config;
  const owner = netNsCtr === undefined ? undefined : services.records.config(netNsCtr);
  const whose = owner === undefined ? 'it shares another one' : `it shares that of container ${owner.name}`;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `container ${name} has no network namespace of its own: ${whose}`,
    { containerId: id },
  );
}

/** The names of the container in each of its networks. */
export function namesOf(core: ContainerCore, choices: readonly NetworkChoice[]): NamesByNetwork {
  return Object.fromEntries(choices.map(({ name, aliases = [] }) => [name, [core.name, ...aliases]]));
}

/** Takes what a network has for a container: brings it up, and leases the addresses. */
export async function joinNetwork(
  { services, id }: ContainerCore,
  { name, ips = [], mac, interface: own }: NetworkChoice,
): Promise<Joining> {
  const { networks } = services;
  const live = await networks.bringUp(await networks.get(name));
  const wanted = ips.flatMap((text) => parseIp(text) ?? []);
  return { live, leases: await networks.take(live.config, id, wanted), mac, interface: own };
}

/**
 * Waits for the monitor of an earlier run, which may still be giving back what it had. Asked for again and again, and not
 * taken: a monitor that is just being spawned would inherit the lock, and the container's own would find it taken.
 */
async function earlierRunIsGone({ paths }: ContainerCore): Promise<void> {
  while (FileLock.holder(paths.lock, CONTAINER_LOCKS.monitor) !== undefined) await setTimeout(1);
}

/**
 * Takes the container's addresses and works out how it comes into its networks; the launch does it.
 *
 * @param again the container is in them, and keeps its addresses and ports
 * @returns undefined for a container in no network
 * @throws LibpodError ERR_NO_SUCH_NETWORK, ERR_NO_ADDRESS, ERR_ADDRESS_IN_USE; nothing is taken then
 */
export async function joinNetworks(core: ContainerCore, again = false): Promise<NetworkPlan | undefined> {
  const { config, id, services, paths } = core;
  const { networks } = services;
  const choices = networksOf(config, core.settings);
  if (choices.length === 0) {
    await shareHosts(core);
    return undefined;
  }
  const ports = config.portMappings ?? [];
  const configs = await Promise.all(choices.map(({ name }) => networks.get(name)));
  requireOneKind(configs);
  if (configs.some(({ driver }) => driver === 'cni')) return await joinByPlugins(core, choices, again);
  if (again) return await rejoinNetworks(core, choices, ports);
  await earlierRunIsGone(core);
  networks.hosts.register(id, paths.file(HOSTS_FILE), namesOf(core, choices));
  const joining: Joining[] = [];
  try {
    for (const choice of choices) joining.push(await joinNetwork(core, choice));
    const plan = planNetworks(id, joining, ports, networks.firewall);
    await networks.introduce(
      id,
      choices.map(({ name }) => name),
      (neighbours) => writeHosts(core, plan, neighbours),
    );
    return plan;
  } catch (error) {
    await leaveNetworks(
      core,
      joining.flatMap(({ leases }) => leases),
    );
    throw error;
  }
}

/** The same in networks of CNI: their plugins have the namespace ready before the launch. */
async function joinByPlugins(
  core: ContainerCore,
  choices: readonly NetworkChoice[],
  again: boolean,
): Promise<NetworkPlan | undefined> {
  const { config, id, name, services } = core;
  const { cni } = services.networks;
  if (again) return cni.rejoin(id);
  const ports = config.portMappings ?? [];
  await earlierRunIsGone(core);
  const plan = await cni.join({ containerId: id, name, choices, ports });
  writeHosts(core, plan, []);
  return plan;
}

/** The same for the next run by the restart policy: with the addresses that it has, and names and hosts file as they are. */
async function rejoinNetworks(
  core: ContainerCore,
  choices: readonly NetworkChoice[],
  ports: readonly PortMapping[],
): Promise<NetworkPlan> {
  const held = attachmentsOf(core);
  const joining: Joining[] = [];
  for (const choice of choices) {
    const own = held.find(({ network }) => network === choice.name)?.addresses.map(({ address }) => address);
    joining.push(await joinNetwork(core, { ...choice, ...(own !== undefined && { ips: own }) }));
  }
  return planNetworks(core.id, joining, ports, core.services.networks.firewall);
}

/** Writes /etc/hosts of a container in networks: here, and not in the launch, as its neighbours write to it from now on. */
function writeHosts(
  core: ContainerCore,
  plan: NetworkPlan,
  neighbours: Parameters<Parameters<Networks['introduce']>[2]>[0],
): void {
  const { config, name, paths } = core;
  if ((!config.manageFiles && config.isInfra !== true) || config.useImageHosts === true) return;
  const own = hostsText(hostnameOf(core), name, hostsAddOf(core, plan.attachments), hostEntries(plan));
  const others = neighbours.flatMap(([id, lines]) => lines.map((line) => slotLine(line, markOf(id))));
  writeFileSync(paths.file(HOSTS_FILE), own + others.join(''), { mode: 0o644 });
}

/** A container in the network namespace of another has its names too, and stands there beside it. */
async function shareHosts(core: ContainerCore): Promise<void> {
  const { config, name, services } = core;
  const { netNsCtr } = config;
  if (netNsCtr === undefined || !config.manageFiles || services.networks.hosts.fileOf(netNsCtr) === undefined)
    return;
  const lines = [
    { address: '127.0.0.1', names: [...new Set([hostnameOf(core), name])] },
    ...hostsAddOf(core)
      .map(splitHost)
      .map(([host, address]) => ({ address, names: host.split(';') })),
  ];
  await services.networks.share(netNsCtr, lines, core.id);
}

/**
 * What was asked for as lines of /etc/hosts, with the address of the host where that is what they are to have: that of
 * the first network on its bridge, or of the loopback in the host's own network namespace.
 *
 * @param attachments how it is in networks, if it is in any of its own
 * @throws LibpodError ERR_INVALID_STATE where the container whose namespace it joins is in no network
 */
export function hostsAddOf(core: ContainerCore, attachments: readonly Attachment[] = []): readonly string[] {
  const { config, services, name, id } = core;
  const { hostsAdd = [], netNsCtr } = config;
  if (!asksForGateway(hostsAdd)) return hostsAdd;
  const joined = netNsCtr === undefined ? undefined : services.records.config(netNsCtr);
  const [first] =
    joined === undefined
      ? attachments
      : attachmentsOf({
          config: joined,
          paths: services.records.paths.container(joined.id, joined.autoRemove),
        });
  if (first === undefined && netNsCtr === undefined) return withGateway(hostsAdd, '127.0.0.1');
  const gateway =
    first === undefined
      ? undefined
      : (services.networks.find(first.network)?.subnets[0]?.gateway ?? first.gateways[0]);
  if (gateway === undefined)
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `addHosts of container ${name} has host-gateway, but the container whose network it shares is in no network`,
      { containerId: id },
    );
  return withGateway(hostsAdd, gateway);
}

/** Gives back what `joinNetworks` took, after a launch that failed: the monitor may have done so already. */
export async function leaveNetworks(
  { id, services }: ContainerCore,
  leases: readonly Lease[],
): Promise<void> {
  const { networks } = services;
  await networks.cni.leave(id).catch(() => undefined);
  networks.hosts.forget(id);
  for (const lease of leases) networks.leases.release(lease, id);
}

/** What stands of a container's networks in its /etc/hosts. */
export function hostEntries({ attachments }: NetworkPlan): NetworkHosts {
  return {
    own: attachments.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    gateways: attachments.flatMap(({ gateways }) => gateways),
  };
}

/**
 * How a container that runs is in its networks.
 *
 * @throws LibpodError ERR_RECORD_DAMAGED: the next start writes it anew
 */
export function attachmentsOf({ config, paths }: Pick<ContainerCore, 'config' | 'paths'>): Attachment[] {
  if (!config.createNetNS) return [];
  const file = paths.file(NETWORK_FILE);
  const text = readTextFile(file);
  if (text === undefined) return [];
  let attachments: unknown;
  try {
    attachments = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (Array.isArray(attachments)) return attachments as Attachment[];
  throw new LibpodError(
    'ERR_RECORD_DAMAGED',
    `the record ${file} of the networks of container ${config.name} is damaged; restart the container`,
    { containerId: config.id },
  );
}
