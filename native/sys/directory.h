// The entries of a directory, read with getdents64(2) into a buffer on the stack.
#ifndef LIBPOD_NATIVE_SYS_DIRECTORY_H_
#define LIBPOD_NATIVE_SYS_DIRECTORY_H_

#include <cstddef>
#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct DirectoryEntry {
    const char* name;
    unsigned char type;  // DT_* of readdir(3)
};

class Directory {
  public:
    Status Open(int at, const char* path);
    int fd() const { return fd_.get(); }
    // The next entry but `.` and `..`; false at the end, or on an error, which Read then tells.
    bool Next(DirectoryEntry* entry);
    Status status() const { return status_; }

  private:
    OwnedFd fd_;
    Status status_;
    size_t size_ = 0;
    size_t at_ = 0;
    alignas(8) uint8_t buffer_[2048];
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_DIRECTORY_H_
