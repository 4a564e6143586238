#include "sys/lock.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace libpod {
namespace {

struct flock Range(LockRange range) {
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(range);
    lock.l_len = 1;
    return lock;
}

}  // namespace

Status IsLocked(const char* path, LockRange range, bool* locked) {
    OwnedFd fd(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return Fail("open");
    struct flock lock = Range(range);
    if (fcntl(fd.get(), F_OFD_GETLK, &lock) != 0) return Fail("fcntl(F_OFD_GETLK)");
    *locked = lock.l_type != F_UNLCK;
    return Ok();
}

Status LockFile(const char* path, LockRange range, bool wait, OwnedFd* out) {
    for (;;) {
        OwnedFd fd(open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
        if (!fd.valid()) return Fail("open");
        struct flock lock = Range(range);
        int answer;
        do {
            answer = fcntl(fd.get(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
        } while (answer != 0 && errno == EINTR);
        if (answer != 0) return FailWith("fcntl(F_OFD_SETLK)", errno == EACCES ? EAGAIN : errno);
        struct stat held, named;
        if (fstat(fd.get(), &held) != 0) return Fail("fstat");
        if (stat(path, &named) != 0) return Fail("stat");
        if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
            *out = static_cast<OwnedFd&&>(fd);
            return Ok();
        }
    }
}

}  // namespace libpod
