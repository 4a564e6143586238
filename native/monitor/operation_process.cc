#include "monitor/operation_process.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/operation.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// As the first process of a PID namespace it inherits orphans: the kernel reaps those whose end nobody hears.
int Hold(int socket) {
    signal(SIGCHLD, SIG_IGN);
    char byte;
    ssize_t count;
    do {
        count = read(socket, &byte, sizeof byte);
    } while (count > 0 || (count < 0 && errno == EINTR));
    return 0;
}

bool EntersPid(const Operation& operation) {
    for (uint32_t i = 0; i < operation.entry_count; i++) {
        if ((operation.entries[i].types & CLONE_NEWPID) != 0) return true;
    }
    return false;
}

// setns(2) with a PID namespace moves only the children to come.
Status RunInChild(const Operation& operation, int socket, Answer* answer) {
    LIBPOD_TRY(EnterNamespaces(operation.entries, operation.entry_count));
    struct clone_args arguments = {};
    arguments.exit_signal = SIGCHLD;
    int pid = sys::Clone3(&arguments);
    if (pid < 0) return Fail("clone3");
    if (pid == 0) {
        SendAnswer(socket, RunOperation(operation, answer), *answer);
        _exit(0);
    }
    // It has answered by itself; or was killed, and the end of the socket tells.
    siginfo_t ended;
    (void)waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED);
    _exit(0);
}

}  // namespace

bool IsOperation(const uint8_t* bytes, size_t size) {
    return size >= sizeof(Operation) && memcmp(bytes, kOperationMagic, sizeof kOperationMagic) == 0;
}

int RunOperationProcess(const uint8_t* bytes, int socket) {
    // Inside, whoever has the capability to trace would else find a process that may be traced.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return 1;
    const Operation& operation = *reinterpret_cast<const Operation*>(bytes);
    if (operation.kind == OperationKind::kHold) return Hold(socket);
    Answer answer;
    void* data = mmap(nullptr, kAnswerCapacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) return 1;
    answer.data = static_cast<char*>(data);
    Status status = EntersPid(operation) ? RunInChild(operation, socket, &answer)
                                         : RunOperationInside(operation, &answer);
    SendAnswer(socket, status, answer);
    return 0;
}

}  // namespace libpod
