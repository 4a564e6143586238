#include "monitor/host_netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/netlink.h"

namespace libpod {
namespace {

int netfilter_socket = -1;

}  // namespace

Status SendHostNetlink(int protocol, const uint8_t* messages, size_t size) {
    if (protocol != NETLINK_NETFILTER) return SendNetlink(protocol, messages, size);
    if (netfilter_socket < 0) netfilter_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (netfilter_socket < 0) return Fail("socket");
    Status status = TalkNetlink(netfilter_socket, true, messages, size, nullptr);
    if (!status.ok()) {
        // Answers to a transaction that was refused may be left in it.
        close(netfilter_socket);
        netfilter_socket = -1;
    }
    return status;
}

}  // namespace libpod
