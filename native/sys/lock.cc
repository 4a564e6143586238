#include "sys/lock.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace libpod {
namespace {

struct flock ToFlock(LockRange range, short type) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(range.start);
    lock.l_len = static_cast<off_t>(range.length);
    return lock;
}

struct flock ToFlock(LockRange range) {
    return ToFlock(range, range.shared ? F_RDLCK : F_WRLCK);
}

Status HasAName(int fd) {
    struct stat held;
    if (fstat(fd, &held) != 0) return Fail("fstat");
    return held.st_nlink > 0 ? Ok() : FailWith("fstat", ENOENT);
}

}  // namespace

Status OpenLockFile(const char* path, LockRange range, OwnedFd* out) {
    // A shared lock wants a descriptor that can read, an exclusive one that can write.
    out->Reset(open(path, (range.shared ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW));
    return out->valid() ? Ok() : Fail("open");
}

Status LockDescriptor(int fd, LockRange range, bool wait) {
    struct flock lock = ToFlock(range);
    int answer;
    do {
        answer = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
    } while (answer != 0 && errno == EINTR);
    return answer == 0 ? Ok() : FailWith("fcntl(F_OFD_SETLK)", errno == EACCES ? EAGAIN : errno);
}

Status IsNamed(int fd, const char* path, bool* named) {
    struct stat held, there;
    if (fstat(fd, &held) != 0) return Fail("fstat");
    if (stat(path, &there) != 0) return Fail("stat");
    *named = held.st_ino == there.st_ino && held.st_dev == there.st_dev;
    return Ok();
}

Status LockFile(const char* path, LockRange range, bool wait, OwnedFd* out) {
    for (bool named = false; !named;) {
        LIBPOD_TRY(OpenLockFile(path, range, out));
        Status status = LockDescriptor(out->get(), range, wait);
        if (status.ok()) status = IsNamed(out->get(), path, &named);
        if (!status.ok()) {
            out->Reset();
            return status;
        }
    }
    return Ok();
}

Status UnlockDescriptor(int fd, LockRange range) {
    struct flock lock = ToFlock(range, F_UNLCK);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) return Fail("fcntl(F_OFD_SETLK)");
    return HasAName(fd);
}

Status LockDescriptorAgain(int fd, LockRange range) {
    LIBPOD_TRY(LockDescriptor(fd, range, false));
    Status named = HasAName(fd);
    if (!named.ok()) (void)UnlockDescriptor(fd, range);
    return named;
}

Status FindLockHolder(const char* path, LockRange range, LockHolder* holder) {
    OwnedFd fd;
    LIBPOD_TRY(OpenLockFile(path, range, &fd));
    return FindLockHolder(fd.get(), range, holder);
}

Status FindLockHolder(int fd, LockRange range, LockHolder* holder) {
    struct flock lock = ToFlock(range);
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return Fail("fcntl(F_OFD_GETLK)");
    holder->held = lock.l_type != F_UNLCK;
    holder->range = LockRange{lock.l_start, lock.l_len, lock.l_type == F_RDLCK};
    holder->pid = lock.l_pid;
    return Ok();
}

}  // namespace libpod
