#include "sys/join.h"

#include <fcntl.h>
#include <sched.h>

#include "sys/fd.h"
#include "sys/process.h"

namespace libpod {

Status JoinNamespace(const char* path, uint32_t type, uint32_t pid, uint64_t start_ticks) {
    OwnedFd fd(open(path, O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return Fail("open");
    // Looked at after the open: the process is there now, so it was there then, as it began before either.
    if (pid != 0 && StartTicks(static_cast<int>(pid)) != start_ticks) return FailWith("open", ESRCH);
    return setns(fd.get(), static_cast<int>(type)) == 0 ? Ok() : Fail("setns");
}

}  // namespace libpod
