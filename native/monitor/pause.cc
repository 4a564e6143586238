#include "monitor/pause.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sys/reap.h"

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
        siginfo_t info;
        while (Reap(&info)) {
        }
    }
}

}  // namespace libpod
