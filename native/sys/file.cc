#include "sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/directory.h"
#include "sys/fd.h"
#include "sys/syscalls.h"

namespace libpod {

Status WriteAll(int fd, const void* data, size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        ssize_t count = write(fd, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Fail("write");
        at += count;
        size -= static_cast<size_t>(count);
    }
    return Ok();
}

Status WriteKernelFile(int directory, const char* path, const void* data, size_t size) {
    OwnedFd fd(openat(directory, path, O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) return Fail("openat");
    ssize_t count;
    do {
        count = write(fd.get(), data, size);
    } while (count < 0 && errno == EINTR);
    return count >= 0 ? Ok() : Fail("write");
}

Status WriteFile(int directory, const char* path, unsigned mode, int flags, const void* data, size_t size) {
    int open_flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | flags;
    OwnedFd fd(openat(directory, path, open_flags, mode));
    if (!fd.valid()) return Fail("openat");
    return WriteAll(fd.get(), data, size);
}

long ReadFile(int directory, const char* path, char* buffer, size_t size) {
    OwnedFd fd(openat(directory, path, O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return -1;
    size_t filled = 0;
    while (filled < size - 1) {
        ssize_t count = read(fd.get(), buffer + filled, size - 1 - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        if (count == 0) break;
        filled += static_cast<size_t>(count);
    }
    buffer[filled] = '\0';
    return static_cast<long>(filled);
}

namespace {

// How deep a removal goes down: each level takes a descriptor and two kilobytes of the stack, and a container
// may make a tree of any depth. A directory that is deeper is moved up to the top and taken apart from there.
constexpr int kMaxDepth = 64;

class TreeRemoval {
  public:
    // `depth` counts from the top, whose contents have depth 1.
    Status Remove(int directory, const char* name, int depth) {
        if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return Ok();
        // Linux answers EISDIR for a directory; POSIX allows EPERM.
        if (errno != EISDIR && errno != EPERM) return Fail("unlinkat");
        for (;;) {
            // The cheap case first: an empty directory.
            if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return Ok();
            if (errno != ENOTEMPTY && errno != EEXIST) return Fail("unlinkat");
            if (depth == kMaxDepth) return MoveUp(directory, name);
            Directory contents;
            Status opened = contents.Open(directory, name);
            if (!opened.ok()) return opened.error == ENOENT ? Ok() : opened;
            if (depth == 0) top_ = contents.fd();
            int moved = moved_;
            DirectoryEntry entry;
            while (contents.Next(&entry)) LIBPOD_TRY(Remove(contents.fd(), entry.name, depth + 1));
            LIBPOD_TRY(contents.status());
            // Again only for what was moved up meanwhile; what somebody else puts there is not our business.
            if (depth > 0 || moved == moved_) break;
        }
        return unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? Ok() : Fail("unlinkat");
    }

  private:
    Status MoveUp(int directory, const char* name) {
        for (;;) {
            char there[32];
            snprintf(there, sizeof there, ".deep-%d", moved_++);
            if (sys::Renameat2(directory, name, top_, there, RENAME_NOREPLACE) == 0) return Ok();
            // Whoever made the tree may have taken the name too.
            if (errno != EEXIST) return errno == ENOENT ? Ok() : Fail("renameat2");
        }
    }

    int top_ = -1;
    int moved_ = 0;
};

}  // namespace

Status RemoveTree(int directory, const char* path) {
    return TreeRemoval().Remove(directory, path, 0);
}

Status HideTree(const char* path, char (&gone)[PATH_MAX]) {
    const char* slash = strrchr(path, '/');
    int size = slash == nullptr ? -1
                                : snprintf(gone, sizeof gone, "%.*s/.gone-%s", static_cast<int>(slash - path),
                                           path, slash + 1);
    if (size < 0 || size >= static_cast<int>(sizeof gone)) return FailWith("rename", ENAMETOOLONG);
    return rename(path, gone) == 0 ? Ok() : Fail("rename");
}

Status DiscardTree(const char* path) {
    char gone[PATH_MAX];
    Status status = HideTree(path, gone);
    if (!status.ok()) return status.error == ENOENT ? Ok() : status;
    return RemoveTree(AT_FDCWD, gone);
}

}  // namespace libpod
