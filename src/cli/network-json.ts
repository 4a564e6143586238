import { formatIp, parseRange, type IpRange } from '../base/ip.js';
import type { NetworkConfig } from '../index.js';
import { createHash } from 'node:crypto';

/** A network as podman's inspect shows it. */
export function networkJson(config: NetworkConfig) {
  const options = {
    ...((config.driver === 'macvlan' || config.driver === 'ipvlan') && { mode: config.mode }),
    ...(config.defaultRoute === false && { no_default_route: 'true' }),
    ...(config.metric !== undefined && { metric: String(config.metric) }),
    ...(config.mtu !== undefined && { mtu: String(config.mtu) }),
  };
  return {
    name: config.name,
    id: networkId(config.name),
    driver: config.driver,
    network_interface: interfaceOf(config),
    created: config.createdTime,
    subnets: config.subnets.map(({ subnet, gateway, ipRange }) => ({
      subnet,
      gateway,
      ...(ipRange !== undefined && { lease_range: leaseRange(ipRange) }),
    })),
    ipv6_enabled: config.subnets.some(({ subnet }) => subnet.includes(':')),
    internal: config.internal,
    dns_enabled: config.driver === 'cni' ? config.plugins.includes('dnsname') : config.names !== false,
    ...(config.dnsServers?.length && { network_dns_servers: config.dnsServers }),
    ...(config.routes !== undefined && { routes: config.routes.map((route) => ({ ...route })) }),
    ...(Object.keys(config.labels).length > 0 && { labels: config.labels }),
    ...(Object.keys(options).length > 0 && { options }),
    ...(config.driver === 'cni'
      ? { cni: { file: config.file, plugins: config.plugins } }
      : { ipam_options: { driver: 'host-local' } }),
  };
}

function interfaceOf(config: NetworkConfig): string {
  if (config.driver === 'cni') return '';
  return config.driver === 'bridge' ? config.bridge : config.parent;
}

/** The first and the last address of a range. */
function leaseRange(text: string) {
  const range = parseRange(text) as IpRange;
  return { start_ip: formatIp(range.at(0n)), end_ip: formatIp(range.at(range.size - 1n)) };
}

/** podman shows names as IDs of 64 digits too; a network here is known by its name. */
export function networkId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
