// Exclusive locks on files by open file description (fcntl(2), F_OFD_SETLK): they hold between threads and processes,
// and the kernel frees them when the last descriptor goes, however the holder died.
#ifndef LIBPOD_NATIVE_SYS_LOCK_H_
#define LIBPOD_NATIVE_SYS_LOCK_H_

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Opens and locks an existing file. With `wait` false, EAGAIN tells that another holds it. ENOENT tells that the file is
// gone, also if it went while we waited: two processes could else each hold "the" lock, one on an unlinked file.
Status LockFile(const char* path, bool wait, OwnedFd* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LOCK_H_
