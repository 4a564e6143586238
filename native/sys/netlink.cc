#include "sys/netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/fd.h"

namespace libpod {
namespace {

// The kernel fills answers of a dump to 32 KiB at most (netlink_dump in net/netlink/af_netlink.c).
constexpr size_t kAnswerSize = 32 * 1024;

// How long a launch waits for what the kernel frees of the last one, and how often it looks.
constexpr int kLastRunGoesMs = 5000;
constexpr int kLookAgainMs = 5;

// The size of the message at `data`, its padding included; 0 for what is none.
size_t MessageSize(const uint8_t* data, size_t size, struct nlmsghdr* header) {
    if (size < sizeof *header) return 0;
    memcpy(header, data, sizeof *header);
    if (header->nlmsg_len < sizeof *header || header->nlmsg_len > size) return 0;
    size_t aligned = NLMSG_ALIGN(header->nlmsg_len);
    return aligned < size ? aligned : size;
}

// Receives until `expected` messages were acknowledged, or their dumps are done. What the kernel refuses as a
// whole it answers by one message alone, and all its answers are there once they were sent
// (nfnetlink_rcv in net/netfilter/nfnetlink.c): after a refusal nothing more is waited for.
Status Gather(int socket, size_t expected, NetlinkSink* sink) {
    uint8_t answer[kAnswerSize];
    int refused = 0;
    while (expected > 0) {
        ssize_t count = recv(socket, answer, sizeof answer, refused == 0 ? 0 : MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count < 0) return Fail("recv");
        struct nlmsghdr header;
        size_t whole = 0;
        for (size_t at = 0; at < static_cast<size_t>(count); at += whole) {
            whole = MessageSize(answer + at, static_cast<size_t>(count) - at, &header);
            if (whole == 0) return FailWith("recv", EBADMSG);
            if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) {
                int32_t error = 0;
                if (header.nlmsg_len >= sizeof header + sizeof error)
                    memcpy(&error, answer + at + sizeof header, sizeof error);
                if (error < 0 && refused == 0) refused = -error;
                expected--;
            } else if (sink != nullptr) {
                sink->Take(answer + at, whole);
            }
            if (expected == 0) break;
        }
    }
    return refused == 0 ? Ok() : FailWith("netlink", refused);
}

// Lets a message of this size be sent: a transaction of a thousand ports is longer than a socket takes by
// itself.
bool MakeRoom(int socket, size_t size) {
    int room = size > INT32_MAX ? INT32_MAX : static_cast<int>(size);
    return setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) == 0;
}

Status SendBytes(int socket, const uint8_t* data, size_t size) {
    for (bool tried = false;;) {
        ssize_t count = send(socket, data, size, 0);
        if (count == static_cast<ssize_t>(size)) return Ok();
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EMSGSIZE && !tried && MakeRoom(socket, size)) {
            tried = true;
            continue;
        }
        return count < 0 ? Fail("send") : FailWith("send", EMSGSIZE);
    }
}

}  // namespace

Status TalkNetlink(int socket, bool together, const uint8_t* messages, size_t size, NetlinkSink* sink) {
    struct nlmsghdr header;
    size_t expected = 0;
    for (size_t at = 0, whole = 0; at < size; at += whole) {
        whole = MessageSize(messages + at, size - at, &header);
        if (whole == 0) return FailWith("send", EBADMSG);
        bool answered = (header.nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP)) != 0;
        if (together) {
            if (answered) expected++;
            continue;
        }
        LIBPOD_TRY(SendBytes(socket, messages + at, whole));
        LIBPOD_TRY(Gather(socket, answered ? 1 : 0, sink));
    }
    if (!together) return Ok();
    LIBPOD_TRY(SendBytes(socket, messages, size));
    return Gather(socket, expected, sink);
}

Status SendNetlink(int protocol, const uint8_t* messages, size_t size) {
    OwnedFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!fd.valid()) return Fail("socket");
    return TalkNetlink(fd.get(), protocol == NETLINK_NETFILTER, messages, size, nullptr);
}

Status SendNetlinkWhenFree(int protocol, const uint8_t* messages, size_t size, int busy) {
    for (int left = kLastRunGoesMs;; left -= kLookAgainMs) {
        Status status = SendNetlink(protocol, messages, size);
        if (status.error != busy || left <= 0) return status;
        usleep(kLookAgainMs * 1000);
    }
}

}  // namespace libpod
