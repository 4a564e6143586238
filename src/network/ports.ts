import { ipBytes, parseIp } from '../base/ip.js';
import type { HeldPort } from '../launch/request.js';
import type { PortMapping } from '../model/config.js';

/** The numbers of IP protocols. */
export const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };

const EVERY_ADDRESS = { 4: '0.0.0.0', 6: '::' } as const;

/** A port as a person writes it. */
export function describePort({ hostIP, hostPort, containerPort, protocol }: PortMapping): string {
  const host = hostIP.includes(':') ? `[${hostIP}]` : hostIP;
  return `port ${host === '' ? '' : `${host}:`}${hostPort}/${protocol} for ${containerPort}`;
}

/** The ports of the host that are kept from its programs. @param families in which they are published */
export function heldPorts(ports: readonly PortMapping[], families: ReadonlySet<4 | 6>): HeldPort[] {
  return ports.flatMap((port) => {
    const addresses =
      port.hostIP === '' ? [...families].map((family) => EVERY_ADDRESS[family]) : [port.hostIP];
    return addresses.flatMap((text) => {
      const address = parseIp(text);
      if (address === undefined || !families.has(address.family)) return [];
      return {
        protocol: PROTOCOLS[port.protocol] ?? 0,
        address: ipBytes(address),
        port: port.hostPort,
        origin: `publish ${describePort(port)}`,
      };
    });
  });
}
