// What a monitor tells of its container for those who come later: lines of JSON, each the whole truth as of
// then, in the lock file that the monitor holds. The last line counts.
//
// It is appended to and never rewritten, so a reader finds whole lines without a lock; and its one block is
// taken by the first line, so that the last word finds room on a disk that the container has filled
// meanwhile.
#ifndef LIBPOD_NATIVE_MONITOR_JOURNAL_H_
#define LIBPOD_NATIVE_MONITOR_JOURNAL_H_

#include <sys/types.h>

#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct ExitRecord {
    pid_t pid = 0;
    uint64_t start_ticks = 0;
    bool started = false;  // false: it ended before its program ran
    int exit_code = 0;     // as a shell counts: 128 + signal after a signal
    int signal = 0;
    bool oom_killed = false;
    uint64_t started_ns = 0;  // since 1970-01-01 UTC
    uint64_t finished_ns = 0;
    uint64_t log_lost = 0;  // bytes of output that did not fit into the log
    uint32_t restarts = 0;  // how many runs came before it, all by the restart policy
    // Why the run that was to follow could not be launched.
    char failure[48] = "";
    int failure_error = 0;
};

class Journal {
  public:
    // Takes the monitor's byte of an existing file for this monitor's life, and begins anew in it. An older
    // monitor that has said its last word is waited for; EAGAIN tells that one stands over the container.
    Status Open(const char* path);

    Status Created(pid_t pid, uint64_t start_ticks);
    // The run before, of a later run of this monitor's, ended at `before_ns`; 0 of its first.
    Status Running(pid_t pid, uint64_t start_ticks, uint64_t started_ns, uint32_t restarts,
                   uint64_t before_ns);
    Status Stopped(const ExitRecord& exit) { return Ended("stopped", exit); }
    // The same of a run that another one is to follow.
    Status Restarting(const ExitRecord& exit) { return Ended("restarting", exit); }
    bool open() const { return file_.valid(); }
    // Leaves nothing to read: the launch was undone.
    void Retract();
    // Lets go of the lock.
    void Close() { file_.Reset(); }

  private:
    Status Append(const char* text, int size);
    Status Ended(const char* state, const ExitRecord& exit);

    OwnedFd file_;
    off_t end_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_JOURNAL_H_
