// What the upper layer of an overlay says about the layers beneath it (the kernel's
// Documentation/filesystems/overlayfs.rst: "whiteouts and opaque directories"), and what became of a copy.
#ifndef LIBPOD_NATIVE_SYS_LAYER_DIFF_H_
#define LIBPOD_NATIVE_SYS_LAYER_DIFF_H_

#include <string>

#include "sys/result.h"

namespace libpod {

// Compares an upper layer with what is beneath it, both as directories; neither is trusted, and no link is
// followed. Appends for each difference a letter, its path with a slash at the beginning, and a NUL:
//   A  it is new
//   C  it is another, or a directory whose mode, owner, size or time is
//   c  a directory whose mode and owner are what they were, and its time or size is not
//   d  a directory that is as it was, but holds something that is new or gone
//   D  it is gone, or was replaced by a directory of its own
//   s  it is as it was: of a copy alone
// With `copy`, `upper` is not a layer but a whole tree that was copied of the other and changed since; its
// directories are all told of, and what is gone from it is what it has not.
Status CompareLayers(int upper, int lower, bool copy, std::string* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LAYER_DIFF_H_
