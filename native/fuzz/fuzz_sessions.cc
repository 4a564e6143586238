// The words about sessions: clients say any of them with any arguments, in any order, and hang up in between.
// Nothing is started, as that is the launch program's part: fuzz_program.cc.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "fuzz/input.h"
#include "monitor/sessions.h"
#include "monitor/tag.h"

namespace {

constexpr libpod::Message kWords[] = {
    libpod::Message::kSessionProgram, libpod::Message::kSessionCreate, libpod::Message::kSessionSelect,
    libpod::Message::kSessionAttach,  libpod::Message::kSessionKill,   libpod::Message::kSessionRemove,
    libpod::Message::kSessionList,    libpod::Message::kSignal,        libpod::Message::kStdin,
    libpod::Message::kStdinClose,     libpod::Message::kResize,        libpod::Message::kHealthRun,
};
constexpr int kClients = 3;

std::string Frame(FuzzInput* input) {
    auto word = kWords[input->Byte() % (sizeof kWords / sizeof *kWords)];
    std::string arguments = input->Bytes(input->Byte());
    auto length = static_cast<uint32_t>(1 + arguments.size());
    std::string frame(reinterpret_cast<const char*>(&length), sizeof length);
    frame += static_cast<char>(word);
    return frame + arguments;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 65536) return -1;
    libpod::OwnedFd epoll(epoll_create1(EPOLL_CLOEXEC));
    libpod::OwnedFd init(open("/dev/null", O_RDONLY | O_CLOEXEC));
    libpod::Events events;
    libpod::Sessions sessions(&events);
    sessions.Open(epoll.get());
    sessions.Admit(init.get());
    libpod::OwnedFd clients[kClients];
    FuzzInput input(data, size);
    while (!input.empty()) {
        libpod::OwnedFd& client = clients[input.Byte() % kClients];
        std::string frame = Frame(&input);
        if (frame.size() % 16 == 0) client.Reset();
        if (!client.valid()) {
            int ends[2];
            if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) abort();
            client.Reset(ends[1]);
            libpod::Connection connection;
            if (!connection.Open(libpod::OwnedFd(ends[0]))) abort();
            sessions.Adopt(&connection);
        }
        (void)!send(client.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
        struct epoll_event ready[8];
        for (int round = 0; round < 4; round++) {
            int count = epoll_wait(epoll.get(), ready, 8, 0);
            if (count <= 0) break;
            for (int at = 0; at < count; at++) sessions.Handle(ready[at].data.u64, ready[at].events);
            sessions.Settle();
        }
        char heard[4096];
        while (client.valid() && recv(client.get(), heard, sizeof heard, 0) > 0) {
        }
    }
    sessions.Finish();
    return 0;
}
