import { hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import type { NetlinkSocket } from '../linux/network/netlink.js';
import { getLink, getRoutes, linksOf, routesOf, type Link } from '../linux/network/rtnetlink.js';

/**
 * The interface of the host over which a network's interfaces are made.
 *
 * @throws LibpodError ERR_NO_SUCH_NETWORK if it is not there
 */
export async function findParent(netlink: NetlinkSocket, network: string, parent: string): Promise<Link> {
  try {
    const [link] = linksOf(
      await netlink.talk(`look for the parent ${parent} of network ${network}`, [getLink(parent)]),
    );
    if (link !== undefined) return link;
  } catch (error) {
    if (!hasErrno(error, 'ENODEV')) throw error;
  }
  throw new LibpodError(
    'ERR_NO_SUCH_INTERFACE',
    `the host has no interface ${parent}, which is the parent of network ${network}: give one that "ip link" shows`,
  );
}

/**
 * The interface by which the host reaches the outside.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT if it does not
 */
export async function defaultParent(netlink: NetlinkSocket, network: string): Promise<string> {
  for (const family of [4, 6] as const) {
    const routes = routesOf(await netlink.talk('list the routes of the host', [getRoutes(family)]));
    const out = routes.find(({ destination, index }) => destination.endsWith('/0') && index !== 0);
    if (out === undefined) continue;
    const links = linksOf(await netlink.talk('list the interfaces of the host', [getLink()]));
    const link = links.find(({ index }) => index === out.index);
    if (link !== undefined) return link.name;
  }
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `network ${network} needs a parent: the host has no default route to take its interface from`,
  );
}
