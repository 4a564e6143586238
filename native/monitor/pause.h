// The infra container's program: nothing but a process that keeps the namespaces of a pod, and, where the pod
// shares its PID namespace, the parent of all that is orphaned there.
//
// It is the monitor's own executable, become by execveat(2) with the argument `libpod-pause`, as the init is
// (init.h): an infra container needs no image.
#ifndef LIBPOD_NATIVE_MONITOR_PAUSE_H_
#define LIBPOD_NATIVE_MONITOR_PAUSE_H_

namespace libpod {

// The first argument, by which main knows what it is.
constexpr const char* kPauseName = "libpod-pause";

// Waits for SIGTERM or SIGINT, and reaps meanwhile. Wants all signals blocked, so that none is lost before it
// waits.
int RunPause();

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_PAUSE_H_
