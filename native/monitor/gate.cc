#include "monitor/gate.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "launch/writer.h"

namespace libpod {
namespace {

bool SendFrame(int socket, Message type, const Writer& arguments) {
    uint8_t buffer[640];
    Writer frame(buffer, sizeof buffer);
    frame.PutU32(static_cast<uint32_t>(sizeof(uint8_t) + arguments.size()));
    frame.PutU8(static_cast<uint8_t>(type));
    frame.Put(arguments.data(), arguments.size());
    if (frame.overrun()) return false;
    ssize_t sent;
    do {
        sent = send(socket, frame.data(), frame.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(frame.size());
}

bool SayHello(int socket) {
    uint8_t buffer[64];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(kProtocolVersion);
    writer.PutU32(static_cast<uint32_t>(MonitorState::kCreated));
    // Who it is the starter knows better: in here the numbers are others.
    writer.PutU32(0);
    writer.PutU64(0);
    writer.PutU64(0);
    return SendFrame(socket, Message::kHello, writer);
}

// Whether `start` is what they say: a frame without arguments.
bool HearStart(int socket) {
    uint8_t frame[sizeof(uint32_t) + 1];
    for (size_t have = 0; have < sizeof frame;) {
        ssize_t count = read(socket, frame + have, sizeof frame - have);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        have += static_cast<size_t>(count);
    }
    uint32_t length;
    memcpy(&length, frame, sizeof length);
    return length == 1 && frame[sizeof length] == static_cast<uint8_t>(Message::kStart);
}

}  // namespace

Status WaitAtGate(int listener, OwnedFd* starter) {
    for (;;) {
        OwnedFd client(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.valid()) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            return Fail("accept4");
        }
        if (!SayHello(client.get()) || !HearStart(client.get())) continue;
        *starter = static_cast<OwnedFd&&>(client);
        return Ok();
    }
}

void TellStarter(int starter, Section section, uint32_t index, const Status& status, const char* detail) {
    uint8_t buffer[512];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(section));
    writer.PutU32(index);
    writer.PutText(status.stage);
    writer.PutU32(static_cast<uint32_t>(status.error));
    writer.PutText(detail);
    (void)SendFrame(starter, Message::kFailed, writer);
}

}  // namespace libpod
