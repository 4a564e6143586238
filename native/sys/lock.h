// Locks on ranges of files by open file description (fcntl(2), F_OFD_SETLK): they hold between threads and
// processes, and the kernel frees them when the last descriptor goes, however the holder died.
#ifndef LIBPOD_NATIVE_SYS_LOCK_H_
#define LIBPOD_NATIVE_SYS_LOCK_H_

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct LockRange {
    int64_t start = 0;
    int64_t length = 1;  // 0: to the end of the file, however far it grows
    bool shared = false;
};

// The bytes of a container's lock file: one for its records, one for the life of its monitor.
constexpr LockRange kRecordsLock{0, 1, false};
constexpr LockRange kMonitorLock{1, 1, false};

// Opens an existing file and locks a range of it. With `wait` false, EAGAIN tells that another holds it.
// ENOENT tells that the file is gone, also if it went while we waited: two processes could else each hold
// "the" lock, one on an unlinked file.
Status LockFile(const char* path, LockRange range, bool wait, OwnedFd* out);

// The steps of LockFile, for a waiter that can be given up (addon/locks.cc).
Status OpenLockFile(const char* path, LockRange range, OwnedFd* out);
Status LockDescriptor(int fd, LockRange range, bool wait);
// Whether the path still leads to the file that was locked.
Status IsNamed(int fd, const char* path, bool* named);

// Lets go of a lock whose file stays open, to be locked again: without the walk along a path that opening and
// looking for the name are, a third of the time. ENOENT tells that the file has lost its name meanwhile.
Status UnlockDescriptor(int fd, LockRange range);
Status LockDescriptorAgain(int fd, LockRange range);

// Who stands in the way of a lock, if anybody does.
struct LockHolder {
    bool held = false;
    LockRange range;
    int pid = -1;  // -1: a lock of an open file description has no process
};
Status FindLockHolder(const char* path, LockRange range, LockHolder* holder);
// The same of an open file, however it is opened.
Status FindLockHolder(int fd, LockRange range, LockHolder* holder);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LOCK_H_
