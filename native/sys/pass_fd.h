// A message with a descriptor beside it, over a Unix socket (unix(7), SCM_RIGHTS).
#ifndef LIBPOD_NATIVE_SYS_PASS_FD_H_
#define LIBPOD_NATIVE_SYS_PASS_FD_H_

#include <sys/types.h>

#include <cstddef>

namespace libpod {

// Sends bytes, with a descriptor if `fd` is not negative. Answers the count, or -1 with errno; no SIGPIPE.
ssize_t SendWithFd(int socket, const void* data, size_t size, int fd);

// Receives bytes; a descriptor that came with them is put into `fd`, close-on-exec, else -1. Answers the
// count, 0 at the end, or -1 with errno.
ssize_t ReceiveWithFd(int socket, void* data, size_t size, int* fd);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_PASS_FD_H_
