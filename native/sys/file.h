// Small host files and trees: whole writes, first lines, removal of a tree.
#ifndef LIBPOD_NATIVE_SYS_FILE_H_
#define LIBPOD_NATIVE_SYS_FILE_H_

#include <limits.h>

#include <cstddef>
#include <cstdint>

#include "sys/result.h"

namespace libpod {

// Writes all bytes to a descriptor.
Status WriteAll(int fd, const void* data, size_t size);

// Writes a file of a kernel interface (cgroupfs, procfs) in one write(2).
Status WriteKernelFile(int directory, const char* path, const void* data, size_t size);

// Writes a file whole, replacing what it held; a symlink at the path is refused. `flags` may add O_EXCL or
// O_SYNC.
Status WriteFile(int directory, const char* path, unsigned mode, int flags, const void* data, size_t size);

// Reads at most size - 1 bytes of a file and ends them with a NUL. Answers the count, or -1 with errno.
long ReadFile(int directory, const char* path, char* buffer, size_t size);

// Removes a file, a link or a whole directory; never follows a symlink, never crosses into another mount's
// content by name; a missing one is fine.
Status RemoveTree(int directory, const char* path);

// The same for a path that others may be looking at: it disappears whole, by rename to `.gone-NAME` beside
// it, and is then taken apart. A crash in between leaves the renamed tree for a sweep.
Status DiscardTree(const char* path);
// Its first half: the rename. ENOENT if it is not there.
Status HideTree(const char* path, char (&gone)[PATH_MAX]);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_FILE_H_
