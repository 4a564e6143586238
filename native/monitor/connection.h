// One client of the control socket: framing in both directions over bounded buffers. Buffers are taken on
// connect and given back on close; none grows with the output.
#ifndef LIBPOD_NATIVE_MONITOR_CONNECTION_H_
#define LIBPOD_NATIVE_MONITOR_CONNECTION_H_

#include <cstddef>
#include <cstdint>

#include "launch/launch.h"
#include "launch/writer.h"
#include "sys/fd.h"

namespace libpod {

// The largest piece of output that one frame carries, and the largest frame that a client may send.
constexpr size_t kChunk = 32 * 1024;
constexpr size_t kMaxFrame = 64 * 1024;

struct Frame {
    Message type;
    Bytes arguments;
};

class Connection {
  public:
    bool Open(OwnedFd fd);
    void Close();
    // The epoll that watches the socket, and is to be told when it is closed: a child that was just made may
    // hold a copy of it, and what is watched lives on with its last copy.
    void WatchedBy(int epoll) { epoll_ = epoll; }
    // Becomes what the other one was, with all that it has received; the other is closed then.
    void TakeOver(Connection* other);
    // Closes all but the socket, which is the caller's again.
    OwnedFd Release();
    bool open() const { return fd_.valid(); }
    int fd() const { return fd_.get(); }

    // Queues a frame. A client that lets small messages pile up beyond its buffer is cut off.
    void Send(Message type, const Writer& arguments);
    void SendData(Message type, const uint8_t* data, size_t size);
    // Whether a chunk of output and the small messages after it fit.
    bool HasRoom() const { return out_capacity_ - out_size_ >= kChunk + 1024; }
    bool HasPending() const { return out_size_ > 0; }
    // Forgets the output in the queue, but for a frame that the client has got a part of.
    void DropOutput();
    // From now on the queue grows as needed, and nothing is read from the client any more. For the end alone,
    // when what is still to come is bounded by what pipes hold.
    void BeginFarewell() { farewell_ = true; }
    // Writes what the socket takes. False when the client is gone.
    bool Flush();

    // Reads what there is. False when the client is gone or breaks the framing.
    bool Fill();
    // Reads and forgets what there is. False at the end of file.
    bool Discard();
    // The next whole frame, if there is one; it stays valid until Consume.
    bool Peek(Frame* frame);
    void Consume();
    bool wants_input() const { return in_size_ < kInCapacity; }

    bool attached = false;
    // Whether it attached the container's input.
    bool has_input = false;
    // How long it may hold the output back, in milliseconds; 0: for ever. And since when it does, or 0.
    uint32_t patience = 0;
    uint64_t stalled_since = 0;
    // The number of the healthcheck that it waits for, or 0.
    uint32_t awaited_check = 0;
    // Whether the client is gone, and only its last words are still here.
    bool leaving = false;
    // The events that it is listened to for.
    uint32_t interest = 0;
    // Bytes of the present `stdin` frame that were already passed on.
    size_t stdin_done = 0;

  private:
    static constexpr size_t kOutCapacity = 2 * kChunk + 4096;
    static constexpr size_t kInCapacity = kMaxFrame + 8;

    bool Reserve(size_t size);
    void Put(const void* data, size_t size);
    void Sent(size_t size);

    OwnedFd fd_;
    int epoll_ = -1;
    uint8_t* out_ = nullptr;
    uint8_t* in_ = nullptr;
    size_t mapped_ = 0;
    size_t out_capacity_ = 0;
    bool farewell_ = false;
    size_t out_size_ = 0;
    // What is left of the frame at the front of the queue, if the client has got a part of it.
    size_t begun_ = 0;
    size_t in_size_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_CONNECTION_H_
