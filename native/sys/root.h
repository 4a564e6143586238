// Paths inside a root that may be hostile: every one is resolved beneath the root's descriptor by openat2(2)
// with RESOLVE_IN_ROOT, so that no symlink, swapped while we look or not, leads out; magic links are refused.
#ifndef LIBPOD_NATIVE_SYS_ROOT_H_
#define LIBPOD_NATIVE_SYS_ROOT_H_

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Opens a path beneath the root. `flags` as of open(2), `mode` for a file that they make.
Status OpenInRoot(int root, const char* path, int flags, OwnedFd* out, unsigned mode = 0);

// openat2(2) with RESOLVE_* of the caller's choice.
Status OpenResolving(int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve,
                     OwnedFd* out);

// Makes a directory and its missing parents beneath the root and opens it (O_PATH). A link that leads to
// nothing, as /etc/resolv.conf of many images, gets there what it wants: beneath the root.
Status MakeDirectoryInRoot(int root, const char* path, unsigned mode, OwnedFd* out);

// Opens (O_PATH) the file at a path beneath the root, making an empty one, with its parents, if nothing is
// there; through a link that leads to nothing as well.
Status MakeFileInRoot(int root, const char* path, OwnedFd* out);

// Opens (O_PATH) the directory that holds the last component of a path, made with its parents if absent.
// `name` is set to that component, within `path`.
Status OpenParentInRoot(int root, const char* path, OwnedFd* out, const char** name);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_ROOT_H_
