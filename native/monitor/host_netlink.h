// Netlink messages of the monitor in the network namespace of the host.
#ifndef LIBPOD_NATIVE_MONITOR_HOST_NETLINK_H_
#define LIBPOD_NATIVE_MONITOR_HOST_NETLINK_H_

#include <cstddef>
#include <cstdint>

#include "sys/result.h"

namespace libpod {

// As SendNetlink, but the socket for netfilter stays open for the life of the process: closing it waits until
// the kernel has freed what transactions took out, for a grace period of RCU (nft_rcv_nl_event in
// net/netfilter/nf_tables_api.c), which takes 10 ms and more.
Status SendHostNetlink(int protocol, const uint8_t* messages, size_t size);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HOST_NETLINK_H_
