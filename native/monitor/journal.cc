#include "monitor/journal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "sys/file.h"
#include "sys/lock.h"

namespace libpod {
namespace {

constexpr size_t kMaxLine = 512;
// What one block holds. A container that is run again and again begins anew in it.
constexpr off_t kBlock = 4096;

// Whether the monitor that wrote this has said its last word, and is about to let go of the file.
bool IsLeaving(const char* path) {
    char text[kBlock];
    return ReadFile(AT_FDCWD, path, text, sizeof text) > 0 &&
           strstr(text, "\"state\":\"stopped\"") != nullptr;
}

}  // namespace

Status Journal::Open(const char* path) {
    // Asked again and again, rather than waited for: another monitor might be next, and would not leave.
    Status status;
    do {
        status = LockFile(path, kMonitorLock, false, &file_);
    } while (!status.ok() && status.error == EAGAIN && IsLeaving(path) && poll(nullptr, 0, 1) == 0);
    LIBPOD_TRY(status);
    Retract();
    char text[kMaxLine];
    return Append(text,
                  snprintf(text, sizeof text, "{\"version\":1,\"state\":\"creating\",\"monitorPid\":%d}\n",
                           static_cast<int>(getpid())));
}

Status Journal::Created(pid_t pid, uint64_t start_ticks) {
    char text[kMaxLine];
    return Append(
        text, snprintf(text, sizeof text,
                       "{\"version\":1,\"state\":\"created\",\"pid\":%d,\"startTicks\":\"%" PRIu64 "\"}\n",
                       static_cast<int>(pid), start_ticks));
}

// 64-bit numbers do not fit into those of JSON as JavaScript reads them: they are strings.
Status Journal::Running(pid_t pid, uint64_t start_ticks, uint64_t started_ns, uint32_t restarts,
                        uint64_t before_ns) {
    // Written over what was there, and cut then: whoever reads, or kills us, in between finds the line
    // before.
    bool anew = end_ + static_cast<off_t>(2 * kMaxLine) > kBlock;
    if (anew) end_ = 0;
    char text[kMaxLine];
    Status status = Append(
        text, snprintf(text, sizeof text,
                       "{\"version\":1,\"state\":\"running\",\"pid\":%d,\"startTicks\":\"%" PRIu64
                       "\",\"startedNs\":\"%" PRIu64 "\",\"finishedNs\":\"%" PRIu64 "\",\"restarts\":%u}\n",
                       static_cast<int>(pid), start_ticks, started_ns, before_ns, restarts));
    if (anew && status.ok()) (void)!ftruncate(file_.get(), end_);
    return status;
}

Status Journal::Ended(const char* state, const ExitRecord& exit) {
    char failure[128] = "";
    if (exit.failure[0] != '\0') {
        snprintf(failure, sizeof failure, ",\"failure\":{\"stage\":\"%s\",\"errno\":%d}", exit.failure,
                 exit.failure_error);
    }
    char text[kMaxLine];
    return Append(
        text,
        snprintf(text, sizeof text,
                 "{\"version\":1,\"state\":\"%s\",\"pid\":%d,\"startTicks\":\"%" PRIu64
                 "\",\"started\":%s,\"exitCode\":%d,\"signal\":%d,\"oomKilled\":%s,\"startedNs\":\"%" PRIu64
                 "\",\"finishedNs\":\"%" PRIu64 "\",\"logLost\":%" PRIu64 ",\"restarts\":%u%s}\n",
                 state, static_cast<int>(exit.pid), exit.start_ticks, exit.started ? "true" : "false",
                 exit.exit_code, exit.signal, exit.oom_killed ? "true" : "false", exit.started_ns,
                 exit.finished_ns, exit.log_lost, exit.restarts, failure));
}

void Journal::Retract() {
    end_ = 0;
    if (file_.valid()) (void)!ftruncate(file_.get(), 0);
}

Status Journal::Append(const char* text, int size) {
    // A container without records has none of this either.
    if (!file_.valid()) return Ok();
    ssize_t count;
    do {
        count = pwrite(file_.get(), text, static_cast<size_t>(size), end_);
    } while (count < 0 && errno == EINTR);
    if (count != size) return count < 0 ? Fail("pwrite") : FailWith("pwrite", ENOSPC);
    end_ += count;
    return Ok();
}

}  // namespace libpod
