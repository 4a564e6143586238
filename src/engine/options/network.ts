import { LibpodError } from '../../base/errors.js';
import { formatIp, LAST_PORT, parseIp, Subnet } from '../../base/ip.js';
import type { ContainerConfig, NetworkChoice, PortMapping } from '../../model/config.js';
import { requireOneKind, resolveChoice } from '../../network/choice.js';
import type { NetworkConfig } from '../../network/config.js';
import type { Networks } from '../../network/networks.js';
import { FORWARDED, LOOPBACK6 } from '../../network/ports.js';
import { asksForGateway } from '../../spec/network-files.js';
import type { CreateOptions } from './options.js';
import type { PortOption } from './port.js';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];

function invalid(sentence: string): LibpodError {
  return new LibpodError('ERR_INVALID_ARGUMENT', sentence);
}

/** The ports, each by itself. */
function resolvePorts(options: readonly PortOption[]): PortMapping[] {
  const mappings = options.flatMap(
    ({ containerPort, hostPort = containerPort, range = 1, protocol = 'tcp', hostIP = '' }) => {
      const good = (port: number): boolean =>
        Number.isInteger(port) && port >= 1 && port + range - 1 <= LAST_PORT;
      if (!Number.isInteger(range) || range < 1 || !good(containerPort) || !good(hostPort))
        throw invalid(
          `ports has ${hostPort}:${containerPort}${range === 1 ? '' : `, ${range} in a row`}, but ports are whole numbers from 1 to ${LAST_PORT}`,
        );
      if (!PROTOCOLS.includes(protocol))
        throw invalid(`ports has the protocol ${JSON.stringify(protocol)}; give tcp, udp or sctp`);
      const address = hostIP === '' ? undefined : parseIp(hostIP);
      if (hostIP !== '' && address === undefined)
        throw invalid(`ports has the address ${JSON.stringify(hostIP)}, which is none of IPv4 or IPv6`);
      // 0.0.0.0 and :: are all addresses.
      const host = address === undefined || address.value === 0n ? '' : formatIp(address);
      if (host === LOOPBACK6 && !FORWARDED.includes(protocol))
        throw invalid(
          `ports has ${protocol} at the address ::1, from which ${FORWARDED.join(' and ')} alone are passed on to a container; give an address of the host`,
        );
      return Array.from({ length: range }, (_, index) => ({
        hostPort: hostPort + index,
        containerPort: containerPort + index,
        protocol,
        hostIP: host,
      }));
    },
  );
  const seen = new Map<string, Set<string>>();
  for (const { hostIP, hostPort, protocol } of mappings) {
    const key = `${hostPort}/${protocol}`;
    const addresses = seen.get(key) ?? new Set();
    // All addresses of the host are also each of them.
    const twice = hostIP === '' ? addresses.size > 0 : addresses.has('') || addresses.has(hostIP);
    if (twice) throw invalid(`ports publishes ${key} of the host twice`);
    seen.set(key, addresses.add(hostIP));
  }
  return mappings;
}

/**
 * The networks and ports of a new container. One that publishes ports and names no network is in the default one.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_NO_SUCH_NETWORK
 */
export async function resolveNetworks(
  options: Pick<CreateOptions, 'networks' | 'ports' | 'namespaces' | 'addHosts'>,
  ownNamespace: boolean,
  networks: Networks,
): Promise<Pick<ContainerConfig, 'networks' | 'portMappings'>> {
  const portMappings = resolvePorts(options.ports ?? []);
  const asked = options.networks ?? (portMappings.length > 0 && ownNamespace ? ['bridge'] : []);
  if (!ownNamespace && asked.length > 0)
    throw invalid(
      "networks are given, but the network namespace is not the container's own; leave namespaces.network out",
    );
  if (!ownNamespace && portMappings.length > 0)
    throw invalid("ports are published, but the network namespace is not the container's own; leave one out");
  if (portMappings.length > 0 && asked.length === 0)
    throw invalid('ports are published, but networks is empty; name a network, such as "bridge"');
  const apart = ownNamespace ? asked.length === 0 : isPath(options.namespaces?.network);
  if (asksForGateway(options.addHosts) && apart)
    throw invalid(
      'addHosts has host-gateway, but the container is in no network by which it reaches the host',
    );
  const chosen: NetworkChoice[] = [];
  for (const one of asked) {
    const resolved = await resolveChoice(typeof one === 'string' ? { name: one } : one, networks);
    if (chosen.some(({ name }) => name === resolved.name))
      throw invalid(`network ${resolved.name} is given twice`);
    chosen.push(resolved);
  }
  const configs = await Promise.all(chosen.map(({ name }) => networks.get(name)));
  requireOneKind(configs);
  if (portMappings.length > 0 && !configs.some(publishes))
    throw invalid(
      `ports are published, but ${chosen.map(({ name }) => name).join(', ')} is no bridge: the container is reached at its own address there; leave ports out`,
    );
  const unreached = portMappings.find(({ hostIP }) => !hasFamily(configs, hostIP));
  if (unreached !== undefined)
    throw invalid(
      `ports has the address ${unreached.hostIP}, but network ${configs.find(publishes)?.name} has no addresses of that family`,
    );
  const names = chosen.map((one, place) => one.interface ?? `eth${place}`);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw invalid(`two networks have the interface name ${twice}; give another`);
  return {
    ...(chosen.length > 0 && { networks: chosen }),
    ...(portMappings.length > 0 && { portMappings }),
  };
}

function isPath(choice: NonNullable<CreateOptions['namespaces']>['network']): boolean {
  return typeof choice === 'object' && 'path' in choice;
}

/** Whether ports can be published in a network. */
function publishes(config: NetworkConfig): boolean {
  return config.driver === 'bridge' || (config.driver === 'cni' && config.publishes);
}

/** Whether the network in which ports are published has addresses of the family of one of the host's. */
function hasFamily(configs: readonly NetworkConfig[], hostIP: string): boolean {
  const published = configs.find(publishes);
  // What plugins give is known when they have given it.
  if (hostIP === '' || hostIP === LOOPBACK6 || published === undefined || published.driver === 'cni')
    return true;
  return published.subnets.some(({ subnet }) => Subnet.parse(subnet)?.family === parseIp(hostIP)?.family);
}
