import type { NetworkChoice, PortOption } from '../../index.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';

/** The words of --network that are no network: they name a namespace. */
const MODES = /^(none|private|host|container:.*|ns:.*|pod)$/;

/** Whether a value of --network names a network. */
export function isNetwork(text: string): boolean {
  return !MODES.test(text);
}

/** `NAME[:ip=ADDRESS,ip6=...,mac=...,interface_name=...]` of --network: podman-run(1). */
export function parseNetwork(text: string): NetworkChoice {
  const [name, options] = splitOnce(text, ':');
  const ips: string[] = [];
  let mac: string | undefined;
  let own: string | undefined;
  for (const option of options === undefined ? [] : options.split(',')) {
    const [key, value = ''] = splitOnce(option, '=');
    if (key === 'ip' || key === 'ip6') ips.push(value);
    else if (key === 'mac') mac = value;
    else if (key === 'interface_name') own = value;
    else
      throw new UsageError(
        `--network ${JSON.stringify(text)}: the option ${JSON.stringify(key)} is not supported: give ip, ip6, mac or interface_name`,
      );
  }
  return { name, ...(ips.length > 0 && { ips }), mac, interface: own };
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

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]` of --publish: podman-run(1). An address of IPv6 stands in brackets. */
export function parsePublish(text: string): PortOption {
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
  const host = outside === undefined || outside === '' ? container : parseRange(text, outside);
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
