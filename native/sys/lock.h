// Exclusive locks on files by open file description (fcntl(2), F_OFD_SETLK): they hold between threads and
// processes, and the kernel frees them when the last descriptor goes, however the holder died.
#ifndef LIBPOD_NATIVE_SYS_LOCK_H_
#define LIBPOD_NATIVE_SYS_LOCK_H_

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// The bytes of a container's lock file: one for its records, one for the life of its monitor.
enum class LockRange : int { kRecords = 0, kMonitor = 1 };

// Opens an existing file and locks one byte of it. With `wait` false, EAGAIN tells that another holds it.
// ENOENT tells that the file is gone, also if it went while we waited: two processes could else each hold
// "the" lock, one on an unlinked file.
Status LockFile(const char* path, LockRange range, bool wait, OwnedFd* out);

// Whether somebody holds that byte now; takes nothing, so nobody who wants it is kept off.
Status IsLocked(const char* path, LockRange range, bool* locked);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LOCK_H_
