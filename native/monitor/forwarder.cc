#include "monitor/forwarder.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// Bounds of what clients can make this process hold: who comes beyond them waits in the queue of the socket,
// or takes the place of the datagrams that were heard of least lately.
constexpr size_t kMostStreams = 256;
constexpr size_t kMostFlows = 64;
constexpr size_t kBuffer = 32 * 1024;
constexpr size_t kDatagram = 64 * 1024;
// How long the answers to a datagram are waited for, and the next client of a process without any.
constexpr uint64_t kPatienceSeconds = 60;

uint64_t Seconds() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec);
}

bool IsLoopback(const struct sockaddr_in6& name) {
    constexpr uint8_t kLoopback[sizeof name.sin6_addr] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return memcmp(&name.sin6_addr, kLoopback, sizeof kLoopback) == 0;
}

// One datagram, from or to this address.
struct msghdr Datagram(struct sockaddr_in6* name, struct iovec* part) {
    struct msghdr message = {};
    message.msg_name = name;
    message.msg_namelen = sizeof *name;
    message.msg_iov = part;
    message.msg_iovlen = 1;
    return message;
}

// One way of a stream: what was read and not written yet.
struct Way {
    uint8_t* data;
    size_t begin = 0, end = 0;
    bool ended = false;  // the sender has said all
    bool told = false;   // and the receiver knows

    bool takes() const { return !ended && end < kBuffer; }
    bool has() const { return begin < end; }

    // Passes on what can be without waiting; false when one of the two is gone.
    bool Move(int from, int to) {
        if (takes()) {
            ssize_t count = recv(from, data + end, kBuffer - end, MSG_DONTWAIT);
            if (count == 0) ended = true;
            if (count > 0) end += static_cast<size_t>(count);
            if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
        }
        while (has()) {
            ssize_t count = send(to, data + begin, end - begin, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
            if (count < 0) return false;
            begin += static_cast<size_t>(count);
        }
        if (!has()) begin = end = 0;
        if (ended && !has() && !told) {
            told = true;
            (void)shutdown(to, SHUT_WR);
        }
        return true;
    }
};

struct Stream {
    int client, server;
    bool connecting;
    Way there, back;
};

// The datagrams of one client to one port.
struct Flow {
    int server;
    const HeldPort* port;
    struct sockaddr_in6 client;
    uint64_t heard;
};

class Forwarder {
  public:
    Forwarder(const HeldPort* ports, size_t count, const Bytes& to) : ports_(ports), count_(count), to_(to) {
        size_t buffers = kMostStreams * 2 * kBuffer + kDatagram;
        size_t records = kMostStreams * sizeof(Stream) + kMostFlows * sizeof(Flow);
        size_t polls = (count + 2 * kMostStreams + kMostFlows) * sizeof(struct pollfd);
        void* memory = mmap(nullptr, buffers + records + polls, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) _exit(1);
        buffers_ = static_cast<uint8_t*>(memory);
        datagram_ = buffers_ + kMostStreams * 2 * kBuffer;
        streams_ = reinterpret_cast<Stream*>(datagram_ + kDatagram);
        flows_ = reinterpret_cast<Flow*>(streams_ + kMostStreams);
        polls_ = reinterpret_cast<struct pollfd*>(flows_ + kMostFlows);
        for (size_t i = 0; i < kMostStreams; i++) streams_[i].client = -1;
        for (size_t i = 0; i < kMostFlows; i++) flows_[i].server = -1;
    }

    // Until nobody has asked for anything for a while.
    void Run() {
        for (;;) {
            bool idle = ListInterest();
            int ready = poll(polls_, listed_, static_cast<int>(kPatienceSeconds * 1000));
            if (ready == 0 && idle) return;
            // Those behind the ports first: who comes now is not in the list.
            const struct pollfd* ends = polls_ + port_count_;
            for (size_t i = 0; i < stream_count_; i++, ends += 2) {
                if (ends[0].revents != 0 || ends[1].revents != 0) Serve(listed_streams_[i]);
            }
            for (size_t i = 0; i < flow_count_; i++) {
                if (ends[i].revents != 0) Answer(listed_flows_[i]);
            }
            ForgetSilent();
            const struct pollfd* asked = polls_;
            for (size_t i = 0; i < count_; i++) {
                if (ports_[i].to_port == 0 || (asked++)->revents == 0) continue;
                if (ports_[i].stream)
                    Accept(ports_[i]);
                else
                    Receive(ports_[i]);
            }
        }
    }

  private:
    // Lists what is waited for: the ports, then both ends of each stream, then the flows. Answers whether
    // there are none of the latter two.
    bool ListInterest() {
        struct pollfd* next = polls_;
        for (size_t i = 0; i < count_; i++) {
            if (ports_[i].to_port == 0) continue;
            bool full = ports_[i].stream && stream_count_ == kMostStreams;
            *next++ = {full ? -1 : ports_[i].socket, POLLIN, 0};
        }
        port_count_ = static_cast<size_t>(next - polls_);
        stream_count_ = 0;
        for (size_t i = 0; i < kMostStreams; i++) {
            Stream& stream = streams_[i];
            if (stream.client < 0) continue;
            listed_streams_[stream_count_++] = &stream;
            int client = (stream.there.takes() ? POLLIN : 0) | (stream.back.has() ? POLLOUT : 0);
            int server = (stream.back.takes() ? POLLIN : 0) | (stream.there.has() ? POLLOUT : 0);
            if (stream.connecting) {
                client = 0;
                server = POLLOUT;
            }
            // poll(2) tells of a hang-up whatever it was asked for.
            *next++ = {client == 0 ? -1 : stream.client, static_cast<short>(client), 0};
            *next++ = {server == 0 ? -1 : stream.server, static_cast<short>(server), 0};
        }
        flow_count_ = 0;
        for (size_t i = 0; i < kMostFlows; i++) {
            if (flows_[i].server < 0) continue;
            listed_flows_[flow_count_++] = &flows_[i];
            *next++ = {flows_[i].server, POLLIN, 0};
        }
        listed_ = static_cast<nfds_t>(next - polls_);
        return stream_count_ == 0 && flow_count_ == 0;
    }

    void ForgetSilent() {
        uint64_t now = Seconds();
        for (size_t i = 0; i < kMostFlows; i++) {
            if (flows_[i].server >= 0 && now - flows_[i].heard > kPatienceSeconds) Forget(&flows_[i]);
        }
    }

    // A socket on its way to the container; -1 if there is no way.
    int Connect(const HeldPort& port) {
        SocketName name;
        if (!MakeName(to_, port.to_port, &name)) return -1;
        int type = port.stream ? SOCK_STREAM : SOCK_DGRAM;
        int fd = socket(name.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) return -1;
        if (connect(fd, &name.any, name.size) == 0 || errno == EINPROGRESS) return fd;
        close(fd);
        return -1;
    }

    // Ends a stream as the other one of the two ended it: without a farewell.
    static void Break(int fd) {
        struct linger at_once = {1, 0};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd);
    }

    void Accept(const HeldPort& port) {
        size_t place = 0;
        while (place < kMostStreams && streams_[place].client >= 0) place++;
        if (place == kMostStreams) return;
        struct sockaddr_in6 peer = {};
        socklen_t size = sizeof peer;
        int client = accept4(port.socket, reinterpret_cast<struct sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            // Out of descriptors, perhaps: whoever waits is not to keep a processor busy.
            if (errno != EAGAIN) usleep(10'000);
            return;
        }
        // The rest of the world comes by the rules of the firewall, or not at all.
        int server = IsLoopback(peer) ? Connect(port) : -1;
        if (server < 0) return Break(client);
        int on = 1;
        for (int fd : {client, server}) {
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        }
        uint8_t* buffers = buffers_ + place * 2 * kBuffer;
        streams_[place] = {client, server, true, {buffers}, {buffers + kBuffer}};
    }

    void Serve(Stream* stream) {
        int error = 0;
        socklen_t size = sizeof error;
        bool gone = stream->connecting &&
                    (getsockopt(stream->server, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0);
        stream->connecting = false;
        if (gone || !stream->there.Move(stream->client, stream->server) ||
            !stream->back.Move(stream->server, stream->client)) {
            Break(stream->client);
            Break(stream->server);
        } else if (stream->there.told && stream->back.told) {
            close(stream->client);
            close(stream->server);
        } else {
            return;
        }
        (void)madvise(stream->there.data, 2 * kBuffer, MADV_DONTNEED);
        stream->client = -1;
    }

    // A datagram of a client. Its flow is found, or made in the place of the one that was silent for longest.
    void Receive(const HeldPort& port) {
        struct sockaddr_in6 client = {};
        struct iovec part = {datagram_, kDatagram};
        struct msghdr message = Datagram(&client, &part);
        ssize_t count = recvmsg(port.socket, &message, MSG_DONTWAIT);
        if (count < 0 || !IsLoopback(client)) return;
        Flow* flow = nullptr;
        Flow* silent = flows_;
        for (Flow* one = flows_; one < flows_ + kMostFlows && flow == nullptr; one++) {
            if (one->server >= 0 && one->port == &port && one->client.sin6_port == client.sin6_port)
                flow = one;
            bool better = one->server < 0 ? silent->server >= 0 : one->heard < silent->heard;
            if (silent->server >= 0 && better) silent = one;
        }
        if (flow == nullptr) {
            if (silent->server >= 0) Forget(silent);
            *silent = {Connect(port), &port, client, 0};
            if (silent->server < 0) return;
            flow = silent;
        }
        flow->heard = Seconds();
        (void)send(flow->server, datagram_, static_cast<size_t>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    void Answer(Flow* flow) {
        ssize_t count = recv(flow->server, datagram_, kDatagram, MSG_DONTWAIT);
        if (count < 0) return;  // nobody listens there, which the client of a datagram need not hear
        flow->heard = Seconds();
        struct iovec part = {datagram_, static_cast<size_t>(count)};
        struct msghdr message = Datagram(&flow->client, &part);
        (void)sendmsg(flow->port->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    static void Forget(Flow* flow) {
        close(flow->server);
        flow->server = -1;
    }

    const HeldPort* ports_;
    size_t count_;
    const Bytes& to_;
    uint8_t* buffers_;
    uint8_t* datagram_;
    Stream* streams_;
    Flow* flows_;
    struct pollfd* polls_;
    // What polls_ is about.
    nfds_t listed_ = 0;
    size_t port_count_ = 0;
    size_t stream_count_ = 0;
    size_t flow_count_ = 0;
    Stream* listed_streams_[kMostStreams];
    Flow* listed_flows_[kMostFlows];
};

// Closes all but the sockets of the ports: not the monitor's lock, which this process may outlive for a
// moment, nor its clients.
void CloseOthers(const HeldPort* ports, size_t count) {
    sys::CloseAllBut(0, [=](unsigned from) {
        unsigned next = ~0u;
        for (size_t i = 0; i < count; i++) {
            auto socket = static_cast<unsigned>(ports[i].socket);
            if (ports[i].to_port != 0 && socket >= from && socket < next) next = socket;
        }
        return next;
    });
}

}  // namespace

bool MakeName(const Bytes& address, uint32_t port, SocketName* name) {
    *name = {};
    uint16_t number = __builtin_bswap16(static_cast<uint16_t>(port));
    if (address.size == sizeof name->v4.sin_addr) {
        name->v4.sin_family = AF_INET;
        name->v4.sin_port = number;
        memcpy(&name->v4.sin_addr, address.data, address.size);
        name->size = sizeof name->v4;
        return true;
    }
    if (address.size != sizeof name->v6.sin6_addr) return false;
    name->v6.sin6_family = AF_INET6;
    name->v6.sin6_port = number;
    memcpy(&name->v6.sin6_addr, address.data, address.size);
    name->size = sizeof name->v6;
    return true;
}

void RunForwarder(const HeldPort* ports, size_t count, const Bytes& to) {
    CloseOthers(ports, count);
    // It needs no more than what it has open, and talks to whoever comes.
    if (!SetCapabilities(0, 0, 0, 0).ok() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
    prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL), 0, 0, 0);
    Forwarder(ports, count, to).Run();
    _exit(0);
}

}  // namespace libpod
