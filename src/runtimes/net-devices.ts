import type { LaunchNetwork } from '../launch/request.js';
import { lookUpMovedLink } from '../linux/network/move-link.js';
import { NETLINK, NetlinkSocket } from '../linux/network/netlink.js';
import type { RuntimeSpec } from '../oci/runtime-spec.js';

/** What a launch does about the devices of linux.netDevices. */
export type MovedDevices = Pick<LaunchNetwork, 'outside' | 'inside'>;

/** Whether a specification has devices of the network moved. */
export function movesDevices({ linux }: RuntimeSpec): boolean {
  return Object.keys(linux?.netDevices ?? {}).length > 0;
}

/**
 * Looks up the devices of the network that a specification moves into its network namespace, as they are now. None is moved
 * yet: the launch does it, and the kernel gives them back, or removes what is no hardware, when the namespace ends.
 *
 * @throws LibpodError ERR_NOT_FOUND
 */
export async function movedDevices({ linux }: RuntimeSpec): Promise<MovedDevices> {
  const outside: LaunchNetwork['outside'][number][] = [];
  const inside: LaunchNetwork['inside'][number][] = [];
  using netlink = await NetlinkSocket.open('route');
  for (const [name, device] of Object.entries(linux?.netDevices ?? {})) {
    const { leave, arrive } = await lookUpMovedLink(netlink, name, device.name || name);
    outside.push({
      origin: `move the network device ${name} into the container (linux.netDevices)`,
      protocol: NETLINK.route,
      messages: leave,
      pidAt: leave.length - 4,
    });
    inside.push({
      origin: `bring the network device ${name} up with its addresses (linux.netDevices)`,
      protocol: NETLINK.route,
      messages: arrive,
      pidAt: 0,
    });
  }
  return { outside, inside };
}
