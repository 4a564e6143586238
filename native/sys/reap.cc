#include "sys/reap.h"

#include <errno.h>
#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace libpod {
namespace {

bool HasEnded(const siginfo_t& info) {
    return info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

// The child goes on with the signal that it was stopped for; but for the one of an execve while it was
// traced.
void LetGo(const siginfo_t& info) {
    long signal = info.si_status & 0x7f;
    (void)syscall(SYS_ptrace, PTRACE_DETACH, info.si_pid, 0, signal == SIGTRAP ? 0 : signal);
}

bool ReapAmong(idtype_t type, id_t id, siginfo_t* ended) {
    for (;;) {
        *ended = {};
        if (waitid(type, id, ended, WEXITED | WNOHANG) != 0 || ended->si_pid == 0) return false;
        if (HasEnded(*ended)) return true;
        LetGo(*ended);
    }
}

}  // namespace

bool Reap(siginfo_t* ended) {
    return ReapAmong(P_ALL, 0, ended);
}

bool ReapOne(pid_t child, siginfo_t* ended) {
    return ReapAmong(P_PID, static_cast<id_t>(child), ended);
}

bool ReapKilled(pid_t child, siginfo_t* ended) {
    for (;;) {
        *ended = {};
        if (waitid(P_PID, static_cast<id_t>(child), ended, WEXITED) != 0) {
            if (errno == EINTR) continue;
            return false;
        }
        if (HasEnded(*ended)) return true;
        LetGo(*ended);
    }
}

}  // namespace libpod
