// clone3(2) with CLONE_VM and CLONE_VFORK, for a child that runs on its parent's stack and in its memory
// until execve.
#ifndef LIBPOD_NATIVE_SYS_VFORK_H_
#define LIBPOD_NATIVE_SYS_VFORK_H_

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "sys/fd.h"
#include "sys/result.h"
#include "sys/syscalls.h"

namespace libpod {

// A system call that creates a process on its parent's stack must not return through a function: the child's
// calls would overwrite the return address before the parent resumes. So it stands in line, and the child
// leaves this frame only into functions that never return.
inline __attribute__((always_inline)) long Clone3InLine(struct clone_args* arguments) {
#if defined(__x86_64__)
    register long number __asm__("rax") = SYS_clone3;
    register long first __asm__("rdi") = reinterpret_cast<long>(arguments);
    register long second __asm__("rsi") = sizeof *arguments;
    __asm__ volatile("syscall" : "+r"(number) : "r"(first), "r"(second) : "rcx", "r11", "memory");
    return number;
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = reinterpret_cast<long>(arguments);
    register long second __asm__("x1") = sizeof *arguments;
    __asm__ volatile("svc #0" : "+r"(first) : "r"(number), "r"(second) : "memory");
    return first;
#else
#error "no clone3 sequence for this architecture: add one beside those for x86-64 and arm64"
#endif
}

// The base of what such a child works on: what failed in it, for its parent.
struct VforkContext {
    const char* volatile stage = nullptr;
    volatile int error = 0;
};

// Ends the child with the reason in errno.
[[noreturn]] inline void VforkFail(VforkContext* context, const char* stage) {
    context->error = errno;
    context->stage = stage;
    _exit(127);
}

// Starts a child that runs `run`, which makes system calls only, allocates nothing, takes no lock and does
// not return. Only the calling thread waits, until the execve or the end of the child; one that failed is
// reaped.
template <typename Context>
Status Vfork(struct clone_args arguments, int cgroup, Context* context, void (*run)(Context*), int* pid,
             OwnedFd* pidfd) {
    int raw = -1;
    arguments.flags |= CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<uint64_t>(&raw);
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<uint64_t>(cgroup);
    }
    // Blocked, so that no handler of ours runs in the child, on our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    long child = Clone3InLine(&arguments);
    if (child == 0) {
        run(context);
        __builtin_unreachable();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) return FailWith("clone3", static_cast<int>(-child));
    OwnedFd owned(raw);
    if (context->stage != nullptr) {
        siginfo_t ended;
        waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(raw), &ended, WEXITED | __WALL);
        return FailWith(context->stage, context->error);
    }
    *pid = static_cast<int>(child);
    *pidfd = static_cast<OwnedFd&&>(owned);
    return Ok();
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_VFORK_H_
