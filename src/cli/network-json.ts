import { LibpodError } from '../base/errors.js';
import { formatIp, parseRange, type IpRange } from '../base/ip.js';
import { networkId, type NetworkConfig, type Runtime } from '../index.js';
import type { TemplateValue } from './output/template.js';

/** The network with a name or ID. @throws LibpodError ERR_NO_SUCH_NETWORK, ERR_AMBIGUOUS, ERR_RECORD_DAMAGED, ERR_RECORD_NEWER */
export function requireNetwork(runtime: Runtime, name: string): NetworkConfig {
  const config = runtime.network(name);
  if (config !== undefined) return config;
  throw new LibpodError('ERR_NO_SUCH_NETWORK', `network ${JSON.stringify(name)}: network not found`);
}

/** A network as podman's inspect shows it. */
export function networkJson(config: NetworkConfig) {
  const options = {
    ...((config.driver === 'macvlan' || config.driver === 'ipvlan') && { mode: config.mode }),
    ...(config.defaultRoute === false && { no_default_route: 'true' }),
    ...(config.metric !== undefined && { metric: String(config.metric) }),
    ...(config.mtu !== undefined && { mtu: String(config.mtu) }),
    ...(config.driver === 'bridge' && config.vlan !== undefined && { vlan: String(config.vlan) }),
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

/** What podman's structures call their fields of JSON (containers/common, libnetwork/types). */
const GO_NAMES: Readonly<Record<string, string>> = {
  name: 'Name',
  id: 'ID',
  driver: 'Driver',
  network_interface: 'NetworkInterface',
  created: 'Created',
  subnets: 'Subnets',
  ipv6_enabled: 'IPv6Enabled',
  internal: 'Internal',
  dns_enabled: 'DNSEnabled',
  network_dns_servers: 'NetworkDNSServers',
  routes: 'Routes',
  labels: 'Labels',
  options: 'Options',
  ipam_options: 'IPAMOptions',
  subnet: 'Subnet',
  gateway: 'Gateway',
  lease_range: 'LeaseRange',
  start_ip: 'StartIP',
  end_ip: 'EndIP',
  destination: 'Destination',
  metric: 'Metric',
};

/** An object by its Go names, which is printed as JSON by those of its JSON. */
function goStruct(json: Readonly<Record<string, TemplateValue>>): Record<string, TemplateValue> {
  const shown = Object.create({ toJSON: () => json }) as Record<string, TemplateValue>;
  for (const [name, value] of Object.entries(json)) {
    const go = GO_NAMES[name];
    if (go !== undefined)
      shown[go] = name === 'lease_range' && isStruct(value) ? goStruct(value) : goValue(value);
  }
  return shown;
}

/** Those in lists are structures too; maps keep their keys. */
function goValue(value: TemplateValue): TemplateValue {
  if (Array.isArray(value))
    return (value as TemplateValue[]).map((one) => (isStruct(one) ? goStruct(one) : one));
  return value;
}

function isStruct(value: TemplateValue): value is Readonly<Record<string, TemplateValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A network for a template: the fields have podman's Go names, and what is not set is empty. */
export function networkFields(config: NetworkConfig): Record<string, TemplateValue> {
  const json = networkJson(config);
  const shown = goStruct(json);
  const empty = { NetworkDNSServers: [], Routes: [], Labels: {}, Options: {}, IPAMOptions: {} };
  for (const [name, value] of Object.entries(empty)) shown[name] ??= value;
  return shown;
}
