// The record of a container's end: one JSON object in one file that appears by rename, so that a reader finds
// all of it or nothing.
#ifndef LIBPOD_NATIVE_MONITOR_EXIT_RECORD_H_
#define LIBPOD_NATIVE_MONITOR_EXIT_RECORD_H_

#include <cstdint>

#include "sys/result.h"

namespace libpod {

struct ExitRecord {
    bool started = false;  // false: it ended before its program ran
    int exit_code = 0;     // as a shell counts: 128 + signal after a signal
    int signal = 0;
    bool oom_killed = false;
    uint64_t started_ns = 0;  // since 1970-01-01 UTC
    uint64_t finished_ns = 0;
    uint64_t log_lost = 0;  // bytes of output that did not fit into the log
};

Status WriteExitRecord(const char* path, const ExitRecord& record);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_EXIT_RECORD_H_
