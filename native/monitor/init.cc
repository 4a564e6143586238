#include "monitor/init.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/process.h"
#include "sys/reap.h"

namespace libpod {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;

// The program in a process group of its own, in front of the terminal if there is one: the signals of the
// terminal's keys then reach it once, and not again through us.
[[noreturn]] void BecomeProgram(char** arguments, char** environment) {
    setpgid(0, 0);
    pid_t group = getpid();
    (void)ioctl(STDIN_FILENO, TIOCSPGRP, &group);  // SIGTTOU is still blocked; most have no terminal
    ResetSignals();
    execve(arguments[1], arguments + 2, environment);
    int error = errno;
    char text[256];
    int size =
        snprintf(text, sizeof text, "%s: cannot execute %s: error %d\n", kInitName, arguments[1], error);
    (void)!write(STDERR_FILENO, text, static_cast<size_t>(size) < sizeof text ? size : sizeof text - 1);
    _exit(error == ENOENT ? kNotFound : kNotExecutable);
}

// Reaps all that have ended; answers whether `program` was among them, with its status.
bool Reap(pid_t program, int* status) {
    bool ended = false;
    siginfo_t info;
    while (libpod::Reap(&info)) {
        if (info.si_pid == program) {
            ended = true;
            *status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
        }
    }
    return ended;
}

}  // namespace

int RunInit(char** arguments, char** environment) {
    if (arguments[1] == nullptr || arguments[2] == nullptr) return kNotExecutable;
    prctl(PR_SET_NAME, reinterpret_cast<unsigned long>(kInitName), 0, 0, 0);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);  // before the fork, so that no end of a child is missed
    pid_t program = fork();
    if (program < 0) return kNotExecutable;
    if (program == 0) BecomeProgram(arguments, environment);
    for (;;) {
        int signal = sigwaitinfo(&all, nullptr);
        if (signal < 0) continue;
        int status = 0;
        if (signal != SIGCHLD) {
            kill(program, signal);
        } else if (Reap(program, &status)) {
            // The kernel kills whoever is left, as we are PID 1.
            return status;
        }
    }
}

}  // namespace libpod
