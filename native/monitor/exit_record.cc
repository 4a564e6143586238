#include "monitor/exit_record.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "sys/file.h"

namespace libpod {

Status WriteExitRecord(const char* path, const ExitRecord& record) {
    char text[512];
    // Nanoseconds do not fit into the numbers of JSON as JavaScript reads them: they are strings.
    int size = snprintf(
        text, sizeof text,
        "{\"version\":1,\"started\":%s,\"exitCode\":%d,\"signal\":%d,\"oomKilled\":%s,"
        "\"startedNs\":\"%" PRIu64 "\",\"finishedNs\":\"%" PRIu64 "\",\"logLost\":%" PRIu64 "}\n",
        record.started ? "true" : "false", record.exit_code, record.signal,
        record.oom_killed ? "true" : "false", record.started_ns, record.finished_ns, record.log_lost);
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= static_cast<int>(sizeof temporary)) {
        return FailWith("openat", ENAMETOOLONG);
    }
    LIBPOD_TRY(WriteFile(AT_FDCWD, temporary, 0600, 0, text, static_cast<size_t>(size)));
    return rename(temporary, path) == 0 ? Ok() : Fail("rename");
}

}  // namespace libpod
