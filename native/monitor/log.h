// The container's log in the k8s-file format, one line an entry:
//
//     2018-05-01T10:00:00.123456789+00:00 stdout F the line
//     |- RFC 3339, nanoseconds, UTC -|    |stream |F: full, P: the line goes on in the next entry of this
//     stream
#ifndef LIBPOD_NATIVE_MONITOR_LOG_H_
#define LIBPOD_NATIVE_MONITOR_LOG_H_

#include <cstddef>
#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class Log {
  public:
    Status Open(const char* path);
    // Appends what was read from a stream. What a full disk refuses is counted as lost, and the file is cut
    // back to whole entries.
    void Append(bool error_stream, const uint8_t* data, size_t size);
    uint64_t lost() const { return lost_; }

  private:
    OwnedFd file_;
    uint64_t lost_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_LOG_H_
