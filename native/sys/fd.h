// An owned file descriptor: closed when its owner goes.
#ifndef LIBPOD_NATIVE_SYS_FD_H_
#define LIBPOD_NATIVE_SYS_FD_H_

#include <unistd.h>

namespace libpod {

class OwnedFd {
  public:
    OwnedFd() = default;
    explicit OwnedFd(int fd) : fd_(fd) {}
    OwnedFd(OwnedFd&& other) noexcept : fd_(other.Release()) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept {
        if (this != &other) Reset(other.Release());
        return *this;
    }
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    ~OwnedFd() { Reset(); }

    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    int Release() {
        int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void Reset(int fd = -1) {
        if (fd_ >= 0) close(fd_);
        fd_ = fd;
    }

  private:
    int fd_ = -1;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_FD_H_
