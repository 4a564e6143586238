// The line between the monitor and the child that becomes the container, a SOCK_SEQPACKET pair, one report a
// packet:
//
//     monitor                         child
//        | ------- kRelease ----------> |   the cgroups are there (passes `await-parent`)
//        | <------ kConsole + fd ------ |   the terminal's master
//        | <------ kMounted ----------- |   where there are hooks: all is mounted (`await-hooks`)
//        | ------- kRelease ----------> |   they were run
//        | <------ kReady ------------- |   created, waits at the gate
//        | ------- kGo ---------------> |
//        | <------ kBorn -------------- |   a session's process that was confined first leads its own session
//        | <------ kBorn + PID -------- |   a launcher: an OCI runtime has made the process
//        | <------ kStarted ----------- |   a launcher: an OCI runtime has started the container
//        | <------ end of file -------- |   execve closed it: started
//        | <------ kFailure ----------- |   instead of any of these: an instruction failed; the child exits
#ifndef LIBPOD_NATIVE_MONITOR_CHANNEL_H_
#define LIBPOD_NATIVE_MONITOR_CHANNEL_H_

#include <cstddef>
#include <cstdint>

namespace libpod {

enum class ReportKind : uint32_t { kRelease = 1, kConsole, kReady, kGo, kFailure, kMounted, kBorn, kStarted };

// A sentence of somebody else's: the kernel's, a hook's, an OCI runtime's.
constexpr size_t kMostDetail = 512;

struct Report {
    ReportKind kind;
    uint32_t section;
    uint32_t index;
    int32_t error;
    int32_t pid;
    char stage[48];
    char detail[kMostDetail];
};

// Sends a report, with a descriptor beside it if `fd` is not negative. False when the other side is gone.
bool SendReport(int channel, const Report& report, int fd = -1);

// Receives a report; a descriptor that came with it is put into `fd`. False at the end of the line.
bool ReceiveReport(int channel, Report* report, int* fd);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_CHANNEL_H_
