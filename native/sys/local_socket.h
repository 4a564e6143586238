// Stream sockets with a path (unix(7)), however long the path is: sun_path has 107 bytes, so each function
// goes through the directory, which the calling process is in for that moment.
#ifndef LIBPOD_NATIVE_SYS_LOCAL_SOCKET_H_
#define LIBPOD_NATIVE_SYS_LOCAL_SOCKET_H_

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Listens at a path, for its owner only, in place of what was there. `flags` are those of socket(2).
Status ListenAt(const char* path, int flags, OwnedFd* out);

// Connects to a path.
Status ConnectTo(const char* path, OwnedFd* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LOCAL_SOCKET_H_
