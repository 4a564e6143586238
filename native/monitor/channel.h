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
//        | <------ end of file -------- |   execve closed it: started
//        | <------ kFailure ----------- |   instead of any of these: an instruction failed; the child exits
#ifndef LIBPOD_NATIVE_MONITOR_CHANNEL_H_
#define LIBPOD_NATIVE_MONITOR_CHANNEL_H_

#include <cstdint>

namespace libpod {

enum class ReportKind : uint32_t { kRelease = 1, kConsole, kReady, kGo, kFailure, kMounted, kBorn };

struct Report {
    ReportKind kind;
    uint32_t section;
    uint32_t index;
    int32_t error;
    char stage[48];
    char detail[256];
};

// Sends a report, with a descriptor beside it if `fd` is not negative. False when the other side is gone.
bool SendReport(int channel, const Report& report, int fd = -1);

// Receives a report; a descriptor that came with it is put into `fd`. False at the end of the line.
bool ReceiveReport(int channel, Report* report, int* fd);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_CHANNEL_H_
