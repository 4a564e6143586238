// libpod-monitor: stands over one container; or does one operation inside namespaces. Started by the engine
// with one or two descriptors and nothing else:
//     3  the birth connection, a stream socket that speaks the control protocol
//     4  the launch program, a memory file; without it the monitor is kept ready, and the program comes
//        later, as a descriptor over the birth connection; the end of that connection is then the end of the
//        monitor. Or an operation (sys/operation.h), with the descriptors that it names from 6 on
// When its container is gone, and nothing of it is left in the process, it waits on the birth connection for
// another program. It is static, takes no arguments, reads no environment and no configuration. Under the
// name `libpod-init` it is a container's init instead (init.h), under `libpod-pause` the program of a pod's
// infra container (pause.h).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "monitor/init.h"
#include "monitor/monitor.h"
#include "monitor/operation_process.h"
#include "monitor/pause.h"
#include "monitor/succession.h"
#include "sys/pass_fd.h"
#include "sys/process.h"

namespace {

constexpr int kBirthFd = 3;
constexpr int kProgramFd = 4;
constexpr int kUsage = 64;  // EX_USAGE of sysexits(3)
constexpr int kServeAgain = -1;

// Waits for the program of a monitor that is kept ready; -1 when nobody needs it any more. Byte by byte:
// words without a program were for the container before, and came too late; those behind the program's byte
// are for the next one.
int ReceiveProgram() {
    for (;;) {
        uint8_t byte;
        int fd;
        if (libpod::ReceiveWithFd(kBirthFd, &byte, sizeof byte, &fd) != 1) return -1;
        if (fd >= 0) return fd;
    }
}

int Refuse(const char* why) {
    char text[160];
    int size = snprintf(text, sizeof text,
                        "libpod-monitor: %s; it is started by libpod and is no command of its own\n", why);
    (void)!write(STDERR_FILENO, text, static_cast<size_t>(size));
    return kUsage;
}

// Runs one program to the end of its container, as often as its restart policy asks for; answers the status
// of the process, or kServeAgain. All that a run was is in one Monitor.
int RunProgram(int program_fd) {
    libpod::LoadedProgram loaded;
    const char* wrong = loaded.Load(libpod::OwnedFd(program_fd));
    if (wrong != nullptr) return Refuse(wrong);
    if (libpod::IsOperation(loaded.bytes(), loaded.size())) {
        return libpod::RunOperationProcess(loaded.bytes(), kBirthFd);
    }
    wrong = loaded.Parse();
    if (wrong != nullptr) return Refuse(wrong);
    libpod::Succession succession;
    libpod::OwnedFd birth(kBirthFd);
    for (;;) {
        int status;
        {
            libpod::Monitor monitor(loaded.program(), static_cast<libpod::OwnedFd&&>(birth), &succession);
            status = monitor.Run();
            birth = monitor.TakeBirth();
        }
        if (!succession.pending) {
            if (!birth.valid()) return status;
            birth.Release();
            return kServeAgain;
        }
        if (succession.next().loaded()) loaded.Swap(&succession.next());
        succession.next().Unload();
    }
}

}  // namespace

int main(int count, char** arguments, char** environment) {
    if (count > 0 && strcmp(arguments[0], libpod::kInitName) == 0) {
        return libpod::RunInit(arguments, environment);
    }
    if (count > 0 && strcmp(arguments[0], libpod::kPauseName) == 0) return libpod::RunPause();
    struct stat info;
    if (fstat(kBirthFd, &info) != 0 || !S_ISSOCK(info.st_mode)) return Refuse("descriptor 3 is not a socket");
    libpod::ResetInherited();
    fcntl(kBirthFd, F_SETFD, FD_CLOEXEC);
    for (int program_fd = fstat(kProgramFd, &info) == 0 ? kProgramFd : ReceiveProgram(); program_fd >= 0;
         program_fd = ReceiveProgram()) {
        int status = RunProgram(program_fd);
        if (status != kServeAgain) return status;
    }
    return 0;
}
