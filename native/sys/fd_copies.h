// Copies of descriptors that somebody else owns.
#ifndef LIBPOD_NATIVE_SYS_FD_COPIES_H_
#define LIBPOD_NATIVE_SYS_FD_COPIES_H_

#include <fcntl.h>

#include <utility>
#include <vector>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Another descriptor of the same open file, close-on-exec.
inline Status CopyFd(int fd, OwnedFd* out) {
    out->Reset(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return out->valid() ? Ok() : Fail("fcntl(F_DUPFD_CLOEXEC)");
}

// Made at once, for work that goes on after their owner may have closed them and the numbers mean others.
class FdCopies {
  public:
    // Puts a copy in the place of `fd`; -1 stays.
    Status Take(int* fd) {
        if (*fd < 0) return Ok();
        OwnedFd copy;
        LIBPOD_TRY(CopyFd(*fd, &copy));
        *fd = copy.get();
        copies_.push_back(std::move(copy));
        return Ok();
    }

  private:
    std::vector<OwnedFd> copies_;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_FD_COPIES_H_
