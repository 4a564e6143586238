// Netlink: requests as bytes that somebody else laid out (netlink(7)). What they say is policy; here they are
// sent, and their answers gathered.
#ifndef LIBPOD_NATIVE_SYS_NETLINK_H_
#define LIBPOD_NATIVE_SYS_NETLINK_H_

#include <cstddef>
#include <cstdint>

#include "sys/result.h"

namespace libpod {

// What a request is answered with, before its acknowledgement. Called with whole messages, some at a time.
class NetlinkSink {
  public:
    virtual ~NetlinkSink() = default;
    virtual void Take(const uint8_t* messages, size_t size) = 0;
};

// Sends the messages over a netlink socket, waits until each is acknowledged, and stops at the first that is
// refused. All must have NLM_F_ACK, or all NLM_F_DUMP. Those of a netfilter transaction go out together, as
// the kernel wants them; all others one by one, since it would go on after one that failed.
// `sink` may be null.
Status TalkNetlink(int socket, bool together, const uint8_t* messages, size_t size, NetlinkSink* sink);

// The same over a socket of its own, in the network namespace of the calling thread.
Status SendNetlink(int protocol, const uint8_t* messages, size_t size);

// The same, again and again for some seconds while the kernel answers `busy`: the interfaces of the
// container's last run go with its network namespace, which is freed in the kernel's own time.
Status SendNetlinkWhenFree(int protocol, const uint8_t* messages, size_t size, int busy);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_NETLINK_H_
