#include "monitor/pause.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace libpod {

int RunPause() {
    prctl(PR_SET_NAME, reinterpret_cast<unsigned long>(kPauseName), 0, 0, 0);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    for (;;) {
        int signal = sigwaitinfo(&all, nullptr);
        if (signal == SIGTERM || signal == SIGINT) return 0;
        if (signal != SIGCHLD) continue;
        siginfo_t info = {};
        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) info = {};
    }
}

}  // namespace libpod
