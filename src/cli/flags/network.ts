import { isIPv4, isIPv6 } from 'node:net';
import type { CreateOptions, NetworkChoice, PortOption } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';

/** The words of --network that are no network: they name a namespace. */
const MODES = /^(none|private|host|container:.*|ns:.*|pod)$/;

/** Whether a value of --network names a network. */
function isNetwork(text: string): boolean {
  return !MODES.test(text);
}

/** The namespace among the values of --network, which stands alone; undefined for networks. */
export function networkMode(network: readonly string[] = []): string | undefined {
  const mode = network.find((text) => !isNetwork(text));
  if (mode !== undefined && network.length > 1)
    throw new UsageError(`--network ${mode} cannot be given with another --network`);
  return mode;
}

/** `NAME[:ip=ADDRESS,ip6=...,mac=...,interface_name=...,alias=...]` of --network: podman-run(1). */
function parseNetwork(text: string): NetworkChoice {
  const [name, options] = splitOnce(text, ':');
  if (name === '')
    throw new UsageError(`--network ${JSON.stringify(text)} names no network: write NAME[:OPTION,...]`);
  const ips: string[] = [];
  const aliases: string[] = [];
  let mac: string | undefined;
  let own: string | undefined;
  for (const option of options === undefined ? [] : options.split(',')) {
    const [key, value = ''] = splitOnce(option, '=');
    if (key === 'ip' || key === 'ip6') ips.push(value);
    else if (key === 'mac') mac = value;
    else if (key === 'interface_name') own = value;
    else if (key === 'alias') aliases.push(value);
    else
      throw new UsageError(
        `--network ${JSON.stringify(text)}: the option ${JSON.stringify(key)} is not supported: give ip, ip6, mac, interface_name or alias`,
      );
  }
  return {
    name,
    ...(ips.length > 0 && { ips }),
    mac,
    interface: own,
    ...(aliases.length > 0 && { aliases }),
  };
}

/** The flags of networks that containers and pods have. */
export interface NetworkFlags {
  readonly network?: readonly string[];
  readonly publish?: readonly string[];
  readonly publishAll?: boolean;
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
  readonly networkAlias?: readonly string[];
}

/** A port, or a range of them: `80`, `8000-8010`. */
function parseRange(flag: string, text: string): { first: number; count: number } {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first)
    throw new UsageError(
      `invalid port ${JSON.stringify(text)} of --publish ${JSON.stringify(flag)}: write [[IP:]HOST:]CONTAINER[/PROTOCOL], such as 8080:80`,
    );
  return { first, count: last - first + 1 };
}

/**
 * `[[IP:]HOST:]CONTAINER[/PROTOCOL]` of --publish: podman-run(1). Without a port of the host free ones are chosen. An address
 * of IPv6 stands in brackets.
 */
function parsePublish(text: string): PortOption {
  const [rest, protocol = 'tcp'] = splitOnce(text, '/');
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp')
    throw new UsageError(`--publish ${JSON.stringify(text)}: the protocol must be tcp, udp or sctp`);
  const match = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(?:([^:]*):)?([^:]+)$/.exec(rest);
  if (match === null)
    throw new UsageError(
      `--publish ${JSON.stringify(text)} cannot be read: write [[IP:]HOST:]CONTAINER[/PROTOCOL], such as 8080:80`,
    );
  const [, six, other, middle, inside = ''] = match;
  // `HOST:CONTAINER`, or with an address in front.
  const [hostIP, outside] =
    six !== undefined || middle !== undefined ? [six ?? other ?? '', middle] : ['', other];
  const container = parseRange(text, inside);
  const isAny = outside === undefined || outside === '' || outside === '0';
  const host = isAny ? { ...container, first: 0 } : parseRange(text, outside);
  if (host.count !== container.count)
    throw new UsageError(`--publish ${JSON.stringify(text)}: both ranges must have as many ports`);
  return {
    containerPort: container.first,
    hostPort: host.first,
    range: container.count,
    protocol,
    hostIP,
  };
}

/** The networks and ports: podman-run(1), --network, --publish, --ip, --ip6, --mac-address, --network-alias. */
export function parseNetworks(flags: NetworkFlags): Pick<CreateOptions, 'networks' | 'ports'> {
  const { network = [], publish = [], ip, ip6, macAddress, networkAlias = [] } = flags;
  if (ip !== undefined && !isIPv4(ip))
    throw new UsageError(`--ip ${JSON.stringify(ip)} is no IPv4 address, such as 10.88.0.7`);
  if (ip6 !== undefined && !isIPv6(ip6))
    throw new UsageError(`--ip6 ${JSON.stringify(ip6)} is no IPv6 address, such as fd00::7`);
  const ips = [ip, ip6].filter((text) => text !== undefined);
  const fixed = ips.length > 0 || macAddress !== undefined;
  const named = network.filter(isNetwork).map(parseNetwork);
  if (fixed && named.length === 0 && network.length > 0)
    throw new UsageError(`--ip, --ip6 and --mac-address cannot be used with --network ${network[0]}`);
  if (fixed && named.length > 1)
    throw new UsageError(
      '--ip, --ip6 and --mac-address can only be used with one network: write NAME:ip=ADDRESS',
    );
  if (networkAlias.length > 0 && named.length === 0 && network.length > 0)
    throw new UsageError(`--network-alias cannot be used with --network ${network[0]}`);
  // Ports alone mean the default network, which is just what `none` refuses.
  const published =
    publish.length > 0 ? '--publish' : flags.publishAll === true ? '--publish-all' : undefined;
  if (published !== undefined && network.length > 0 && named.length === 0 && network[0] !== 'private')
    throw new UsageError(`${published} cannot be used with --network ${network[0]}`);
  const chosen: NetworkChoice[] = fixed
    ? [
        {
          ...(named[0] ?? { name: 'bridge' }),
          ...(ips.length > 0 && { ips }),
          ...(macAddress && { mac: macAddress }),
        },
      ]
    : named.length === 0 && networkAlias.length > 0
      ? [{ name: 'bridge' }]
      : named;
  const networks = chosen.map((one) =>
    networkAlias.length > 0 ? { ...one, aliases: [...(one.aliases ?? []), ...networkAlias] } : one,
  );
  return {
    ...(networks.length > 0 && { networks }),
    ...(publish.length > 0 && { ports: publish.map(parsePublish) }),
  };
}
