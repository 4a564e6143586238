#include "sys/layer_diff.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "sys/directory.h"
#include "sys/fd.h"

namespace libpod {
namespace {

// Each level holds two descriptors, and a container may make a tree of any depth.
constexpr size_t kMaxDepth = 400;

struct Level {
    Directory upper;
    OwnedFd lower;  // not valid: nothing is beneath
    std::vector<std::string> names;
    std::string prefix;
};

bool IsOpaque(int directory) {
    char value;
    return fgetxattr(directory, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

bool IsWhiteout(const struct stat& info) {
    return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

bool IsSameTime(const struct stat& a, const struct stat& b) {
    return a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// How a directory that is in both layers differs.
char CompareDirectories(const struct stat& upper, const struct stat& lower) {
    if (upper.st_mode != lower.st_mode || upper.st_uid != lower.st_uid || upper.st_gid != lower.st_gid)
        return 'C';
    return upper.st_size == lower.st_size && IsSameTime(upper, lower) ? 'd' : 'c';
}

Status Enter(int at, const char* name, OwnedFd lower, std::string prefix, std::vector<Level>* levels) {
    if (levels->size() == kMaxDepth) return FailWith("openat", ELOOP);
    Level level;
    Status opened = level.upper.Open(at, name);
    // It went meanwhile, or became something else.
    if (!opened.ok()) return opened.error == ENOENT || opened.error == ENOTDIR ? Ok() : opened;
    DirectoryEntry entry;
    while (level.upper.Next(&entry)) level.names.emplace_back(entry.name);
    LIBPOD_TRY(level.upper.status());
    std::sort(level.names.begin(), level.names.end(), std::greater<>());
    level.lower = std::move(lower);
    level.prefix = std::move(prefix);
    levels->push_back(std::move(level));
    return Ok();
}

}  // namespace

Status CompareLayers(int upper, int lower, std::string* out) {
    std::vector<Level> levels;
    OwnedFd beneath(fcntl(lower, F_DUPFD_CLOEXEC, 0));
    if (!beneath.valid()) return Fail("fcntl");
    LIBPOD_TRY(Enter(upper, ".", std::move(beneath), "/", &levels));
    while (!levels.empty()) {
        Level& level = levels.back();
        if (level.names.empty()) {
            levels.pop_back();
            continue;
        }
        std::string name = std::move(level.names.back());
        level.names.pop_back();
        struct stat above, below;
        if (fstatat(level.upper.fd(), name.c_str(), &above, AT_SYMLINK_NOFOLLOW) != 0) continue;
        bool was =
            level.lower.valid() && fstatat(level.lower.get(), name.c_str(), &below, AT_SYMLINK_NOFOLLOW) == 0;
        std::string path = level.prefix + name;
        auto add = [out, &path](char kind) {
            out->push_back(kind);
            out->append(path);
            out->push_back('\0');
        };
        if (IsWhiteout(above)) {
            if (was) add('D');
            continue;
        }
        if (!S_ISDIR(above.st_mode)) {
            add(was ? 'C' : 'A');
            continue;
        }
        OwnedFd next;
        OwnedFd directory(
            openat(level.upper.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        bool opaque = directory.valid() && IsOpaque(directory.get());
        if (!was) {
            add('A');
        } else if (opaque) {
            add('D');
        } else if (!S_ISDIR(below.st_mode)) {
            add('C');
        } else {
            add(CompareDirectories(above, below));
            next.Reset(
                openat(level.lower.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        }
        int at = level.upper.fd();
        // May move the levels: nothing of this one is used behind it.
        LIBPOD_TRY(Enter(at, name.c_str(), std::move(next), path + "/", &levels));
    }
    return Ok();
}

}  // namespace libpod
