// Extended attributes (xattr(7)) of a place.
#ifndef LIBPOD_NATIVE_SYS_XATTRS_H_
#define LIBPOD_NATIVE_SYS_XATTRS_H_

#include <string>

#include "sys/place.h"

namespace libpod {

// A link at the end of a path is never followed: its own attributes are meant.
Status GetXattr(const Place& place, const char* name, std::string* value);
// `flags` as of setxattr(2).
Status SetXattr(const Place& place, const char* name, const std::string& value, int flags);
Status RemoveXattr(const Place& place, const char* name);
// The names, each ended by a NUL.
Status ListXattrs(const Place& place, std::string* names);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_XATTRS_H_
