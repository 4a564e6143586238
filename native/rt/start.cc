// The entry point: aligns the stack, calls main, exits with its answer. Arguments and environment are not
// looked at.
#include <sys/syscall.h>

#include "rt/kernel.h"

int main();

extern "C" [[noreturn]] __attribute__((used)) void LibpodStart() {
    int status = main();
    for (;;) libpod::rt::Kernel(SYS_exit_group, status);
}

#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    xorl %ebp, %ebp\n"
    "    andq $-16, %rsp\n"
    "    call LibpodStart\n");
#elif defined(__aarch64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    mov x29, #0\n"
    "    mov x30, #0\n"
    "    bl LibpodStart\n");
#endif
