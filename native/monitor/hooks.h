// Hooks: programs that are run at points of a container's life, with its state on their standard input (OCI
// config, "POSIX-platform Hooks"). Those of the container's namespaces are run by its child, in line. Those
// of the runtime's, before and after its program begins, are run by a process of their own, so that the
// monitor goes on serving; the last ones, when nothing is left to serve, by the monitor itself.
#ifndef LIBPOD_NATIVE_MONITOR_HOOKS_H_
#define LIBPOD_NATIVE_MONITOR_HOOKS_H_

#include <sys/types.h>

#include <cstddef>

#include "launch/launch.h"
#include "launch/program.h"
#include "monitor/channel.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// In the order of HOOK_POINTS in src/oci/names.ts.
enum class HookPoint : uint32_t {
    kPrestart,
    kCreateRuntime,
    kCreateContainer,
    kStartContainer,
    kPoststart,
    kPoststop
};

// Runs one hook and waits for its end. `pid` is the container's process as the hook is to know it. What there
// is to say of a failure goes into `detail`.
Status RunHook(const HookOp& op, pid_t pid, char* detail, size_t capacity);

// Back from a PID namespace that was joined for a child to come: what is executed on the host stays in the
// host's.
Status LeaveJoinedPidNamespace();

class HookRunner {
  public:
    // Begins to run the hooks of the section `parent`, one after the other until one fails: those of
    // `poststart`, or all others. It is not running afterwards if there are none.
    Status Start(const Program& program, bool poststart, pid_t container);
    bool running() const { return channel_.valid(); }
    // To be watched while it runs: readable at the end.
    int fd() const { return channel_.get(); }
    // After the end: whether all went well, or what failed.
    bool Take(Report* failure);
    // Kills it, and the hook that it runs.
    void Abort();

  private:
    OwnedFd channel_;
    pid_t pid_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HOOKS_H_
