import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { LibpodError } from '../base/errors.js';
import { parseIp } from '../base/ip.js';
import { nodeErrorCode } from '../base/errno.js';
import { readTextFile } from '../linux/files.js';
import {
  describePort,
  planNetworks,
  type Attachment,
  type Joining,
  type NetworkPlan,
} from '../network/attachment.js';
import type { PortMapping } from '../model/config.js';
import type { NetworkHosts } from '../spec/network-files.js';
import type { ContainerCore } from './core.js';

/** Where the run directory tells how the container is in its networks. */
export const NETWORK_FILE = 'networks.json';

/** The address under which a program of another network namespace reaches a port that is published on all of them. */
const ANY = '';

/** Whether some program of the host listens at a port, which would never hear of what comes in for the container. */
function isTaken({ hostIP, hostPort, protocol }: PortMapping): Promise<boolean> {
  const host = hostIP === ANY ? '0.0.0.0' : hostIP;
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve(nodeErrorCode(error) === 'EADDRINUSE');
    if (protocol === 'tcp') {
      const server = createServer().once('error', failed);
      server.listen({ host, port: hostPort, exclusive: true }, () => server.close(() => resolve(false)));
    } else if (protocol === 'udp') {
      const socket = createSocket(parseIp(host)?.family === 6 ? 'udp6' : 'udp4').once('error', failed);
      socket.bind({ address: host, port: hostPort, exclusive: true }, () =>
        socket.close(() => resolve(false)),
      );
    } else {
      resolve(false);
    }
  });
}

async function requireFreePorts(core: ContainerCore, ports: readonly PortMapping[]): Promise<void> {
  const taken = await Promise.all(ports.map(isTaken));
  const first = ports[taken.indexOf(true)];
  if (first !== undefined)
    throw new LibpodError(
      'ERR_ADDRESS_IN_USE',
      `cannot publish ${describePort(first)} of container ${core.name}: a program of the host listens there`,
      { containerId: core.id },
    );
}

/**
 * Takes the container's addresses and works out how it comes into its networks; the launch does it.
 *
 * @param again the container is in them, and keeps its addresses and ports
 * @returns undefined for a container in no network
 * @throws LibpodError ERR_NO_SUCH_NETWORK, ERR_NO_ADDRESS, ERR_ADDRESS_IN_USE; nothing is taken then
 */
export async function joinNetworks(core: ContainerCore, again = false): Promise<NetworkPlan | undefined> {
  const { config, id, services } = core;
  const { networks } = services;
  if (config.networks === undefined || config.networks.length === 0) return undefined;
  const ports = config.portMappings ?? [];
  if (!again) await requireFreePorts(core, ports);
  const held = again ? attachmentsOf(core) : [];
  const joining: Joining[] = [];
  try {
    for (const { name, ips = [], mac, interface: inside } of config.networks) {
      const live = await networks.bringUp(await networks.get(name));
      const own = held.find(({ network }) => network === name)?.addresses.map(({ address }) => address);
      const wanted = (own ?? ips).flatMap((text) => parseIp(text) ?? []);
      joining.push({ live, leases: await networks.take(live.config, id, wanted), mac, interface: inside });
    }
  } catch (error) {
    for (const { leases } of joining) for (const lease of leases) networks.leases.release(lease, id);
    throw error;
  }
  return planNetworks(id, joining, ports, networks.firewall);
}

/** Gives back what `joinNetworks` took, after a launch that failed: the monitor may have done so already. */
export function leaveNetworks({ id, services }: ContainerCore, plan: NetworkPlan): void {
  for (const { path } of plan.leases) services.networks.leases.release({ path }, id);
}

/** What stands of a container's networks in its /etc/hosts. */
export function hostEntries({ attachments }: NetworkPlan): NetworkHosts {
  return {
    own: attachments.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    gateways: attachments.flatMap(({ gateways }) => gateways),
  };
}

/** How a container that runs is in its networks. */
export function attachmentsOf({ config, paths }: Pick<ContainerCore, 'config' | 'paths'>): Attachment[] {
  if (config.networks === undefined) return [];
  const text = readTextFile(paths.file(NETWORK_FILE));
  return text === undefined ? [] : (JSON.parse(text) as Attachment[]);
}
