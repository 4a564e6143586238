#include "monitor/held_ports.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/fd.h"
#include "sys/reap.h"

namespace libpod {
namespace {

constexpr size_t kPage = 4096;
// How many may wait to be passed on.
constexpr int kBacklog = 128;

int TypeOf(uint32_t protocol) {
    return protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
}

Status Bind(int fd, const HoldPortOp& op) {
    SocketName name;
    if (!MakeName(op.address, op.port, &name)) return FailWith("decode", EINVAL);
    int alone = 1;
    if (name.any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone) != 0)
        return Fail("setsockopt");
    return bind(fd, &name.any, name.size) == 0 ? Ok() : Fail("bind");
}

int Open(int family, const HoldPortOp& op) {
    int flags = SOCK_CLOEXEC | (op.to_port != 0 ? SOCK_NONBLOCK : 0);
    return socket(family, TypeOf(op.protocol) | flags, static_cast<int>(op.protocol));
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
    OwnedFd fd(Open(family, op));
    if (!fd.valid() && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT)) return Ok();
    if (!fd.valid()) return Fail("socket");
    Status bound = Bind(fd.get(), op);
    if (bound.error == EADDRINUSE && op.protocol == IPPROTO_TCP) {
        fd.Reset(Open(family, op));
        bound = BindOverRemains(fd.get(), op);
    }
    LIBPOD_TRY(bound);
    bool stream = op.protocol == IPPROTO_TCP;
    if (op.to_port != 0) {
        if (stream && listen(fd.get(), kBacklog) != 0) return Fail("listen");
        if (!LeadTo(op.to)) return FailWith("decode", EINVAL);
    }
    LIBPOD_TRY(Keep({fd.get(), stream, static_cast<uint16_t>(op.to_port)}));
    (void)fd.Release();
    return Ok();
}

Status HeldPorts::Keep(const HeldPort& port) {
    if ((count_ + 1) * sizeof port > size_) {
        size_t size = size_ + kPage;
        void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return Fail("mmap");
        if (size_ > 0) {
            memcpy(memory, ports_, count_ * sizeof port);
            munmap(ports_, size_);
        }
        ports_ = static_cast<HeldPort*>(memory);
        size_ = size;
    }
    ports_[count_++] = port;
    return Ok();
}

bool HeldPorts::LeadTo(const Bytes& to) {
    SocketName name;
    if (to.size != 0 && !MakeName(to, 0, &name)) return false;
    if (to.size == to_size_ && memcmp(to.data, to_, to.size) == 0) return true;
    memcpy(to_, to.data, to.size);
    to_size_ = to.size;
    // The next one knows.
    if (forwarder_ == 0) return true;
    StopForwarding();
    SetInterest(true);
    return true;
}

void HeldPorts::Watch(int epoll, uint32_t token) {
    epoll_ = epoll;
    token_ = token;
    SetInterest(true);
}

void HeldPorts::SetInterest(bool waits) {
    struct epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u32 = token_;
    for (size_t i = 0; i < count_; i++) {
        if (ports_[i].to_port == 0) continue;
        (void)epoll_ctl(epoll_, waits ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, ports_[i].socket, &event);
    }
}

void HeldPorts::Forward() {
    if (forwarder_ != 0) return;
    pid_t child = fork();
    if (child == 0) RunForwarder(ports_, count_, {to_, to_size_});
    if (child < 0) return;  // it is tried again, as whoever has come still waits
    forwarder_ = child;
    SetInterest(false);
}

bool HeldPorts::Ended(pid_t child) {
    if (child != forwarder_) return false;
    forwarder_ = 0;
    SetInterest(true);
    return true;
}

void HeldPorts::StopForwarding() {
    if (forwarder_ == 0) return;
    kill(forwarder_, SIGKILL);
    siginfo_t ended;
    (void)ReapKilled(forwarder_, &ended);
    forwarder_ = 0;
}

void HeldPorts::LetGo() {
    StopForwarding();
    for (size_t i = 0; i < count_; i++) close(ports_[i].socket);
    if (size_ > 0) munmap(ports_, size_);
    ports_ = nullptr;
    count_ = 0;
    size_ = 0;
}

}  // namespace libpod
