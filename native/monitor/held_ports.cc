#include "monitor/held_ports.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/fd.h"

namespace libpod {
namespace {

constexpr size_t kPage = 4096;

int TypeOf(uint32_t protocol) {
    return protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

Status Bind(int fd, const HoldPortOp& op) {
    if (op.address.size == sizeof(struct in_addr)) {
        struct sockaddr_in name = {};
        name.sin_family = AF_INET;
        name.sin_port = __builtin_bswap16(static_cast<uint16_t>(op.port));
        memcpy(&name.sin_addr, op.address.data, op.address.size);
        return bind(fd, reinterpret_cast<struct sockaddr*>(&name), sizeof name) == 0 ? Ok() : Fail("bind");
    }
    struct sockaddr_in6 name = {};
    if (op.address.size != sizeof name.sin6_addr) return FailWith("decode", EINVAL);
    name.sin6_family = AF_INET6;
    name.sin6_port = __builtin_bswap16(static_cast<uint16_t>(op.port));
    memcpy(&name.sin6_addr, op.address.data, op.address.size);
    int alone = 1;
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone) != 0) return Fail("setsockopt");
    return bind(fd, reinterpret_cast<struct sockaddr*>(&name), sizeof name) == 0 ? Ok() : Fail("bind");
}

int Open(int family, uint32_t protocol) {
    return socket(family, TypeOf(protocol) | SOCK_CLOEXEC, static_cast<int>(protocol));
}

// Connections that were closed a moment ago (TIME_WAIT) keep the port from who does not ask for SO_REUSEADDR.
// One who does keeps others away only by listening; else that is left alone, as it would let clients wait.
Status BindOverRemains(int fd, const HoldPortOp& op) {
    int reuse = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0) return Fail("setsockopt");
    LIBPOD_TRY(Bind(fd, op));
    return listen(fd, 0) == 0 ? Ok() : Fail("bind");
}

}  // namespace

Status HeldPorts::Hold(const HoldPortOp& op) {
    int family = op.address.size == sizeof(struct in_addr) ? AF_INET : AF_INET6;
    OwnedFd fd(Open(family, op.protocol));
    if (!fd.valid() && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT)) return Ok();
    if (!fd.valid()) return Fail("socket");
    Status bound = Bind(fd.get(), op);
    if (bound.error == EADDRINUSE && op.protocol == IPPROTO_TCP) {
        fd.Reset(Open(family, op.protocol));
        bound = BindOverRemains(fd.get(), op);
    }
    LIBPOD_TRY(bound);
    if ((count_ + 1) * sizeof(int) > size_) {
        size_t size = size_ + kPage;
        void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return Fail("mmap");
        if (size_ > 0) {
            memcpy(memory, sockets_, size_);
            munmap(sockets_, size_);
        }
        sockets_ = static_cast<int*>(memory);
        size_ = size;
    }
    sockets_[count_++] = fd.Release();
    return Ok();
}

void HeldPorts::LetGo() {
    for (size_t i = 0; i < count_; i++) close(sockets_[i]);
    if (size_ > 0) munmap(sockets_, size_);
    sockets_ = nullptr;
    count_ = 0;
    size_ = 0;
}

}  // namespace libpod
