// clone3(2) with CLONE_VM and CLONE_VFORK, for a child that runs on its parent's stack until execve.
#ifndef LIBPOD_NATIVE_SYS_CLONE_IN_LINE_H_
#define LIBPOD_NATIVE_SYS_CLONE_IN_LINE_H_

#include <linux/sched.h>
#include <sys/syscall.h>

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

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_CLONE_IN_LINE_H_
