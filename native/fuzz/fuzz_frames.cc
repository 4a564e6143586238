// The framing of the control protocol: a client sends any bytes, in pieces of any size. The first byte of the
// input is the size of the pieces; the rest is what the client says.
#include <fcntl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

#include "monitor/connection.h"

namespace {

volatile uint64_t sink;

// What the monitor does with whole frames, without doing it: every argument is read, by a reader and byte by
// byte.
void TakeFrames(libpod::Connection* connection) {
    libpod::Frame frame;
    while (connection->open() && connection->Peek(&frame)) {
        if (frame.arguments.size >= libpod::kMaxFrame) abort();
        for (uint32_t i = 0; i < frame.arguments.size; i++) sink = sink + frame.arguments.data[i];
        libpod::Reader reader(frame.arguments.data, frame.arguments.size);
        libpod::Bytes data;
        if (reader.Read(&data)) {
            for (uint32_t i = 0; i < data.size; i++) sink = sink + data.data[i];
            // Echo it, as output: the other direction's buffer must hold too.
            if (connection->HasRoom() && data.size <= libpod::kChunk) {
                connection->SendData(libpod::Message::kStdout, data.data, data.size);
            }
        }
        connection->Consume();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const size_t piece = static_cast<size_t>(data[0]) * 64 + 1;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) abort();
    libpod::OwnedFd client(ends[1]);
    libpod::Connection connection;
    if (!connection.Open(libpod::OwnedFd(ends[0]))) abort();
    char heard[4096];
    for (size_t at = 1; at < size && connection.open();) {
        size_t want = size - at < piece ? size - at : piece;
        ssize_t sent = send(client.get(), data + at, want, MSG_NOSIGNAL);
        if (sent > 0) at += static_cast<size_t>(sent);
        if (!connection.Fill()) break;
        TakeFrames(&connection);
        if (connection.open() && !connection.Flush()) break;
        while (recv(client.get(), heard, sizeof heard, 0) > 0) {
        }
    }
    connection.Close();
    return 0;
}
