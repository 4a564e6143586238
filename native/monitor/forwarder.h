// What a program of the host says to a published port over the loopback of IPv6, passed on to the container.
// No rule can lead it there: the kernel takes no packet of ::1 from another interface, and for IPv6 there is
// no route_localnet (ip-sysctl.rst) that would let it.
//
// The forwarder is a process of its own, so that the monitor waits for none of its clients. It is made when
// the first one knocks, is done when nobody has for a while, and ends with the monitor.
#ifndef LIBPOD_NATIVE_MONITOR_FORWARDER_H_
#define LIBPOD_NATIVE_MONITOR_FORWARDER_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "launch/program.h"

namespace libpod {

// A port that is held: a socket that is bound, and the port of the container that it leads to; 0 if it is for
// rules alone to lead there.
struct HeldPort {
    int socket;
    bool stream;
    uint16_t to_port;
};

// An address as bind(2) and connect(2) take it.
struct SocketName {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
};

// Makes one of 4 or 16 bytes and a port; false for another number of bytes.
bool MakeName(const Bytes& address, uint32_t port, SocketName* name);

// Becomes the forwarder of these ports: the sockets of those that lead somewhere listen, and do not block.
[[noreturn]] void RunForwarder(const HeldPort* ports, size_t count, const Bytes& to);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_FORWARDER_H_
