import { readFileSync, writeFileSync } from 'node:fs';
import { fileError, hasErrno } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { parseIp, Subnet, type IpAddress } from '../base/ip.js';
import type { NetlinkSocket } from '../linux/network/netlink.js';
import {
  delLink,
  getLink,
  linksOf,
  linkUp,
  newAddress,
  newBridge,
  type Link,
} from '../linux/network/rtnetlink.js';
import type { BridgeNetwork } from './config.js';

/** A bridge of any kernel can be made; that it filters VLANs is what one may not have. */
const VLAN_ADVICE = {
  ENOTSUP: 'the kernel does not filter VLANs (CONFIG_BRIDGE_VLAN_FILTERING): leave vlan out',
};

/** A network's bridge; undefined if it is not there. */
async function findBridge(
  netlink: NetlinkSocket,
  { name, bridge }: BridgeNetwork,
): Promise<Link | undefined> {
  try {
    const [link] = linksOf(
      await netlink.talk(`look for the bridge ${bridge} of network ${name}`, [getLink(bridge)]),
    );
    if (link !== undefined && link.kind !== 'bridge')
      throw new LibpodError(
        'ERR_ADDRESS_IN_USE',
        `interface ${bridge}, which network ${name} wants as its bridge, is there and is none`,
      );
    return link;
  } catch (error) {
    if (hasErrno(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** The addresses of the host on a bridge; one that is there stays as it is. */
function addressesOn(index: number, { subnets }: BridgeNetwork): Buffer[] {
  return subnets.map(({ subnet, gateway }) =>
    newAddress(index, parseIp(gateway) as IpAddress, (Subnet.parse(subnet) as Subnet).prefix),
  );
}

/**
 * Makes the bridge of a network unless it is there; gives one that is there what somebody has taken away: its addresses, that it is
 * up, and that the kernel forwards.
 *
 * @param locked runs a function while no other engine changes networks
 * @returns its index
 */
export async function bringUpBridge(
  netlink: NetlinkSocket,
  config: BridgeNetwork,
  locked: <T>(run: () => Promise<T>) => Promise<T>,
): Promise<number> {
  const there = await findBridge(netlink, config);
  if (there !== undefined) {
    const { index, up } = there;
    await netlink.talk(`bring up the bridge ${config.bridge} of network ${config.name}`, [
      ...(up ? [] : [linkUp(index)]),
      ...addressesOn(index, config),
    ]);
    forward(config);
    return index;
  }
  return locked(async () => {
    const made = await findBridge(netlink, config);
    if (made !== undefined) return made.index;
    const what = `make the bridge ${config.bridge} of network ${config.name}`;
    await netlink.talk(what, [newBridge(config.bridge, config)], VLAN_ADVICE);
    const { index } = (await findBridge(netlink, config)) as Link;
    await netlink.talk(what, addressesOn(index, config));
    forward(config);
    return index;
  });
}

/** Removes the bridge of a network; one that is gone is fine. */
export async function takeDownBridge(netlink: NetlinkSocket, bridge: string): Promise<void> {
  try {
    await netlink.talk(`remove the bridge ${bridge}`, [delLink(bridge)]);
  } catch (error) {
    if (!hasErrno(error, 'ENODEV')) throw error;
  }
}

/** Lets the host forward packets, and its own loopback be reached from the bridge (ip-sysctl.rst). */
function forward({ bridge, subnets, internal }: BridgeNetwork): void {
  const write = (file: string, value: string): void => {
    try {
      // Where /proc/sys is read-only, what is right already is no reason to fail.
      if (readFileSync(`/proc/sys/net/${file}`, 'utf8').trim() === value) return;
      writeFileSync(`/proc/sys/net/${file}`, value);
    } catch (error) {
      throw fileError(`set the kernel parameter ${file}`, error);
    }
  };
  if (!internal) write('ipv4/ip_forward', '1');
  write(`ipv4/conf/${bridge}/route_localnet`, '1');
  if (subnets.some(({ subnet }) => Subnet.parse(subnet)?.family === 6)) {
    write(`ipv6/conf/${bridge}/accept_dad`, '0');
    if (!internal) write('ipv6/conf/all/forwarding', '1');
  }
}
