import { ipBytes, type IpAddress } from '../../base/ip.js';
import { bytes, encodeMessage, NLM_F } from './netlink.js';

/** Messages and attributes of linux/netfilter/nfnetlink_conntrack.h. */
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA = { tupleReply: 2, filter: 25 } as const;
const CTA_TUPLE_IP = 1;
const CTA_IP_SOURCE = { 4: 1, 6: 3 } as const;
const CTA_FILTER_REPLY_FLAGS = 2;
/** Compare the source address alone (CTA_FILTER_F_CTA_IP_SRC of net/netfilter/nf_conntrack_netlink.c). */
const FILTER_SOURCE = 0x1;
const FAMILIES = { 4: 2, 6: 10 } as const;

/**
 * Forgets the connections that an address answers: as those of UDP have no end, packets would be led to it for as long as
 * somebody sends. Kernels before 6.11 refuse it with EINVAL, as they delete one connection or all.
 */
export function deleteFlows(address: IpAddress): Buffer {
  // The family counts only where the version is not 0.
  const header = Buffer.from([FAMILIES[address.family], 1, 0, 0]);
  return encodeMessage((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE, NLM_F.acknowledge, header, [
    [CTA.tupleReply, [[CTA_TUPLE_IP, [[CTA_IP_SOURCE[address.family], ipBytes(address)]]]]],
    [CTA.filter, [[CTA_FILTER_REPLY_FLAGS, bytes.u32(FILTER_SOURCE)]]],
  ]);
}
