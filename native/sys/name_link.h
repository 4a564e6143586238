// Names as symbolic links in one directory, each to the ID of whoever has it.
#ifndef LIBPOD_NATIVE_SYS_NAME_LINK_H_
#define LIBPOD_NATIVE_SYS_NAME_LINK_H_

namespace libpod {

// Removes the link at `path` if it points to `id`. Where it does not, its owner has got another name since,
// and any link beside it that does is removed. A name that another has taken meanwhile stays.
void UnlinkName(const char* path, const char* id);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_NAME_LINK_H_
