// The journal of events: a directory of files, each named by a number, to which many processes append lines
// without a lock.
//
//     events/7    full: lines that begin at or behind kEventFileSize do not count
//     events/8    the newest, which is written to
//
// A write(2) to a file that was opened with O_APPEND lands whole behind all others, and leaves the writer's
// offset behind it (write(2), open(2)). So each writer knows where its line began: one that finds that to be
// too far writes it again to the next file, and all readers draw the same line. Nobody waits for anybody, and
// a process that is stopped in the middle keeps nobody up. The oldest files go when a new one comes.
#ifndef LIBPOD_NATIVE_SYS_EVENT_LOG_H_
#define LIBPOD_NATIVE_SYS_EVENT_LOG_H_

#include <sys/uio.h>

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Both are also in src/events/journal.ts.
constexpr int64_t kEventFileSize = 512 * 1024;
constexpr uint64_t kEventFilesKept = 4;

class EventLog {
  public:
    // The directory must exist.
    Status Open(const char* directory);
    bool valid() const { return directory_.valid(); }
    // Appends one line or several, which the parts make up, each with its newline. Files stay open between
    // two calls: one that was removed meanwhile is full, so that what is written there does not count.
    Status Append(const struct iovec* parts, int count);

  private:
    // The highest number in the directory, or 0. Removes the files below `oldest`.
    uint64_t Scan(uint64_t oldest);
    // Opens the newest file, or makes the one after `full` if that is the newest.
    Status OpenFile(uint64_t full);

    OwnedFd directory_;
    OwnedFd file_;
    uint64_t number_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_EVENT_LOG_H_
