import type { NetworkConfig } from '../index.js';
import { createHash } from 'node:crypto';

/** A network as podman's inspect shows it. */
export function networkJson(config: NetworkConfig) {
  return {
    name: config.name,
    id: networkId(config.name),
    driver: config.driver,
    network_interface: config.bridge,
    created: config.createdTime,
    subnets: config.subnets.map(({ subnet, gateway }) => ({ subnet, gateway })),
    ipv6_enabled: config.subnets.some(({ subnet }) => subnet.includes(':')),
    internal: config.internal,
    dns_enabled: false,
    ...(Object.keys(config.labels).length > 0 && { labels: config.labels }),
    ...(config.mtu !== undefined && { options: { mtu: String(config.mtu) } }),
    ipam_options: { driver: 'host-local' },
  };
}

/** podman shows names as IDs of 64 digits too; a network here is known by its name. */
export function networkId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
