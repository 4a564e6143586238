#include "sys/xattrs.h"

#include <sys/xattr.h>

namespace libpod {
namespace {

// A descriptor is reached through /proc, since the f*xattr calls refuse one that was opened with O_PATH. Its
// magic link has to be followed; a path's own last link must not be.
struct Target {
    ResolvedPlace resolved;
    std::string name;
    bool follow = false;

    Status Open(const Place& place) {
        follow = place.kind != Place::kPath;
        return ReachPlace(place, false, &resolved, &name);
    }
};

// Fills a string by a call that answers a size: a small buffer first, and once more if the value outgrows it.
template <typename Read>
Status ReadWhole(const char* stage, std::string* out, Read read) {
    out->resize(256);
    for (;;) {
        ssize_t size = read(out->data(), out->size());
        if (size >= 0) {
            out->resize(static_cast<size_t>(size));
            return Ok();
        }
        if (errno != ERANGE) return Fail(stage);
        size = read(nullptr, 0);
        if (size < 0) return Fail(stage);
        out->resize(static_cast<size_t>(size) + 1);
    }
}

}  // namespace

Status GetXattr(const Place& place, const char* name, std::string* value) {
    Target target;
    LIBPOD_TRY(target.Open(place));
    return ReadWhole("getxattr", value, [&](char* buffer, size_t size) {
        return (target.follow ? getxattr : lgetxattr)(target.name.c_str(), name, buffer, size);
    });
}

Status SetXattr(const Place& place, const char* name, const std::string& value, int flags) {
    Target target;
    LIBPOD_TRY(target.Open(place));
    auto set = target.follow ? setxattr : lsetxattr;
    return set(target.name.c_str(), name, value.data(), value.size(), flags) == 0 ? Ok() : Fail("setxattr");
}

Status RemoveXattr(const Place& place, const char* name) {
    Target target;
    LIBPOD_TRY(target.Open(place));
    auto remove = target.follow ? removexattr : lremovexattr;
    return remove(target.name.c_str(), name) == 0 ? Ok() : Fail("removexattr");
}

Status ListXattrs(const Place& place, std::string* names) {
    Target target;
    LIBPOD_TRY(target.Open(place));
    return ReadWhole("listxattr", names, [&](char* buffer, size_t size) {
        return (target.follow ? listxattr : llistxattr)(target.name.c_str(), buffer, size);
    });
}

}  // namespace libpod
