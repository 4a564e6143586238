// The framing of the control protocol (monitor/connection.h): frames come in any pieces, and a client that
// breaks the rules, or does not read, is cut off.
#include "monitor/connection.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

#include "test/harness.h"

namespace libpod::test {
namespace {

struct Pair {
    Connection connection;
    OwnedFd client;
    Pair() {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        REQUIRE(connection.Open(OwnedFd(ends[0])));
        client.Reset(ends[1]);
    }
    ~Pair() { connection.Close(); }
    void Say(const std::vector<uint8_t>& bytes) const {
        REQUIRE(send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
    }
    std::string Hear() const {
        std::string all;
        char buffer[4096];
        for (ssize_t count; (count = recv(client.get(), buffer, sizeof buffer, 0)) > 0;) {
            all.append(buffer, static_cast<size_t>(count));
        }
        return all;
    }
};

std::vector<uint8_t> FrameBytes(Message type, const std::string& arguments) {
    uint32_t length = static_cast<uint32_t>(1 + arguments.size());
    std::vector<uint8_t> bytes(sizeof length);
    memcpy(bytes.data(), &length, sizeof length);
    bytes.push_back(static_cast<uint8_t>(type));
    bytes.insert(bytes.end(), arguments.begin(), arguments.end());
    return bytes;
}

std::string ArgumentsOf(const Frame& frame) {
    return std::string(reinterpret_cast<const char*>(frame.arguments.data), frame.arguments.size);
}

TEST(ConnectionTakesFramesInAnyPieces) {
    Pair pair;
    std::vector<uint8_t> bytes = FrameBytes(Message::kSignal, "abcd");
    const std::vector<uint8_t> second = FrameBytes(Message::kStart, "");
    bytes.insert(bytes.end(), second.begin(), second.end());
    std::string seen;
    for (uint8_t byte : bytes) {
        pair.Say({byte});
        REQUIRE(pair.connection.Fill());
        Frame frame;
        while (pair.connection.Peek(&frame)) {
            seen += std::to_string(static_cast<int>(frame.type)) + ":" + ArgumentsOf(frame) + ";";
            pair.connection.Consume();
        }
    }
    CHECK(seen == std::to_string(static_cast<int>(Message::kSignal)) + ":abcd;" +
                      std::to_string(static_cast<int>(Message::kStart)) + ":;");
}

TEST(ConnectionKeepsAFrameUntilItIsConsumed) {
    Pair pair;
    pair.Say(FrameBytes(Message::kStdin, "x"));
    REQUIRE(pair.connection.Fill());
    Frame frame;
    REQUIRE(pair.connection.Peek(&frame) && pair.connection.Peek(&frame));
    pair.connection.stdin_done = 1;
    pair.connection.Consume();
    CHECK(pair.connection.stdin_done == 0);
    CHECK(!pair.connection.Peek(&frame));
    CHECK(pair.connection.open());
}

TEST(ConnectionTakesTheLargestFrame) {
    Pair pair;
    const std::string arguments(kMaxFrame - 1, 'x');
    const std::vector<uint8_t> bytes = FrameBytes(Message::kStdin, arguments);
    size_t sent = 0;
    Frame frame;
    while (!pair.connection.Peek(&frame) && pair.connection.open()) {
        ssize_t count = send(pair.client.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count > 0) sent += static_cast<size_t>(count);
        REQUIRE(pair.connection.Fill());
    }
    REQUIRE(pair.connection.open());
    CHECK(ArgumentsOf(frame) == arguments);
}

TEST(ConnectionEndsAtAFrameTooLarge) {
    Pair pair;
    uint32_t length = kMaxFrame + 1;
    std::vector<uint8_t> bytes(sizeof length);
    memcpy(bytes.data(), &length, sizeof length);
    pair.Say(bytes);
    REQUIRE(pair.connection.Fill());
    Frame frame;
    CHECK(!pair.connection.Peek(&frame));
    CHECK(!pair.connection.open());
}

TEST(ConnectionEndsAtAnEmptyFrame) {
    Pair pair;
    pair.Say({0, 0, 0, 0});
    REQUIRE(pair.connection.Fill());
    Frame frame;
    CHECK(!pair.connection.Peek(&frame));
    CHECK(!pair.connection.open());
}

TEST(ConnectionSeesTheEnd) {
    Pair pair;
    pair.client.Reset();
    CHECK(!pair.connection.Fill());
}

TEST(ConnectionDiscardsUntilTheEnd) {
    Pair pair;
    pair.Say(FrameBytes(Message::kStart, ""));
    CHECK(pair.connection.Discard());
    Frame frame;
    CHECK(!pair.connection.Peek(&frame));
    pair.Say(FrameBytes(Message::kStart, ""));
    pair.client.Reset();
    CHECK(!pair.connection.Discard());
}

TEST(ConnectionWritesFrames) {
    Pair pair;
    uint8_t buffer[16];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(0x01020304);
    pair.connection.Send(Message::kDone, writer);
    pair.connection.SendData(Message::kStdout, reinterpret_cast<const uint8_t*>("hi"), 2);
    CHECK(pair.connection.HasPending());
    REQUIRE(pair.connection.Flush());
    CHECK(!pair.connection.HasPending());
    const std::string expected = std::string("\x05\0\0\0", 4) + static_cast<char>(Message::kDone) +
                                 "\x04\x03\x02\x01" + std::string("\x07\0\0\0", 4) +
                                 static_cast<char>(Message::kStdout) + std::string("\x02\0\0\0", 4) + "hi";
    CHECK(pair.Hear() == expected);
}

// Output goes to whoever has room for it; that it is read at all only then is the loop's part.
TEST(ConnectionKeepsRoomForSmallMessagesBehindOutput) {
    Pair pair;
    const std::vector<uint8_t> chunk(kChunk, 'x');
    int chunks = 0;
    while (pair.connection.HasRoom()) {
        pair.connection.SendData(Message::kStdout, chunk.data(), chunk.size());
        REQUIRE(++chunks < 100);
    }
    CHECK(chunks >= 1);
    uint8_t buffer[32];
    Writer writer(buffer, sizeof buffer);
    writer.PutU64(1);
    pair.connection.Send(Message::kStarted, writer);
    CHECK(pair.connection.open());
}

TEST(ConnectionCutsOffAClientThatDoesNotRead) {
    Pair pair;
    uint8_t buffer[64] = {};
    Writer writer(buffer, sizeof buffer);
    for (int i = 0; i < 8; i++) writer.PutU64(0);
    for (int i = 0; i < 100000 && pair.connection.open(); i++)
        pair.connection.Send(Message::kStarted, writer);
    CHECK(!pair.connection.open());
    pair.connection.Send(Message::kStarted, writer);  // and nothing more happens
    CHECK(!pair.connection.open());
}

TEST(WriterSaysThatItRanOver) {
    uint8_t buffer[6];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(1);
    CHECK(!writer.overrun());
    writer.PutU32(2);
    CHECK(writer.overrun() && writer.size() == 4);
}

}  // namespace
}  // namespace libpod::test
