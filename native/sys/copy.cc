#include "sys/copy.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/directory.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace libpod {
namespace {

// Each level holds descriptors and a buffer on the stack, and a hostile root may be of any depth.
constexpr int kMaxDepth = 64;

Status CopyEntries(int from, int to, int depth);

// What a descriptor that is open for more than O_PATH takes.
Status SetAttributes(int fd, const struct stat& info) {
    // The owner first, as a change of it clears the set-user-ID bits.
    if (fchown(fd, info.st_uid, info.st_gid) != 0) return Fail("fchown");
    if (fchmod(fd, info.st_mode & 07777) != 0) return Fail("fchmod");
    struct timespec times[2] = {info.st_atim, info.st_mtim};
    return futimens(fd, times) == 0 ? Ok() : Fail("utimensat");
}

Status CopyFile(int from, const char* name, int to) {
    // Not blocking: a pipe may have taken the file's place since it was looked at.
    OwnedFd source(openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!source.valid()) return Fail("openat");
    struct stat info;
    if (fstat(source.get(), &info) != 0) return Fail("fstat");
    if (!S_ISREG(info.st_mode)) return Ok();
    OwnedFd target(openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target.valid()) return Fail("openat");
    uint8_t buffer[16384];
    for (;;) {
        ssize_t count = read(source.get(), buffer, sizeof buffer);
        if (count < 0) return Fail("read");
        if (count == 0) break;
        LIBPOD_TRY(WriteAll(target.get(), buffer, static_cast<size_t>(count)));
    }
    return SetAttributes(target.get(), info);
}

Status CopyLink(int from, const char* name, int to, const struct stat& info) {
    char text[PATH_MAX];
    ssize_t size = readlinkat(from, name, text, sizeof text - 1);
    if (size < 0) return Fail("readlinkat");
    text[size] = '\0';
    if (symlinkat(text, to, name) != 0) return Fail("symlinkat");
    return fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW) == 0 ? Ok() : Fail("fchownat");
}

Status CopyDirectory(int from, const char* name, int to, int depth) {
    OwnedFd source(openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!source.valid()) return Fail("openat");
    struct stat info;
    if (fstat(source.get(), &info) != 0) return Fail("fstat");
    if (mkdirat(to, name, 0700) != 0) return Fail("mkdirat");
    OwnedFd target(openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!target.valid()) return Fail("openat");
    LIBPOD_TRY(CopyEntries(source.get(), target.get(), depth + 1));
    return SetAttributes(target.get(), info);
}

// A device or a pipe. The mode is meant as it stands: the caller's umask is 0.
Status CopyNode(const char* name, int to, const struct stat& info) {
    if (mknodat(to, name, info.st_mode, info.st_rdev) != 0) return Fail("mknodat");
    return fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW) == 0 ? Ok() : Fail("fchownat");
}

Status CopyEntries(int from, int to, int depth) {
    if (depth == kMaxDepth) return FailWith("openat", ELOOP);
    Directory entries;
    LIBPOD_TRY(entries.Open(from, "."));
    DirectoryEntry entry;
    while (entries.Next(&entry)) {
        struct stat info;
        if (fstatat(entries.fd(), entry.name, &info, AT_SYMLINK_NOFOLLOW) != 0) return Fail("fstatat");
        switch (info.st_mode & S_IFMT) {
            case S_IFDIR:
                LIBPOD_TRY(CopyDirectory(entries.fd(), entry.name, to, depth));
                break;
            case S_IFREG:
                LIBPOD_TRY(CopyFile(entries.fd(), entry.name, to));
                break;
            case S_IFLNK:
                LIBPOD_TRY(CopyLink(entries.fd(), entry.name, to, info));
                break;
            case S_IFSOCK:
                break;
            default:
                LIBPOD_TRY(CopyNode(entry.name, to, info));
        }
    }
    return entries.status();
}

}  // namespace

Status CopyTree(int from, int to) {
    return CopyEntries(from, to, 0);
}

}  // namespace libpod
