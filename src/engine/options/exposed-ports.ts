import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { LibpodError } from '../../base/errors.js';
import { LAST_PORT } from '../../base/ip.js';
import type { PortOption } from './port.js';

/** Ranges are for people; one of all ports would only take all of the host's. */
const MOST_PORTS = 1024;

/**
 * Reads `PORT[-PORT][/PROTOCOL]` as images and --expose have it: config.md, "ExposedPorts".
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function parseExposed(
  words: readonly string[],
): Required<Pick<PortOption, 'containerPort' | 'protocol'>>[] {
  const found = words.flatMap((word) => {
    const [, first = '', last = first, protocol = 'tcp'] =
      /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(word.toLowerCase()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === '' || from < 1 || to < from || to > LAST_PORT || to - from >= MOST_PORTS)
      throw new LibpodError(
        'ERR_INVALID_ARGUMENT',
        `the exposed port ${JSON.stringify(word)} cannot be read: write PORT[-PORT][/PROTOCOL], of at most ${MOST_PORTS} ports`,
      );
    return Array.from({ length: to - from + 1 }, (_, at) => ({
      containerPort: from + at,
      protocol: protocol as 'tcp' | 'udp' | 'sctp',
    }));
  });
  return [...new Map(found.map((port) => [`${port.containerPort}/${port.protocol}`, port])).values()];
}

/** A port of the host that nobody listens at now. */
async function freePort(protocol: PortOption['protocol']): Promise<number> {
  if (protocol === 'udp') {
    const socket = createSocket('udp4').bind(0);
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    return port;
  }
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ports of the host for those that are published at any: podman-run(1), --publish. */
export async function chooseHostPorts(ports: readonly PortOption[]): Promise<PortOption[]> {
  const chosen: PortOption[] = [];
  for (const port of ports) {
    const { containerPort, hostPort, range = 1, protocol } = port;
    // What is wrong with the others is told by who reads them all.
    const isAny = hostPort === 0 && Number.isInteger(range) && range <= MOST_PORTS;
    if (!isAny) chosen.push(port);
    else
      for (let at = 0; at < range; at++)
        chosen.push({
          ...port,
          range: 1,
          containerPort: containerPort + at,
          hostPort: await freePort(protocol),
        });
  }
  return chosen;
}

/**
 * Ports of the host for exposed ones that are not published: podman-run(1), --publish-all.
 *
 * @param published those that are
 */
export async function publishExposed(
  exposed: readonly string[],
  published: readonly PortOption[],
): Promise<PortOption[]> {
  const isPublished = ({ containerPort, protocol }: PortOption): boolean =>
    published.some(
      (one) =>
        (one.protocol ?? 'tcp') === protocol &&
        containerPort >= one.containerPort &&
        containerPort < one.containerPort + (one.range ?? 1),
    );
  const more: PortOption[] = [];
  for (const port of parseExposed(exposed))
    if (!isPublished(port)) more.push({ ...port, hostPort: await freePort(port.protocol) });
  return more;
}
