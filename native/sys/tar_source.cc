#include "sys/tar_source.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "sys/directory.h"
#include "sys/mount_id.h"

namespace libpod {
namespace {

// Each level holds a descriptor, and a hostile tree may be of any depth.
constexpr size_t kMaxDepth = 512;
// Of ipc/mqueue.c; no header has it.
constexpr uint32_t kMqueueMagic = 0x19800202;
// XATTR_SIZE_MAX and XATTR_LIST_MAX of <linux/limits.h>.
constexpr size_t kMostXattr = 65536;

// What an extended attribute is to a person, or to execve(2). Others belong to this file system (overlayfs's
// own) or to this machine (labels).
bool IsArchived(const char* name) {
    return strcmp(name, "security.capability") == 0 || strncmp(name, "user.", 5) == 0;
}

// Whether what is mounted here shows the kernel and no files: proc, sysfs, cgroup, cgroup2 and the like, by
// the magic numbers of <linux/magic.h>.
bool IsKernels(int directory) {
    struct statfs info;
    if (fstatfs(directory, &info) != 0) return false;
    switch (static_cast<uint32_t>(info.f_type)) {
        case PROC_SUPER_MAGIC:
        case SYSFS_MAGIC:
        case CGROUP_SUPER_MAGIC:
        case CGROUP2_SUPER_MAGIC:
        case DEVPTS_SUPER_MAGIC:
        case DEBUGFS_MAGIC:
        case TRACEFS_MAGIC:
        case SECURITYFS_MAGIC:
        case BPF_FS_MAGIC:
        case kMqueueMagic:
            return true;
        default:
            return false;
    }
}

// What an overlay means by a character device of this number (overlayfs.rst, "whiteouts and opaque
// directories").
bool IsWhiteout(const struct stat& info) {
    return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

bool IsOpaque(int directory) {
    char value;
    return fgetxattr(directory, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

// Whether an overlay looks for the rest of a file elsewhere: of such a layer no other overlay can make sense.
bool IsPartial(int file) {
    return fgetxattr(file, "trusted.overlay.redirect", nullptr, 0) >= 0 ||
           fgetxattr(file, "trusted.overlay.metacopy", nullptr, 0) >= 0;
}

// A path by which an O_PATH descriptor is opened for more.
struct Reopened {
    char path[32];
    explicit Reopened(int fd) { snprintf(path, sizeof path, "/proc/self/fd/%d", fd); }
};

uint32_t Inside(const std::vector<IdRun>& map, uint32_t id) {
    if (map.empty()) return id;
    for (const IdRun& run : map) {
        if (id >= run.outside && id - run.outside < run.size) return id - run.outside + run.inside;
    }
    constexpr uint32_t kNobody = 65534;  // /proc/sys/kernel/overflowuid
    return kNobody;
}

}  // namespace

Status TarSource::Begin(int start, const std::string& name, const Options& options) {
    options_ = options;
    name_ = name;
    start_.Reset(fcntl(start, F_DUPFD_CLOEXEC, 0));
    if (!start_.valid()) return Fail("fcntl");
    return MountIdOf(start_.get(), "", &mount_);
}

Status TarSource::Enter(int handle, const std::string& prefix) {
    if (levels_.size() == kMaxDepth) return FailWith("openat", ELOOP);
    Directory directory;
    LIBPOD_TRY(directory.Open(handle, "."));
    Level level;
    DirectoryEntry found;
    while (directory.Next(&found)) level.names.emplace_back(found.name);
    LIBPOD_TRY(directory.status());
    // The same tree makes the same archive.
    std::sort(level.names.begin(), level.names.end(), std::greater<>());
    level.directory.Reset(fcntl(handle, F_DUPFD_CLOEXEC, 0));
    if (!level.directory.valid()) return Fail("fcntl");
    level.prefix = prefix;
    levels_.push_back(std::move(level));
    return Ok();
}

Status TarSource::ReadXattrs(int file) {
    // Most files have none: the kernel answers without a buffer, too large for this thread's stack.
    ssize_t size = flistxattr(file, nullptr, 0);
    if (size <= 0) return size == 0 || errno == ENOTSUP ? Ok() : Fail("flistxattr");
    std::vector<char> names(kMostXattr), value(kMostXattr);
    size = flistxattr(file, names.data(), names.size());
    if (size < 0) return Fail("flistxattr");
    for (const char* name = names.data(); name < names.data() + size; name += strlen(name) + 1) {
        if (!IsArchived(name)) continue;
        ssize_t length = fgetxattr(file, name, value.data(), value.size());
        if (length < 0 && errno == ENODATA) continue;
        if (length < 0) return Fail("fgetxattr");
        entry_.xattrs.emplace_back(name, std::string(value.data(), static_cast<size_t>(length)));
    }
    return Ok();
}

// Writes an empty file that stands for something else: the same for all trees in which it stands for the
// same.
void TarSource::AppendMarker(const std::string& path) {
    TarEntry marker;
    marker.path = path;
    AppendTarHeader(marker, &head_);
}

void TarSource::AppendWhiteout(const std::string& path) {
    size_t name = path.rfind('/') + 1;  // 0 without a slash
    AppendMarker(path.substr(0, name) + ".wh." + path.substr(name));
}

// Writes the header of what an O_PATH descriptor refers to, and makes ready for what follows it.
Status TarSource::Add(int handle, const std::string& path) {
    entry_ = TarEntry();
    entry_.path = path;
    struct stat info;
    if (fstat(handle, &info) != 0) return Fail("fstat");
    if (S_ISSOCK(info.st_mode)) return Ok();
    if (options_.layer && IsWhiteout(info)) {
        AppendWhiteout(path);
        return Ok();
    }
    bool opaque = false;
    entry_.mode = info.st_mode & 07777;
    entry_.uid = options_.uid < 0 ? Inside(options_.uids, info.st_uid) : static_cast<uint32_t>(options_.uid);
    entry_.gid = options_.gid < 0 ? Inside(options_.gids, info.st_gid) : static_cast<uint32_t>(options_.gid);
    entry_.seconds = info.st_mtim.tv_sec;
    entry_.nanoseconds = static_cast<uint32_t>(info.st_mtim.tv_nsec);
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1) {
        auto [first, fresh] = linked_.try_emplace({info.st_dev, info.st_ino}, path);
        if (!fresh) {
            entry_.type = TarType::kHardLink;
            entry_.link = first->second;
            AppendTarHeader(entry_, &head_);
            return Ok();
        }
    }
    switch (info.st_mode & S_IFMT) {
        case S_IFDIR: {
            entry_.type = TarType::kDirectory;
            entry_.path += '/';
            uint64_t mount = mount_;
            LIBPOD_TRY(MountIdOf(handle, "", &mount));
            OwnedFd directory(openat(handle, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (!directory.valid()) return Fail("openat");
            LIBPOD_TRY(ReadXattrs(directory.get()));
            if (options_.layer && IsPartial(directory.get())) return FailWith("overlay", EOPNOTSUPP);
            opaque = options_.layer && IsOpaque(directory.get());
            if (mount == mount_ || (!options_.one_mount && !IsKernels(directory.get())))
                LIBPOD_TRY(Enter(handle, entry_.path));
            break;
        }
        case S_IFREG: {
            file_.Reset(open(Reopened(handle).path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
            if (!file_.valid()) return Fail("open");
            LIBPOD_TRY(ReadXattrs(file_.get()));
            if (options_.layer && IsPartial(file_.get())) return FailWith("overlay", EOPNOTSUPP);
            entry_.size = static_cast<uint64_t>(info.st_size);
            file_left_ = entry_.size;
            zeros_ = TarPadding(entry_.size);
            break;
        }
        case S_IFLNK: {
            entry_.type = TarType::kSymlink;
            char text[PATH_MAX];
            ssize_t size = readlinkat(handle, "", text, sizeof text);
            if (size < 0) return Fail("readlinkat");
            entry_.link.assign(text, static_cast<size_t>(size));
            break;
        }
        case S_IFCHR:
        case S_IFBLK:
            entry_.type = S_ISCHR(info.st_mode) ? TarType::kCharacterDevice : TarType::kBlockDevice;
            entry_.device_major = major(info.st_rdev);
            entry_.device_minor = minor(info.st_rdev);
            break;
        case S_IFIFO:
            entry_.type = TarType::kFifo;
            break;
        default:
            return Ok();
    }
    AppendTarHeader(entry_, &head_);
    if (opaque) AppendMarker(entry_.path + ".wh..wh..opq");
    return Ok();
}

// Goes on to the next entry, or ends the archive.
Status TarSource::Next() {
    if (start_.valid()) {
        OwnedFd start = std::move(start_);
        for (const std::string& path : options_.gone) AppendWhiteout(path);
        return name_.empty() ? Enter(start.get(), "") : Add(start.get(), name_);
    }
    while (!levels_.empty() && levels_.back().names.empty()) levels_.pop_back();
    if (levels_.empty()) {
        ended_ = true;
        zeros_ = 2 * kTarBlock;
        return Ok();
    }
    Level& level = levels_.back();
    std::string name = std::move(level.names.back());
    level.names.pop_back();
    OwnedFd handle(openat(level.directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    Status added = handle.valid() ? Ok() : Fail("openat");
    std::string path = level.prefix + name;
    entry_.path = path;
    if (options_.left_out.count(path) > 0) return Ok();
    if (added.ok()) added = Add(handle.get(), path);
    // It was removed since the directory was read; or, in proc, is a link that leads nowhere from here.
    return !added.ok() && added.error == ENOENT ? Ok() : added;
}

Status TarSource::Read(uint8_t* buffer, size_t capacity, size_t* size) {
    size_t at = 0;
    while (at < capacity) {
        size_t room = capacity - at;
        if (head_at_ < head_.size()) {
            size_t count = std::min(room, head_.size() - head_at_);
            memcpy(buffer + at, head_.data() + head_at_, count);
            head_at_ += count;
            at += count;
        } else if (file_left_ > 0) {
            size_t most = static_cast<size_t>(std::min<uint64_t>(room, file_left_));
            ssize_t count = read(file_.get(), buffer + at, most);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return Fail("read");
            if (count == 0) {
                zeros_ += file_left_;
                file_left_ = 0;
            } else {
                file_left_ -= static_cast<uint64_t>(count);
                at += static_cast<size_t>(count);
            }
        } else if (zeros_ > 0) {
            size_t count = static_cast<size_t>(std::min<uint64_t>(room, zeros_));
            memset(buffer + at, 0, count);
            zeros_ -= count;
            at += count;
        } else if (ended_) {
            break;
        } else {
            file_.Reset();
            head_.clear();
            head_at_ = 0;
            LIBPOD_TRY(Next());
        }
    }
    *size = at;
    return Ok();
}

}  // namespace libpod
