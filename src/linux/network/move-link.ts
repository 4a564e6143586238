import { hasErrno } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import {
  attributeList,
  bytes,
  decodeAttributes,
  encodeMessage,
  NetlinkSocket,
  NLM_F,
  type Attribute,
} from './netlink.js';
import { getLink, IFA, IFA_F_NODAD, IFLA, linkBody, linksOf, linkUp, RTM } from './rtnetlink.js';

/** RTM_GETADDR of rtnetlink(7); IFLA_NEW_IFINDEX of linux/if_link.h, since Linux 5.13. */
const GET_ADDRESS = 22;
const NEW_INDEX = 49;
/** linux/if_addr.h: not one that DHCP or a router advertisement gave for a time. */
const IFA_F_PERMANENT = 0x80;
const SCOPE_UNIVERSE = 0;
const AF_INET6 = 10;

/** Added to its index on the host, so that no interface that a network namespace begins with has it. */
const INDEX_BASE = 0x10000;

/** An interface of this network namespace, as it is to be in another one. */
export interface MovedLink {
  /** Moves it and renames it. The PID of a process of the other namespace is the last four bytes. */
  readonly leave: Buffer;
  /** Gives it there the addresses that it has here, and brings it up. */
  readonly arrive: Buffer;
}

/** One address as the kernel told it, for the interface with another index. Its label has the old name, its lifetimes are over. */
function addressAgain(content: Buffer, index: number): Buffer {
  const body = Buffer.from(content.subarray(0, 8));
  body.writeUInt32LE(index, 4);
  const kept: readonly number[] = [IFA.local, IFA.address, IFA.broadcast, IFA.flags];
  const attributes: Attribute[] = attributeList(content.subarray(8))
    .filter(([type]) => kept.includes(type))
    .map(([type, value]) =>
      type === IFA.flags && body[0] === AF_INET6
        ? [type, bytes.u32((value.readUInt32LE() | IFA_F_NODAD) >>> 0)]
        : [type, value],
    );
  return encodeMessage(RTM.newAddress, NLM_F.acknowledge | NLM_F.create | NLM_F.replace, body, attributes);
}

/** The flags of an address: those of its attribute, of which its header has the first eight. */
function flagsOf(content: Buffer): number {
  return decodeAttributes(content.subarray(8)).get(IFA.flags)?.readUInt32LE() ?? (content[2] as number);
}

/**
 * Looks an interface up that is to move to another network namespace. The kernel keeps its MAC address and its MTU, and takes its
 * addresses: those that are permanent and of global scope are given again there (config-linux.md, "Network Devices").
 *
 * @param to its name there; one with `%d` has the first number that is free
 * @throws LibpodError ERR_NOT_FOUND if there is no such interface
 */
export async function lookUpMovedLink(netlink: NetlinkSocket, name: string, to: string): Promise<MovedLink> {
  const what = `look for the network device ${name}`;
  let index: number | undefined;
  try {
    index = linksOf(await netlink.talk(what, [getLink(name)]))[0]?.index;
  } catch (error) {
    if (!hasErrno(error, 'ENODEV')) throw error;
  }
  if (index === undefined)
    throw new LibpodError(
      'ERR_NOT_FOUND',
      `there is no network device ${name} on the host (linux.netDevices)`,
    );
  const all = await netlink.talk(what, [encodeMessage(GET_ADDRESS, NLM_F.dump, Buffer.alloc(8))]);
  const addresses = all
    .filter(({ type, content }) => type === RTM.newAddress && content.length >= 8)
    .filter(({ content }) => content.readUInt32LE(4) === index && content[3] === SCOPE_UNIVERSE)
    .filter(({ content }) => (flagsOf(content) & IFA_F_PERMANENT) !== 0);
  const there = INDEX_BASE + index;
  return {
    leave: encodeMessage(RTM.newLink, NLM_F.acknowledge, linkBody(index, false), [
      [IFLA.name, bytes.text(to)],
      [NEW_INDEX, bytes.u32(there)],
      [IFLA.netNsPid, bytes.u32(0)],
    ]),
    arrive: Buffer.concat([linkUp(there), ...addresses.map(({ content }) => addressAgain(content, there))]),
  };
}
