// Copies what a directory holds into another one: files, directories, links, devices and pipes, with owner,
// mode and time. Both may be hostile: everything is opened by name in a directory's descriptor, never through
// a symlink.
#ifndef LIBPOD_NATIVE_SYS_COPY_H_
#define LIBPOD_NATIVE_SYS_COPY_H_

#include "sys/result.h"

namespace libpod {

// `from` and `to` are descriptors of directories, also of O_PATH. Sockets are left out, as nobody listens at
// a copy. A tree that is deeper than 64 directories fails with ELOOP.
Status CopyTree(int from, int to);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_COPY_H_
