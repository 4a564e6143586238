// What the files of a tree take.
#ifndef LIBPOD_NATIVE_SYS_TREE_SIZE_H_
#define LIBPOD_NATIVE_SYS_TREE_SIZE_H_

#include <cstdint>

#include "sys/result.h"

namespace libpod {

// Adds up the lengths of all files in a directory and beneath it, each file once however many names it has.
// Symbolic links are not followed. A missing directory has none; what disappears meanwhile does not count.
// Directories deeper than 256 levels are left out: each level holds a descriptor.
Status TreeSize(const char* path, uint64_t* bytes);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TREE_SIZE_H_
