import { LAST_PORT } from '../../base/ip.js';
import type { PortMapping } from '../../index.js';
import { UsageError } from '../errors.js';

/** Where a port of the host is, for a person; no address means all. */
function hostSide({ hostIP, hostPort }: PortMapping): string {
  const address = hostIP || '0.0.0.0';
  return `${address.includes(':') ? `[${address}]` : address}:${hostPort}`;
}

/** A mapping as podman-port(1) prints it: `80/tcp -> 0.0.0.0:8080`. */
export function mappingLine(mapping: PortMapping): string {
  return `${mapping.containerPort}/${mapping.protocol} -> ${hostSide(mapping)}`;
}

/** A port of a container that is asked for: `80`, `80/udp`. */
export interface WantedPort {
  readonly written: string;
  readonly port: number;
  readonly protocol: string;
}

/** @throws UsageError for what is no port */
export function parsePort(written: string): WantedPort {
  const match = /^(\d+)(?:\/(tcp|udp|sctp))?$/.exec(written);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > LAST_PORT)
    throw new UsageError(
      `invalid port ${JSON.stringify(written)}: give a number from 1 to ${LAST_PORT}, perhaps with /tcp, /udp or /sctp`,
    );
  return { written, port, protocol: match[2] ?? 'tcp' };
}

/**
 * Where a port of a container leads out.
 *
 * @throws UsageError if it does not, but others do
 */
export function linesOfPort(mappings: readonly PortMapping[], wanted: WantedPort): string[] {
  const found = mappings.filter(
    ({ containerPort, protocol }) => containerPort === wanted.port && protocol === wanted.protocol,
  );
  if (found.length === 0 && mappings.length > 0)
    throw new UsageError(`failed to find published port ${JSON.stringify(wanted.written)}`);
  return found.map(hostSide);
}
