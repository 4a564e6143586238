#include "sys/root.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
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

// As many links in a row as the kernel follows (path_resolution(7)).
constexpr int kMostLinks = 40;

// The path with its component from `start` to `end`, a link that leads to nothing, replaced by where it
// leads. `parent` is the directory that the link is in.
Status Redirect(int parent, const char* path, size_t start, size_t end, char* out) {
    char name[NAME_MAX + 1];
    if (end - start >= sizeof name) return FailWith("openat2", ENAMETOOLONG);
    memcpy(name, path + start, end - start);
    name[end - start] = '\0';
    char target[PATH_MAX];
    ssize_t size = readlinkat(parent, name, target, sizeof target - 1);
    if (size < 0) return Fail("readlinkat");
    target[size] = '\0';
    // A relative one begins at its directory, an absolute one at the root.
    int before = target[0] == '/' ? 0 : static_cast<int>(start);
    int length = snprintf(out, PATH_MAX, "%.*s%s%s", before, path, target, path + end);
    return length < PATH_MAX ? Ok() : FailWith("openat2", ENAMETOOLONG);
}

Status MakeDirectory(int root, const char* path, unsigned mode, int links, OwnedFd* out) {
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
                bool taken = mkdirat(parent.get(), prefix + start, mode) != 0;
                if (taken && errno != EEXIST) return Fail("mkdirat");
                next = OpenRetrying(root, prefix, O_PATH | O_DIRECTORY, 0);
                if (next < 0 && errno == ENOENT && taken) {
                    if (links == kMostLinks) return FailWith("openat2", ELOOP);
                    LIBPOD_TRY(Redirect(parent.get(), path, start, end, prefix));
                    return MakeDirectory(root, prefix, mode, links + 1, out);
                }
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

Status MakeFile(int root, const char* path, int links, OwnedFd* out) {
    int fd = OpenRetrying(root, path, O_PATH, 0);
    if (fd < 0 && errno == ENOENT) {
        OwnedFd parent;
        const char* name;
        LIBPOD_TRY(OpenParentInRoot(root, path, &parent, &name));
        OwnedFd made(openat(parent.get(), name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0644));
        bool taken = !made.valid();
        if (taken && errno != EEXIST) return Fail("openat");
        fd = OpenRetrying(root, path, O_PATH, 0);
        if (fd < 0 && errno == ENOENT && taken) {
            if (links == kMostLinks) return FailWith("openat2", ELOOP);
            char elsewhere[PATH_MAX];
            LIBPOD_TRY(
                Redirect(parent.get(), path, static_cast<size_t>(name - path), strlen(path), elsewhere));
            return MakeFile(root, elsewhere, links + 1, out);
        }
    }
    if (fd < 0) return Fail("openat2");
    out->Reset(fd);
    return Ok();
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
    return MakeDirectory(root, path, mode, 0, out);
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
    return MakeFile(root, path, 0, out);
}

}  // namespace libpod
