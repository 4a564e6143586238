#include "sys/tree_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "sys/directory.h"
#include "sys/file.h"
#include "sys/mount_id.h"
#include "sys/root.h"

namespace libpod {
namespace {

// Each level of a removal holds a descriptor and a buffer on the stack.
constexpr int kMaxDepth = 64;
// How often somebody else may take a name that was just made free.
constexpr int kAttempts = 16;

// Removes a tree of one mount; EBUSY where another is mounted in it, whose files are not to be touched.
Status RemoveWithin(int parent, const char* name, uint64_t mount, int depth) {
    EntryFacts facts;
    LIBPOD_TRY(LookAt(parent, name, &facts));
    if (facts.mode == 0) return Ok();
    if (facts.is_mount_root || facts.mount != mount) return FailWith("unlinkat", EBUSY);
    if (!S_ISDIR(facts.mode))
        return unlinkat(parent, name, 0) == 0 || errno == ENOENT ? Ok() : Fail("unlinkat");
    if (depth == kMaxDepth) return FailWith("unlinkat", ELOOP);
    Directory contents;
    LIBPOD_TRY(contents.Open(parent, name));
    DirectoryEntry entry;
    while (contents.Next(&entry)) LIBPOD_TRY(RemoveWithin(contents.fd(), entry.name, mount, depth + 1));
    LIBPOD_TRY(contents.status());
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? Ok() : Fail("unlinkat");
}

// The owner first, as a change of it clears the set-user-ID bits and the capabilities; the times last.
Status SetAttributes(int fd, const TreeAttributes& attributes, bool times) {
    if (fchown(fd, attributes.uid, attributes.gid) != 0) return Fail("fchown");
    if (fchmod(fd, attributes.mode & 07777) != 0) return Fail("fchmod");
    for (const auto& [name, value] : attributes.xattrs) {
        // A file system without them is no reason to have nothing.
        if (fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP)
            return Fail("fsetxattr");
    }
    if (!times) return Ok();
    struct timespec stamps[2] = {};
    stamps[0].tv_nsec = UTIME_OMIT;
    stamps[1].tv_sec = attributes.seconds;
    stamps[1].tv_nsec = attributes.nanoseconds;
    return futimens(fd, stamps) == 0 ? Ok() : Fail("utimensat");
}

// The same for what is not opened.
Status SetAttributesAt(int parent, const char* name, const TreeAttributes& attributes) {
    if (fchownat(parent, name, attributes.uid, attributes.gid, AT_SYMLINK_NOFOLLOW) != 0)
        return Fail("fchownat");
    struct timespec stamps[2] = {};
    stamps[0].tv_nsec = UTIME_OMIT;
    stamps[1].tv_sec = attributes.seconds;
    stamps[1].tv_nsec = attributes.nanoseconds;
    return utimensat(parent, name, stamps, AT_SYMLINK_NOFOLLOW) == 0 ? Ok() : Fail("utimensat");
}

}  // namespace

Status TreeWriter::Begin(int root, const Options& options) {
    options_ = options;
    root_.Reset(fcntl(root, F_DUPFD_CLOEXEC, 0));
    return root_.valid() ? Ok() : Fail("fcntl");
}

Status TreeWriter::Open(const std::string& path, uint64_t flags, OwnedFd* out) {
    std::string whole = path.empty() ? options_.prefix : options_.prefix + "/" + path;
    return OpenResolving(root_.get(), whole.c_str(), flags, 0, options_.resolve, out);
}

// Opens the directory that a path's last component is in, and keeps it for the next path of the same.
Status TreeWriter::OpenParent(const std::string& path, bool make, const char** name) {
    size_t slash = path.rfind('/');
    *name = path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
    std::string parent = slash == std::string::npos ? "" : path.substr(0, slash);
    if (parent_.valid() && parent == parent_path_) return Ok();
    parent_.Reset();
    OwnedFd found;
    Status opened = Open(parent, O_PATH | O_DIRECTORY, &found);
    if (!opened.ok() && opened.error == ENOENT && make) {
        LIBPOD_TRY(Open("", O_PATH | O_DIRECTORY, &found));
        for (size_t at = 0; at < parent.size();) {
            size_t end = std::min(parent.find('/', at), parent.size());
            OwnedFd next;
            Status below = Open(parent.substr(0, end), O_PATH | O_DIRECTORY, &next);
            if (!below.ok() && below.error == ENOENT) {
                if (mkdirat(found.get(), parent.substr(at, end - at).c_str(), 0755) != 0 && errno != EEXIST)
                    return Fail("mkdirat");
                below = Open(parent.substr(0, end), O_PATH | O_DIRECTORY, &next);
            }
            if (!below.ok()) return below;
            found = std::move(next);
            at = end + 1;
        }
        opened = Ok();
    }
    if (!opened.ok()) return opened;
    parent_ = std::move(found);
    parent_path_ = parent;
    return Ok();
}

Status TreeWriter::MakeRoom(const char* name, bool for_directory, bool* in_place) {
    EntryFacts facts;
    LIBPOD_TRY(LookAt(parent_.get(), name, &facts));
    if (facts.mode == 0) return Ok();
    bool is_directory = S_ISDIR(facts.mode);
    if (is_directory != for_directory && !options_.replace)
        return is_directory ? FailWith("openat", EISDIR) : FailWith("mkdirat", EEXIST);
    if (facts.is_mount_root) {
        if (in_place == nullptr || !S_ISREG(facts.mode)) return FailWith("unlinkat", EBUSY);
        *in_place = true;
        return Ok();
    }
    if (!is_directory)
        return unlinkat(parent_.get(), name, 0) == 0 || errno == ENOENT ? Ok() : Fail("unlinkat");
    return RemoveWithin(parent_.get(), name, facts.mount, 0);
}

Status TreeWriter::MakeDirectory(const std::string& path, const TreeAttributes& attributes) {
    const char* name;
    LIBPOD_TRY(OpenParent(path, true, &name));
    OwnedFd made;
    for (int attempt = 0; !made.valid(); attempt++) {
        if (mkdirat(parent_.get(), name, 0700) != 0 && errno != EEXIST) return Fail("mkdirat");
        made.Reset(openat(parent_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (made.valid()) break;
        if ((errno != ENOTDIR && errno != ELOOP && errno != ENOENT) || attempt == kAttempts)
            return Fail("openat");
        LIBPOD_TRY(MakeRoom(name, true, nullptr));
    }
    Times times{attributes.seconds, attributes.nanoseconds, static_cast<uint32_t>(path.size())};
    const char* packed = reinterpret_cast<const char*>(&times);
    directories_.insert(directories_.end(), path.begin(), path.end());
    directories_.insert(directories_.end(), packed, packed + sizeof times);
    return SetAttributes(made.get(), attributes, false);
}

Status TreeWriter::BeginFile(const std::string& path, const TreeAttributes& attributes) {
    const char* name;
    LIBPOD_TRY(OpenParent(path, true, &name));
    file_attributes_ = attributes;
    for (int attempt = 0; attempt < kAttempts; attempt++) {
        file_.Reset(openat(parent_.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (file_.valid()) {
            file_name_ = name;
            return Ok();
        }
        if (errno != EEXIST) return Fail("openat");
        bool in_place = false;
        LIBPOD_TRY(MakeRoom(name, false, &in_place));
        if (!in_place) continue;
        // Not blocking, and asked what it is: something else may have taken its place.
        OwnedFd there(openat(parent_.get(), name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (!there.valid()) return Fail("openat");
        struct stat info;
        if (fstat(there.get(), &info) != 0) return Fail("fstat");
        if (!S_ISREG(info.st_mode)) continue;
        if (ftruncate(there.get(), 0) != 0) return Fail("ftruncate");
        file_ = std::move(there);
        file_name_.clear();
        return Ok();
    }
    return FailWith("openat", EEXIST);
}

Status TreeWriter::WriteFile(const void* data, size_t size) {
    return WriteAll(file_.get(), data, size);
}

Status TreeWriter::EndFile() {
    Status set = SetAttributes(file_.get(), file_attributes_, true);
    if (set.ok()) file_.Reset();
    return set;
}

Status TreeWriter::MakeSymlink(const std::string& path, const std::string& text,
                               const TreeAttributes& attributes) {
    const char* name;
    LIBPOD_TRY(OpenParent(path, true, &name));
    for (int attempt = 0; symlinkat(text.c_str(), parent_.get(), name) != 0; attempt++) {
        if (errno != EEXIST || attempt == kAttempts) return Fail("symlinkat");
        LIBPOD_TRY(MakeRoom(name, false, nullptr));
    }
    return SetAttributesAt(parent_.get(), name, attributes);
}

Status TreeWriter::MakeHardLink(const std::string& path, const std::string& target) {
    const char* name;
    // The target's first, without making anything: the descriptor of the other is the one to keep.
    LIBPOD_TRY(OpenParent(target, false, &name));
    std::string from = name;
    OwnedFd directory(fcntl(parent_.get(), F_DUPFD_CLOEXEC, 0));
    if (!directory.valid()) return Fail("fcntl");
    LIBPOD_TRY(OpenParent(path, true, &name));
    // To itself: making room would take the only file away.
    if (path == target) return Ok();
    for (int attempt = 0; linkat(directory.get(), from.c_str(), parent_.get(), name, 0) != 0; attempt++) {
        if (errno != EEXIST || attempt == kAttempts) return Fail("linkat");
        LIBPOD_TRY(MakeRoom(name, false, nullptr));
    }
    return Ok();
}

Status TreeWriter::MakeNode(const std::string& path, uint32_t device_major, uint32_t device_minor,
                            const TreeAttributes& attributes) {
    const char* name;
    LIBPOD_TRY(OpenParent(path, true, &name));
    dev_t device = makedev(device_major, device_minor);
    // Nobody's until it has its owner; the mode is then set by name, as opening a device may do something.
    unsigned type = attributes.mode & S_IFMT;
    for (int attempt = 0; mknodat(parent_.get(), name, type, device) != 0; attempt++) {
        if (errno != EEXIST || attempt == kAttempts) return Fail("mknodat");
        LIBPOD_TRY(MakeRoom(name, false, nullptr));
    }
    LIBPOD_TRY(SetAttributesAt(parent_.get(), name, attributes));
    OwnedFd node(openat(parent_.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!node.valid()) return Fail("openat");
    struct stat info;
    if (fstat(node.get(), &info) != 0) return Fail("fstat");
    // Not through a link that somebody has put there, and not another's file.
    if ((info.st_mode & S_IFMT) != type || info.st_rdev != device) return Ok();
    char reopened[32];
    snprintf(reopened, sizeof reopened, "/proc/self/fd/%d", node.get());
    return chmod(reopened, attributes.mode & 07777) == 0 ? Ok() : Fail("chmod");
}

Status TreeWriter::MakeWhiteout(const std::string& path) {
    const char* name;
    LIBPOD_TRY(OpenParent(path, true, &name));
    if (mknodat(parent_.get(), name, S_IFCHR, makedev(0, 0)) == 0) return Ok();
    if (errno != EEXIST) return Fail("mknodat");
    EntryFacts facts;
    LIBPOD_TRY(LookAt(parent_.get(), name, &facts));
    return S_ISDIR(facts.mode) ? MakeOpaque(path) : Ok();
}

Status TreeWriter::MakeOpaque(const std::string& path) {
    OwnedFd directory;
    if (path.empty()) {
        LIBPOD_TRY(Open(path, O_RDONLY | O_DIRECTORY, &directory));
    } else {
        const char* name;
        LIBPOD_TRY(OpenParent(path, true, &name));
        if (mkdirat(parent_.get(), name, 0755) != 0 && errno != EEXIST) return Fail("mkdirat");
        directory.Reset(openat(parent_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory.valid()) return Fail("openat");
    }
    return fsetxattr(directory.get(), "trusted.overlay.opaque", "y", 1, 0) == 0 ? Ok() : Fail("fsetxattr");
}

Status TreeWriter::Remove(const std::string& path) {
    const char* name;
    Status opened = OpenParent(path, false, &name);
    if (!opened.ok()) return opened.error == ENOENT || opened.error == ENOTDIR ? Ok() : opened;
    EntryFacts facts;
    LIBPOD_TRY(LookAt(parent_.get(), name, &facts));
    return facts.mode == 0 ? Ok() : RemoveWithin(parent_.get(), name, facts.mount, 0);
}

void TreeWriter::End() {
    while (!directories_.empty()) {
        Times times;
        auto end = directories_.end();
        std::copy(end - sizeof times, end, reinterpret_cast<char*>(&times));
        end -= sizeof times;
        std::string path(end - times.path_size, end);
        directories_.erase(end - times.path_size, directories_.end());
        OwnedFd directory;
        if (!Open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &directory).ok()) continue;
        struct timespec stamps[2] = {};
        stamps[0].tv_nsec = UTIME_OMIT;
        stamps[1].tv_sec = times.seconds;
        stamps[1].tv_nsec = times.nanoseconds;
        (void)futimens(directory.get(), stamps);
    }
}

void TreeWriter::Abandon() {
    if (!file_.valid()) return;
    file_.Reset();
    if (!file_name_.empty()) (void)unlinkat(parent_.get(), file_name_.c_str(), 0);
}

}  // namespace libpod
