#include "monitor/connection.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace libpod {

bool Connection::Open(OwnedFd fd) {
    // Pages are touched only as far as they are used, so a client that does not attach costs one.
    mapped_ = kOutCapacity + kInCapacity;
    void* memory = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    out_ = static_cast<uint8_t*>(memory);
    in_ = out_ + kOutCapacity;
    out_capacity_ = kOutCapacity;
    out_size_ = begun_ = in_size_ = stdin_done = 0;
    awaited_check = 0;
    farewell_ = attached = has_input = leaving = false;
    patience = interest = 0;
    stalled_since = 0;
    fd_ = static_cast<OwnedFd&&>(fd);
    return true;
}

void Connection::Close() {
    if (epoll_ >= 0 && fd_.valid()) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd_.get(), nullptr);
    fd_.Reset();
    attached = false;
    if (out_ != nullptr) munmap(out_, mapped_);
    out_ = in_ = nullptr;
}

void Connection::TakeOver(Connection* other) {
    Close();
    fd_ = static_cast<OwnedFd&&>(other->fd_);
    out_ = other->out_;
    in_ = other->in_;
    mapped_ = other->mapped_;
    out_capacity_ = other->out_capacity_;
    farewell_ = other->farewell_;
    out_size_ = other->out_size_;
    begun_ = other->begun_;
    in_size_ = other->in_size_;
    stdin_done = other->stdin_done;
    attached = other->attached;
    other->out_ = other->in_ = nullptr;
    other->Close();
}

OwnedFd Connection::Release() {
    OwnedFd fd = static_cast<OwnedFd&&>(fd_);
    Close();
    return fd;
}

// Whether that many bytes more fit into the queue.
bool Connection::Reserve(size_t size) {
    if (out_capacity_ - out_size_ >= size) return true;
    if (!farewell_) return false;
    // The client's words are no longer read: the whole mapping is the queue's.
    size_t wanted = mapped_ * 2 > out_size_ + size ? mapped_ * 2 : out_size_ + size;
    void* moved = mremap(out_, mapped_, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    out_ = static_cast<uint8_t*>(moved);
    in_ = nullptr;
    in_size_ = 0;
    mapped_ = out_capacity_ = wanted;
    return true;
}

void Connection::Put(const void* data, size_t size) {
    memcpy(out_ + out_size_, data, size);
    out_size_ += size;
}

void Connection::SendData(Message type, const uint8_t* data, size_t size) {
    uint8_t kind = static_cast<uint8_t>(type);
    uint32_t length = static_cast<uint32_t>(sizeof kind + sizeof length + size);
    uint32_t data_length = static_cast<uint32_t>(size);
    if (!open() || !Reserve(sizeof length + length)) return;
    Put(&length, sizeof length);
    Put(&kind, sizeof kind);
    Put(&data_length, sizeof data_length);
    Put(data, size);
}

void Connection::Send(Message type, const Writer& arguments) {
    uint8_t kind = static_cast<uint8_t>(type);
    uint32_t length = static_cast<uint32_t>(sizeof kind + arguments.size());
    if (!open()) return;
    if (!Reserve(sizeof length + length)) {
        Close();
        return;
    }
    Put(&length, sizeof length);
    Put(&kind, sizeof kind);
    Put(arguments.data(), arguments.size());
}

bool Connection::Flush() {
    while (out_size_ > 0) {
        ssize_t count = send(fd_.get(), out_, out_size_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN;
        Sent(static_cast<size_t>(count));
    }
    return true;
}

// Takes what was sent from the front of the queue.
void Connection::Sent(size_t size) {
    size_t at = 0;
    while (at < size) {
        if (begun_ == 0) {
            uint32_t length;
            memcpy(&length, out_ + at, sizeof length);
            begun_ = sizeof length + length;
        }
        size_t part = size - at < begun_ ? size - at : begun_;
        begun_ -= part;
        at += part;
    }
    out_size_ -= size;
    memmove(out_, out_ + size, out_size_);
}

void Connection::DropOutput() {
    size_t kept = begun_;
    for (size_t at = begun_; at < out_size_;) {
        uint32_t length;
        memcpy(&length, out_ + at, sizeof length);
        size_t whole = sizeof length + length;
        auto type = static_cast<Message>(out_[at + sizeof length]);
        if (type != Message::kStdout && type != Message::kStderr) {
            memmove(out_ + kept, out_ + at, whole);
            kept += whole;
        }
        at += whole;
    }
    out_size_ = kept;
}

bool Connection::Fill() {
    while (wants_input()) {
        ssize_t count = recv(fd_.get(), in_ + in_size_, kInCapacity - in_size_, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN;
        if (count == 0) return false;
        in_size_ += static_cast<size_t>(count);
    }
    return true;
}

bool Connection::Discard() {
    uint8_t nowhere[4096];
    for (;;) {
        ssize_t count = recv(fd_.get(), nowhere, sizeof nowhere, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EAGAIN;
        if (count == 0) return false;
    }
}

bool Connection::Peek(Frame* frame) {
    uint32_t length;
    if (in_size_ < sizeof length) return false;
    memcpy(&length, in_, sizeof length);
    if (length == 0 || length > kMaxFrame) {
        Close();
        return false;
    }
    if (in_size_ - sizeof length < length) return false;
    frame->type = static_cast<Message>(in_[sizeof length]);
    frame->arguments = Bytes{in_ + sizeof length + 1, length - 1};
    return true;
}

void Connection::Consume() {
    uint32_t length;
    memcpy(&length, in_, sizeof length);
    size_t whole = sizeof length + length;
    in_size_ -= whole;
    memmove(in_, in_ + whole, in_size_);
    stdin_done = 0;
}

}  // namespace libpod
