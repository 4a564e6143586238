// The entry point: aligns the stack, calls main, exits with its answer. At the start the stack holds the
// count of the arguments, the arguments, a null pointer, and the environment likewise (System V ABI, "Process
// Initialization").
#include <sys/syscall.h>

#include "rt/kernel.h"

int main(int count, char** arguments, char** environment);

extern "C" [[noreturn]] __attribute__((used)) void LibpodStart(long* stack) {
    auto** arguments = reinterpret_cast<char**>(stack + 1);
    int count = static_cast<int>(stack[0]);
    int status = main(count, arguments, arguments + count + 1);
    for (;;) libpod::rt::Kernel(SYS_exit_group, status);
}

#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    xorl %ebp, %ebp\n"
    "    movq %rsp, %rdi\n"
    "    andq $-16, %rsp\n"
    "    call LibpodStart\n");
#elif defined(__aarch64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "    mov x29, #0\n"
    "    mov x30, #0\n"
    "    mov x0, sp\n"
    "    bl LibpodStart\n");
#endif
