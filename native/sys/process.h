// Processes: identity, capabilities, limits (proc(5), capabilities(7)).
#ifndef LIBPOD_NATIVE_SYS_PROCESS_H_
#define LIBPOD_NATIVE_SYS_PROCESS_H_

#include <cstdint>

#include "launch/reader.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// The decimal number at the start of a text; 0 if there is none.
uint64_t ParseNumber(const char* text);

// The start time of a process in clock ticks since boot, field 22 of /proc/PID/stat; 0 if it is gone. With
// the PID it names one process for the life of the machine.
uint64_t StartTicks(int pid);

// The PID of the parent of a process, field 4 of /proc/PID/stat; 0 if it is gone.
int ParentOf(int pid);

// Opens this very process, and no other that got its number (pidfd_open(2)).
Status OpenProcess(uint32_t pid, uint64_t start_ticks, OwnedFd* process);

// How a process ended.
struct ProcessEnd {
    bool known = false;      // false: it is no child of this process, or somebody else has reaped it
    bool signalled = false;  // killed by a signal, and not by its own exit
    int status = 0;          // its exit code, or that signal
    bool traced = false;     // a child, but its tracer has to hear of the end first (ptrace(2)): ask again
};

// Looks how a process that has ended did so, without waiting. With `reap` a child is reaped.
ProcessEnd WaitForEnd(int pidfd, bool reap);

// Drops every capability outside `keep` from the bounding set.
Status DropBounding(uint64_t keep);

// Becomes the user, the group and the supplementary groups; permitted capabilities are kept until Capset.
Status BecomeUser(uint32_t uid, uint32_t gid, Words groups);

// Sets the three sets of capset(2), then the ambient set.
Status SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient);

// Lets a process set a resource limit up to `hard`; the limit that holds for it stays.
Status RaiseLimit(int pid, uint32_t resource, uint64_t hard);

// Sets by what score the kernel picks whom to kill for memory (proc_pid_oom_score_adj(5)); of this process
// for 0.
Status SetOomScore(int pid, int64_t score);

// Sets a resource limit; with `clamp`, to what the process may set without CAP_SYS_RESOURCE.
Status SetLimit(uint32_t resource, uint64_t soft, uint64_t hard, bool clamp);

// Brings the loopback interface of this network namespace up.
Status LoopbackUp();

// Undoes what a process inherits through a raw clone: ignored signals, mask, umask, affinity, a protective
// OOM score.
void ResetInherited();

// Every signal at its default and none blocked.
void ResetSignals();

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_PROCESS_H_
