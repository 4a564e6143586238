// Entering namespaces that exist: setns(2).
#ifndef LIBPOD_NATIVE_SYS_JOIN_H_
#define LIBPOD_NATIVE_SYS_JOIN_H_

#include <cstdint>

#include "sys/result.h"

namespace libpod {

// Enters the namespace at a path. With a PID the path is one beneath /proc/PID, and the process must be the
// one that began at `start_ticks`: a PID that passed on to another fails with ESRCH.
Status JoinNamespace(const char* path, uint32_t type, uint32_t pid, uint64_t start_ticks);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_JOIN_H_
