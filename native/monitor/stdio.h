// The container's standard streams: the ends that the child takes and the ends that the monitor keeps.
#ifndef LIBPOD_NATIVE_MONITOR_STDIO_H_
#define LIBPOD_NATIVE_MONITOR_STDIO_H_

#include "launch/launch.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// How many descriptors a process may be given beside its standard streams, with the numbers left free.
constexpr int kMostPreserved = 64;
// In place of a descriptor: this number is left free.
constexpr uint32_t kLeftFree = UINT32_MAX;

struct Stdio {
    bool terminal = false;
    // Whether clients may send input, and whether it ends with the first of them that has attached it.
    bool takes_input = false;
    bool once = false;
    uint32_t uid = 0;
    uint32_t gid = 0;
    // The monitor's ends, non-blocking. With a terminal, `output` is its master and also takes the input.
    OwnedFd input;
    OwnedFd output;
    OwnedFd error;
    // The child's ends; an invalid one is /dev/null.
    OwnedFd child_input;
    OwnedFd child_output;
    OwnedFd child_error;
    // What the child has from 3 on; an invalid one is a number left free.
    OwnedFd preserved[kMostPreserved];
    int preserved_count = 0;
    // Who gets the terminal's master, if it is not kept.
    OwnedFd console_socket;

    Status Open(const StdioOp& op);
    // In place of pipes: the standard streams of another process, as they are.
    Status Take(const PassthroughOp& op);
    // More descriptors of another process, the same open files.
    Status Preserve(const PreserveOp& op);
    // Hands the terminal's master over to this socket, in place of keeping it.
    Status ConsoleTo(const char* path);
    // Takes a terminal's master over if it is to be handed over; false if it is to be kept.
    bool HandOver(int master);
    void CloseChildEnds();
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_STDIO_H_
