#include "sys/root.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <cstring>

#include "sys/syscalls.h"

namespace libpod {
namespace {

constexpr uint64_t kResolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

// EAGAIN means that the kernel saw a rename elsewhere while it walked and could not prove the path safe: try
// again.
int OpenRetrying(int root, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve = kResolve) {
    for (int attempt = 0;; attempt++) {
        int fd = sys::Openat2(root, path[0] == '\0' ? "." : path, flags, mode, resolve);
        if (fd >= 0 || errno != EAGAIN || attempt == 1000) return fd;
    }
}

}  // namespace

Status OpenInRoot(int root, const char* path, int flags, OwnedFd* out, unsigned mode) {
    int fd = OpenRetrying(root, path, static_cast<uint64_t>(flags), mode);
    if (fd < 0) return Fail("openat2");
    out->Reset(fd);
    return Ok();
}

Status OpenResolving(int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve,
                     OwnedFd* out) {
    // With RESOLVE_CACHED, EAGAIN is the answer.
    bool cached = (resolve & RESOLVE_CACHED) != 0;
    int fd = cached ? sys::Openat2(directory, path, flags, mode, resolve)
                    : OpenRetrying(directory, path, flags, mode, resolve);
    if (fd < 0) return Fail("openat2");
    out->Reset(fd);
    return Ok();
}

Status MakeDirectoryInRoot(int root, const char* path, unsigned mode, OwnedFd* out) {
    int fd = OpenRetrying(root, path, O_PATH | O_DIRECTORY, 0);
    if (fd < 0 && errno == ENOENT) {
        // Walk down: at each prefix open what is there, else make the last component in the directory before
        // it.
        char prefix[PATH_MAX];
        size_t length = strlen(path);
        if (length >= sizeof prefix) return FailWith("openat2", ENAMETOOLONG);
        OwnedFd parent(OpenRetrying(root, ".", O_PATH | O_DIRECTORY, 0));
        size_t start = 0;
        while (start < length) {
            while (start < length && path[start] == '/') start++;
            size_t end = start;
            while (end < length && path[end] != '/') end++;
            if (end == start) break;
            memcpy(prefix, path, end);
            prefix[end] = '\0';
            int next = OpenRetrying(root, prefix, O_PATH | O_DIRECTORY, 0);
            if (next < 0 && errno == ENOENT) {
                if (mkdirat(parent.get(), prefix + start, mode) != 0 && errno != EEXIST)
                    return Fail("mkdirat");
                next = OpenRetrying(root, prefix, O_PATH | O_DIRECTORY, 0);
            }
            if (next < 0) return Fail("openat2");
            parent.Reset(next);
            start = end;
        }
        fd = parent.Release();
    }
    if (fd < 0) return Fail("openat2");
    out->Reset(fd);
    return Ok();
}

Status OpenParentInRoot(int root, const char* path, OwnedFd* out, const char** name) {
    const char* slash = strrchr(path, '/');
    *name = slash == nullptr ? path : slash + 1;
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
        return FailWith("openat2", EINVAL);
    }
    char parent[PATH_MAX];
    size_t length = slash == nullptr ? 0 : static_cast<size_t>(slash - path);
    if (length >= sizeof parent) return FailWith("openat2", ENAMETOOLONG);
    memcpy(parent, path, length);
    parent[length] = '\0';
    return MakeDirectoryInRoot(root, parent, 0755, out);
}

Status MakeFileInRoot(int root, const char* path, OwnedFd* out) {
    int fd = OpenRetrying(root, path, O_PATH, 0);
    if (fd < 0 && errno == ENOENT) {
        OwnedFd parent;
        const char* name;
        LIBPOD_TRY(OpenParentInRoot(root, path, &parent, &name));
        OwnedFd made(openat(parent.get(), name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0644));
        if (!made.valid() && errno != EEXIST) return Fail("openat");
        fd = OpenRetrying(root, path, O_PATH, 0);
    }
    if (fd < 0) return Fail("openat2");
    out->Reset(fd);
    return Ok();
}

}  // namespace libpod
