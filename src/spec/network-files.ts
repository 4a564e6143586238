import { isIP } from 'node:net';
import { show } from '../oci/problem.js';
import { invalid } from './invalid.js';

/** What stands in a container's /etc/hosts and /etc/resolv.conf: podman-run(1), --add-host, --no-hosts, --dns. */
export interface NameOptions {
  readonly addHosts?: readonly string[] | undefined;
  readonly noHosts?: boolean | undefined;
  readonly noHostname?: boolean | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
}

/** The same, checked, as it is recorded. */
export interface NameConfig {
  readonly useImageHosts?: boolean | undefined;
  readonly useImageHostname?: boolean | undefined;
  readonly hostsAdd?: readonly string[] | undefined;
  readonly useImageResolvConf?: boolean | undefined;
  readonly dnsServer?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOption?: readonly string[] | undefined;
}

/** What stands for the address under which the host is reached: podman-run(1), --add-host. */
const HOST_GATEWAY = 'host-gateway';

/** `NAME[;NAME...]:ADDRESS`; an address of IPv6 has colons of its own. */
export function splitHost(entry: string): [name: string, address: string] {
  const at = entry.indexOf(':');
  return [entry.slice(0, Math.max(at, 0)), entry.slice(at + 1)];
}

function checkHost(entry: string): string {
  const [name, address] = splitHost(entry);
  const named = name.split(';').every((one) => /^[^\s#;]+$/.test(one));
  if (named && (isIP(address) !== 0 || address === HOST_GATEWAY)) return entry;
  return invalid(
    `addHosts has ${show(entry)}, but must have entries NAME:ADDRESS, such as "db:10.0.0.2" or "host:host-gateway"`,
  );
}

/** Whether the address of the host must be known for these. */
export function asksForGateway(added: readonly string[] = []): boolean {
  return added.some((entry) => splitHost(entry)[1] === HOST_GATEWAY);
}

/** The entries with the address of the host in them. */
export function withGateway(added: readonly string[], gateway: string): string[] {
  return added.map((entry) => {
    const [name, address] = splitHost(entry);
    return address === HOST_GATEWAY ? `${name}:${gateway}` : entry;
  });
}

function checkWord(name: string, word: string): string {
  if (/^[^\s#;]+$/.test(word)) return word;
  return invalid(`${name} has ${show(word)}, but must have words of resolv.conf(5), without spaces`);
}

/**
 * Checks the options that become lines of files which programs of the container trust: none may smuggle in a line.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function resolveNames(options: NameOptions): NameConfig {
  const { addHosts = [], noHosts, noHostname, dns = [], dnsSearch = [], dnsOptions = [] } = options;
  if (noHosts === true && addHosts.length > 0)
    invalid('addHosts are given with noHosts, which leaves /etc/hosts alone; leave one out');
  const none = dns.includes('none');
  if (none && dns.length + dnsSearch.length + dnsOptions.length > 1)
    invalid('dns is "none", which leaves /etc/resolv.conf alone; give no other dns, dnsSearch or dnsOptions');
  for (const address of none ? [] : dns) {
    if (isIP(address) === 0) invalid(`dns has ${show(address)}, which is no address of IPv4 or IPv6`);
  }
  return {
    ...(noHosts === true && { useImageHosts: true }),
    ...(noHostname === true && { useImageHostname: true }),
    ...(addHosts.length > 0 && { hostsAdd: addHosts.map(checkHost) }),
    ...(none && { useImageResolvConf: true }),
    ...(dns.length > 0 && !none && { dnsServer: [...dns] }),
    ...(dnsSearch.length > 0 && { dnsSearch: dnsSearch.map((word) => checkWord('dnsSearch', word)) }),
    ...(dnsOptions.length > 0 && { dnsOption: dnsOptions.map((word) => checkWord('dnsOptions', word)) }),
  };
}

/** What a container in a network has in its /etc/hosts: its own addresses, and those under which it reaches the host. */
export interface NetworkHosts {
  readonly own: readonly string[];
  readonly gateways: readonly string[];
}

/** The text of /etc/hosts: hosts(5). What was asked for comes first, as the first line that has a name wins. */
export function hostsText(
  hostname: string,
  name: string,
  added: readonly string[] = [],
  network?: NetworkHosts,
): string {
  const own = added.map((entry) => {
    const [host, address] = splitHost(entry);
    return `${address}\t${host.replaceAll(';', ' ')}\n`;
  });
  const addresses = network?.own ?? ['127.0.0.1'];
  const lines = [
    ...addresses.map((address) => `${address}\t${hostname} ${name}\n`),
    ...(network?.gateways ?? []).map(
      (address) => `${address}\thost.containers.internal host.docker.internal\n`,
    ),
  ];
  return `${own.join('')}127.0.0.1\tlocalhost\n::1\tlocalhost\n${lines.join('')}`;
}

/** A name server of the host's loopback, which a container in a network has another of. */
const LOCAL_SERVER = /^\s*nameserver\s+(127\.|::1\s*$)/;
/** podman's and docker's, where the host has no other. */
const PUBLIC_SERVERS = 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n';

/** The host's resolv.conf without what cannot be reached from a network namespace. */
function reachable(host: string): string {
  const kept = host.split('\n').filter((line) => !LOCAL_SERVER.test(line));
  const text = kept.join('\n');
  if (/^\s*nameserver\s/m.test(text)) return text;
  return text === '' || text.endsWith('\n') ? text + PUBLIC_SERVERS : `${text}\n${PUBLIC_SERVERS}`;
}

/**
 * The text of /etc/resolv.conf: the host's, but for the kinds of lines that are asked for (resolv.conf(5)).
 *
 * @param networked whether the container is in a network, from which the host's loopback cannot be reached
 */
export function resolvConfText(hostText: string, config: NameConfig, networked = false): string {
  const host = networked ? reachable(hostText) : hostText;
  const { dnsServer, dnsSearch, dnsOption } = config;
  const replaced = new Set<string>([
    ...(dnsServer ? ['nameserver'] : []),
    ...(dnsSearch ? ['search', 'domain'] : []),
    ...(dnsOption ? ['options'] : []),
  ]);
  if (replaced.size === 0) return host;
  const kept = host.split('\n').filter((line) => line !== '' && !replaced.has(line.split(/\s/)[0] as string));
  const domains = dnsSearch?.filter((domain) => domain !== '.') ?? [];
  const lines = [
    ...(domains.length > 0 ? [`search ${domains.join(' ')}`] : []),
    ...kept,
    ...(dnsServer ?? []).map((address) => `nameserver ${address}`),
    ...(dnsOption ? [`options ${dnsOption.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
