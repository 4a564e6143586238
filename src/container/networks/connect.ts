import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { formatIp, parseIp, type IpAddress } from '../../base/ip.js';
import { runFileSteps } from '../../linux/files/files.js';
import { Namespace } from '../../linux/namespaces/namespace.js';
import { NetlinkSocket } from '../../linux/network/netlink.js';
import { ProcessHandle } from '../../linux/processes/handle.js';
import { delLink, getLink, linksOf, newRoute, setHairpin, setMaster } from '../../linux/network/rtnetlink.js';
import type { NetworkChoice } from '../../model/config.js';
import { networksOf } from '../../model/settings.js';
import type { ContainerState } from '../../model/state.js';
import { isActive, requireState } from '../../model/status.js';
import {
  gatewaysOf,
  hostInterface,
  hostInterfacePrefix,
  insideMessages,
  planAttachment,
  type Attachment,
} from '../../network/attachment.js';
import type { LiveNetwork } from '../../network/live-network.js';
import { requireOneKind, resolveChoice } from '../../network/choice.js';
import { DEFAULT_NETWORK } from '../../network/networks.js';
import { forwardedTo } from '../../network/ports.js';
import type { Access } from '../locking/access.js';
import type { ContainerCore } from '../core.js';
import {
  attachmentsOf,
  HOSTS_FILE,
  joinNetwork,
  leaveNetworks,
  namesOf,
  NETWORK_FILE,
  requireOwnNetwork,
} from './networks.js';
import { policyOf } from '../restart-policy.js';
import { leaveNextProgram } from '../start.js';
import { sync } from '../state/state.js';
import { changedSettings, tellingStep } from '../tell.js';

/** A container that runs, seen from the side of networks. */
interface Live {
  readonly core: ContainerCore;
  readonly namespace: Namespace;
  /** A socket in the container's namespace, and one in the host's. */
  readonly inside: NetlinkSocket;
  readonly outside: NetlinkSocket;
}

async function withLive<T>(
  core: ContainerCore,
  { pid, startTicks }: ContainerState,
  run: (live: Live) => Promise<T>,
): Promise<T> {
  using handle = ProcessHandle.open({ pid, startTicks: BigInt(startTicks) });
  using namespace = Namespace.ofProcess(handle, 'net');
  using inside = await NetlinkSocket.open('route', namespace);
  using outside = await NetlinkSocket.open('route');
  return await run({ core, namespace, inside, outside });
}

function record(core: ContainerCore, attachments: readonly Attachment[]): Promise<void> {
  const path = core.paths.file(NETWORK_FILE);
  return runFileSteps(`record the networks of container ${core.name}`, [
    { op: 'write', path: `${path}.new`, mode: 0o600, data: JSON.stringify(attachments) },
    { op: 'rename', path: `${path}.new`, to: path },
  ]);
}

async function recordChoices(
  core: ContainerCore,
  networks: readonly NetworkChoice[],
  status: 'connect' | 'disconnect',
): Promise<void> {
  const changed = changedSettings(core, { networks }, status);
  await core.services.records.writeSettings(core.config, changed, [tellingStep(core, changed.event)]);
  core.forgetSettings();
  if (policyOf(core).name !== 'no') await leaveNextProgram(core);
}

const addressesOf = ({ addresses }: Attachment): IpAddress[] =>
  addresses.flatMap(({ address }) => parseIp(address) ?? []);

/** The network on which ports are published: the first that is a bridge. */
const publishing = (attachments: readonly Attachment[]): Attachment | undefined =>
  attachments.find(({ hostInterface: onBridge }) => onBridge !== '');

/** Publishes the container's ports there, and nowhere else. */
async function publish(
  { core, outside }: Pick<Live, 'core' | 'outside'>,
  attachments: readonly Attachment[],
): Promise<void> {
  const first = publishing(attachments);
  const { portMappings = [] } = core.config;
  if (portMappings.length === 0) return;
  const { firewall } = core.services.networks;
  await firewall.sweep((owner) => owner === core.id);
  const monitor = await core.connect();
  await monitor?.leadPorts(forwardedTo(first === undefined ? [] : addressesOf(first)));
  if (first === undefined) return;
  await outside.talk(`let container ${core.name} reach its own ports`, [setHairpin(first.hostInterface)]);
  await firewall.apply(
    `publish the ports of container ${core.name}`,
    firewall.publish(portMappings, addressesOf(first), core.id),
  );
}

const isAttached = (core: ContainerCore, name: string): boolean =>
  attachmentsOf(core).some(({ network }) => network === name);

/** Takes away what an engine left on a bridge that died before it had recorded that, or after it had forgotten it. */
async function removeStray({ core, outside }: Live, known: readonly Attachment[]): Promise<void> {
  const what = `list the interfaces of container ${core.name} on bridges`;
  for (const { name } of linksOf(await outside.talk(what, [getLink()]))) {
    if (!name.startsWith(hostInterfacePrefix(core.id))) continue;
    if (known.some(({ hostInterface: recorded }) => recorded === name)) continue;
    await ignoring('ENODEV', outside.talk(`remove the interface ${name}`, [delLink(name)]));
  }
}

async function ignoring(errno: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!hasErrno(error, errno)) throw error;
  });
}

async function attach(live: Live, choice: NetworkChoice, choices: readonly NetworkChoice[]): Promise<void> {
  const { core, namespace, inside, outside } = live;
  const { networks } = core.services;
  const before = attachmentsOf(core);
  await removeStray(live, before);
  const links = linksOf(await inside.talk(`list the interfaces of container ${core.name}`, [getLink()]));
  const free = (used: (number: number) => boolean): number => {
    let number = 0;
    while (used(number)) number++;
    return number;
  };
  if (choice.interface !== undefined && links.some(({ name }) => name === choice.interface))
    throw new LibpodError(
      'ERR_NAME_IN_USE',
      `container ${core.name} has an interface ${choice.interface} already: give another name`,
      { containerId: core.id },
    );
  networks.hosts.register(core.id, core.paths.file(HOSTS_FILE), namesOf(core, choices));
  const joining = await joinNetwork(core, choice);
  try {
    const place = {
      // The kernel's to choose: veth heeds a peer's number only where that of the other end is given too.
      index: 0,
      name: `eth${free((number) => links.some(({ name }) => name === `eth${number}`))}`,
      number: free((number) => before.some((one) => one.hostInterface === hostInterface(core.id, number))),
      routed: new Set(
        before.flatMap(({ gateways }) => gateways.flatMap((text) => parseIp(text)?.family ?? [])),
      ),
      namespace: namespace.fd,
    };
    const { outside: pair, attachment: made } = planAttachment(core.id, joining, place);
    await outside.talk(pair.origin, [Buffer.from(pair.messages)]);
    const [link] = linksOf(
      await inside.talk(`find the interface ${made.interface} of container ${core.name}`, [
        getLink(made.interface),
      ]),
    );
    const plan = planAttachment(core.id, joining, { ...place, index: link?.index ?? 0 });
    try {
      await inside.talk(plan.inside.origin, [Buffer.from(plan.inside.messages)]);
      const after = [...before, plan.attachment];
      if (publishing(before) === undefined) await publish(live, after);
      await record(core, after);
      const own = plan.attachment.addresses.map(({ address }) => ({
        address,
        names: namesOf(core, [choice])[choice.name] ?? [],
      }));
      await networks.introduce(core.id, [choice.name], (neighbours) => {
        for (const [id, lines] of [[core.id, own] as const, ...neighbours])
          networks.hosts.add(core.id, lines, id);
      });
    } catch (error) {
      await removeLink(live, plan.attachment);
      await record(core, before);
      throw error;
    }
  } catch (error) {
    await networks.part(core.id, choice.name);
    for (const lease of joining.leases) networks.leases.release(lease, core.id);
    throw error;
  }
  // One that has ended meanwhile may have left its networks before it came into this one.
  if (!isActive((await sync(core)).state)) await leaveNetworks(core, joining.leases);
}

async function removeLink(
  { outside, inside, core }: Live,
  { hostInterface: onBridge, interface: own }: Attachment,
): Promise<void> {
  const what = `disconnect container ${core.name}`;
  // It goes with the namespace, and somebody may have removed it.
  await ignoring(
    'ENODEV',
    onBridge === '' ? inside.talk(what, [delLink(own)]) : outside.talk(what, [delLink(onBridge)]),
  );
}

/** Leads out by a network that did not while the one that is gone led out. */
async function reroute(
  { inside, core }: Live,
  gone: Attachment,
  left: readonly Attachment[],
): Promise<Attachment[]> {
  const { networks } = core.services;
  const result = [...left];
  for (const text of gone.gateways) {
    const family = parseIp(text)?.family;
    for (const [at, one] of result.entries()) {
      const config = await networks.get(one.network);
      const gateway = config.driver !== 'cni' && gatewaysOf(config).find((other) => other.family === family);
      if (!gateway) continue;
      await inside.talk(`lead out of container ${core.name} by network ${one.network}`, [
        newRoute(one.index, { gateway, metric: config.metric }),
      ]);
      result[at] = { ...one, gateways: [...one.gateways, formatIp(gateway)] };
      break;
    }
  }
  return result;
}

async function detach(live: Live, name: string): Promise<void> {
  const { core } = live;
  const { networks } = core.services;
  const before = attachmentsOf(core);
  const gone = before.find(({ network }) => network === name);
  await removeStray(live, before);
  if (gone === undefined) return;
  const left = before.filter((one) => one !== gone);
  if (publishing(before) === gone) await publish(live, left);
  // First: what is recorded is there, whenever this process dies.
  await record(core, left);
  await removeLink(live, gone);
  await record(core, await reroute(live, gone, left));
  await networks.part(core.id, name);
  const mine = networks.leases.list(name).filter(({ owner }) => owner === core.id);
  for (const { address } of mine) networks.leases.giveBack(name, address, core.id);
}

async function hasPlugins({ services }: ContainerCore, choices: readonly NetworkChoice[]): Promise<boolean> {
  const configs = await Promise.all(choices.map(({ name }) => services.networks.get(name)));
  requireOneKind(configs);
  return configs.some(({ driver }) => driver === 'cni');
}

/** Refuses to change the networks of a container that lives where plugins made them. */
async function requireNoPlugins(
  core: ContainerCore,
  state: ContainerState['state'],
  choices: readonly NetworkChoice[],
): Promise<void> {
  if (!(await hasPlugins(core, choices)) || !isActive(state)) return;
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `container ${core.name} runs in networks of CNI, which are changed while it does not: stop it first`,
    { containerId: core.id },
  );
}

/**
 * Puts a container into another network: at once if it lives, and at all its later starts.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if it has no network namespace of its own or is in the network already,
 *   ERR_NO_SUCH_NETWORK, ERR_NO_ADDRESS, ERR_ADDRESS_IN_USE, ERR_NAME_IN_USE; nothing has changed then
 */
export async function connect(core: ContainerCore, access: Access, asked: NetworkChoice): Promise<void> {
  await access(async (state) => {
    requireOwnNetwork(core);
    requireState('connect', state.state, core.name, core.id);
    core.forgetSettings();
    const choice = await resolveChoice(asked, core.services.networks);
    const before = networksOf(core.config, core.settings);
    const live = isActive(state.state);
    const known = before.some(({ name }) => name === choice.name);
    const attached = live && isAttached(core, choice.name);
    // An engine that died half-way has left one without the other.
    if (known && (attached || !live))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `container ${core.name} is in network ${choice.name} already: network is already connected`,
        { containerId: core.id },
      );
    const after = [...before.filter(({ name }) => name !== choice.name), choice];
    await requireNoPlugins(core, state.state, after);
    if (live && !attached) await withLive(core, state, (inside) => attach(inside, choice, after));
    await recordChoices(core, after, 'connect');
  });
}

/**
 * Takes a container out of a network: at once if it lives, and at all its later starts. Its ports lead to the first network
 * that is left.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if it is not in the network, or has no network namespace of its own
 */
export async function disconnect(core: ContainerCore, access: Access, network: string): Promise<void> {
  await access(async (state) => {
    requireOwnNetwork(core);
    requireState('disconnect', state.state, core.name, core.id);
    core.forgetSettings();
    const name = network === 'bridge' ? DEFAULT_NETWORK : core.services.networks.nameOf(network);
    const before = networksOf(core.config, core.settings);
    const live = isActive(state.state);
    if (!before.some((one) => one.name === name) && !(live && isAttached(core, name)))
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `container ${core.name} is not in network ${name}: network is not connected`,
        { containerId: core.id },
      );
    await requireNoPlugins(core, state.state, before);
    if (live) await withLive(core, state, (inside) => detach(inside, name));
    await recordChoices(
      core,
      before.filter((one) => one.name !== name),
      'disconnect',
    );
  });
}

/** An interface that is gone cannot be had again in place, as its number is another's then; nor the route that comes with an address. */
const GONE = {
  ENODEV: 'its interface is gone: restart the container, or disconnect and connect the network',
  ENETUNREACH:
    'the route of its subnet is gone: restart the container, or disconnect and connect the network',
};

/** Puts a container's interface in a network back to how it was: on its bridge, up, with its addresses and ways out. */
async function restore(
  { core, inside, outside }: Live,
  { network, interface: own, index, hostInterface: onBridge, addresses, gateways }: Attachment,
  config: LiveNetwork['config'],
  link: number,
): Promise<void> {
  if (config.driver === 'bridge')
    await outside.talk(
      `put container ${core.name} on the bridge ${config.bridge}`,
      [setMaster(onBridge, link)],
      GONE,
    );
  const what = `give the interface ${own} of container ${core.name} what it has in network ${network}`;
  const held = addresses.flatMap(({ address, prefix }) => {
    const parsed = parseIp(address);
    return parsed === undefined ? [] : [{ address: parsed, prefix }];
  });
  const ways = gateways.flatMap((text) => parseIp(text) ?? []);
  for (const message of insideMessages(config, index, held, ways))
    await ignoring('EEXIST', inside.talk(what, [message], GONE));
}

/**
 * Makes anew on the host what somebody has taken away of a container's networks: bridges, the firewall's rules, published
 * ports. The container keeps its addresses.
 *
 * @throws LibpodError ERR_INVALID_STATE unless it runs
 */
export async function reloadNetworks(core: ContainerCore, access: Access): Promise<void> {
  await access(async (state) => {
    requireState('reload', state.state, core.name, core.id);
    const { networks } = core.services;
    const attachments = attachmentsOf(core);
    if (await hasPlugins(core, networksOf(core.config, core.settings))) {
      await networks.cni.repair(core.id);
      return;
    }
    await withLive(core, state, async (live) => {
      for (const one of attachments) {
        const { config, link } = await networks.bringUp(await networks.get(one.network));
        await restore(live, one, config, link);
      }
      const { outside } = live;
      await publish({ core, outside }, attachments);
    });
  });
}
