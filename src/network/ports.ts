import { ipBytes, parseIp, type IpAddress } from '../base/ip.js';
import type { HeldPort } from '../launch/request.js';
import type { PortMapping } from '../model/config.js';

/** The numbers of IP protocols. */
export const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** Those that the monitor can pass on. */
export const FORWARDED: readonly string[] = ['tcp', 'udp'];

const EVERY_ADDRESS = { 4: '0.0.0.0', 6: '::' } as const;

/** A port as a person writes it. */
export function describePort({ hostIP, hostPort, containerPort, protocol }: PortMapping): string {
  const host = hostIP.includes(':') ? `[${hostIP}]` : hostIP;
  return `port ${host === '' ? '' : `${host}:`}${hostPort}/${protocol} for ${containerPort}`;
}

/** More are too many to read. */
const DESCRIBED = 3;

/** Several of them; of many the first alone. */
export function describePorts(ports: readonly PortMapping[]): string {
  const more = ports.length - DESCRIBED;
  const first = ports.slice(0, DESCRIBED).map(describePort).join(', ');
  return more > 0 ? `${first} and ${more} more` : first;
}

/** The loopback of IPv6, from which no rule leads a packet away: the monitor passes on what is said there. */
export const LOOPBACK6 = '::1';

/** Where it passes that on to: an address of the container, of IPv6 if it has one; none where there is none. */
export function forwardedTo(published: readonly IpAddress[]): Buffer {
  const address = published.find(({ family }) => family === 6) ?? published[0];
  return address === undefined ? Buffer.alloc(0) : ipBytes(address);
}

/** The ports of the host that are kept from its programs. @param published the addresses of the container to which they lead */
export function heldPorts(ports: readonly PortMapping[], published: readonly IpAddress[]): HeldPort[] {
  const families = new Set(published.map(({ family }) => family));
  return ports.flatMap((port) => {
    const addresses =
      port.hostIP === '' ? [...families].map((family) => EVERY_ADDRESS[family]) : [port.hostIP];
    return addresses.flatMap((text) => {
      const address = parseIp(text);
      if (address === undefined || !(families.has(address.family) || text === LOOPBACK6)) return [];
      const forwarded =
        (text === LOOPBACK6 || text === EVERY_ADDRESS[6]) && FORWARDED.includes(port.protocol);
      return {
        protocol: PROTOCOLS[port.protocol] ?? 0,
        address: ipBytes(address),
        port: port.hostPort,
        to: forwarded ? forwardedTo(published) : Buffer.alloc(0),
        toPort: forwarded ? port.containerPort : 0,
        origin: `publish ${describePort(port)}`,
      };
    });
  });
}
