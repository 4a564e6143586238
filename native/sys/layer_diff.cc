#include "sys/layer_diff.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <set>
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

bool HasSameOwnerAndMode(const struct stat& a, const struct stat& b) {
    return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid;
}

// How a directory that is in both layers differs. A copy has a size of its own.
char CompareDirectories(const struct stat& upper, const struct stat& lower, bool copy) {
    if (!HasSameOwnerAndMode(upper, lower)) return 'C';
    return (copy || upper.st_size == lower.st_size) && IsSameTime(upper, lower) ? 'd' : 'c';
}

std::string CapabilitiesOf(int directory, const std::string& name) {
    // There is no getxattrat(2) before Linux 6.13; what is behind the descriptor's link is not followed.
    std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + name;
    char value[64];
    ssize_t size = lgetxattr(path.c_str(), "security.capability", value, sizeof value);
    return size < 0 ? std::string() : std::string(value, static_cast<size_t>(size));
}

// Whether a file is what it was copied from. Contents are not read: a change of them changes the time.
bool IsSameFile(const Level& level, const std::string& name, const struct stat& copy,
                const struct stat& original) {
    return HasSameOwnerAndMode(copy, original) && copy.st_rdev == original.st_rdev &&
           copy.st_size == original.st_size && IsSameTime(copy, original) &&
           (!S_ISREG(copy.st_mode) ||
            CapabilitiesOf(level.upper.fd(), name) == CapabilitiesOf(level.lower.get(), name));
}

Status Enter(int at, const char* name, OwnedFd lower, std::string prefix, bool copy,
             std::vector<Level>* levels) {
    if (levels->size() == kMaxDepth) return FailWith("openat", ELOOP);
    Level level;
    Status opened = level.upper.Open(at, name);
    // It went meanwhile, or became something else.
    if (!opened.ok()) return opened.error == ENOENT || opened.error == ENOTDIR ? Ok() : opened;
    DirectoryEntry entry;
    while (level.upper.Next(&entry)) level.names.emplace_back(entry.name);
    LIBPOD_TRY(level.upper.status());
    if (copy && lower.valid()) {
        // What is gone has no mark.
        Directory before;
        LIBPOD_TRY(before.Open(lower.get(), "."));
        std::set<std::string> there(level.names.begin(), level.names.end());
        while (before.Next(&entry))
            if (there.count(entry.name) == 0) level.names.emplace_back(entry.name);
        LIBPOD_TRY(before.status());
    }
    std::sort(level.names.begin(), level.names.end(), std::greater<>());
    level.lower = std::move(lower);
    level.prefix = std::move(prefix);
    levels->push_back(std::move(level));
    return Ok();
}

}  // namespace

Status CompareLayers(int upper, int lower, bool copy, std::string* out) {
    std::vector<Level> levels;
    OwnedFd beneath(fcntl(lower, F_DUPFD_CLOEXEC, 0));
    if (!beneath.valid()) return Fail("fcntl");
    LIBPOD_TRY(Enter(upper, ".", std::move(beneath), "/", copy, &levels));
    while (!levels.empty()) {
        Level& level = levels.back();
        if (level.names.empty()) {
            levels.pop_back();
            continue;
        }
        std::string name = std::move(level.names.back());
        level.names.pop_back();
        struct stat above, below;
        bool is = fstatat(level.upper.fd(), name.c_str(), &above, AT_SYMLINK_NOFOLLOW) == 0;
        if (!is && !copy) continue;
        bool was =
            level.lower.valid() && fstatat(level.lower.get(), name.c_str(), &below, AT_SYMLINK_NOFOLLOW) == 0;
        std::string path = level.prefix + name;
        auto add = [out, &path](char kind) {
            out->push_back(kind);
            out->append(path);
            out->push_back('\0');
        };
        if (!is || (!copy && IsWhiteout(above))) {
            if (was) add('D');
            continue;
        }
        if (!S_ISDIR(above.st_mode)) {
            bool same = copy && was && IsSameFile(level, name, above, below);
            add(same ? 's' : was ? 'C' : 'A');
            continue;
        }
        OwnedFd next;
        OwnedFd directory(
            openat(level.upper.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        bool opaque = !copy && directory.valid() && IsOpaque(directory.get());
        if (!was) {
            add('A');
        } else if (opaque) {
            add('D');
        } else if (!S_ISDIR(below.st_mode)) {
            add('C');
        } else {
            add(CompareDirectories(above, below, copy));
            next.Reset(
                openat(level.lower.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        }
        int at = level.upper.fd();
        // May move the levels: nothing of this one is used behind it.
        LIBPOD_TRY(Enter(at, name.c_str(), std::move(next), path + "/", copy, &levels));
    }
    return Ok();
}

}  // namespace libpod
