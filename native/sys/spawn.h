// Starting the monitor from a process that must not be forked (Node: 10 ms and a stopped event loop at 365
// MB).
#ifndef LIBPOD_NATIVE_SYS_SPAWN_H_
#define LIBPOD_NATIVE_SYS_SPAWN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Opens the monitor's executable so that no container can ever write to it (CVE-2019-5736): through a
// detached, read-only overlay of its directory over `empty_directory` (two lower layers are the least that
// overlayfs takes without an upper one); where overlayfs is missing, as a sealed copy in memory. `sealed`
// says which.
Status OpenExecutable(const char* directory, const char* name, const char* empty_directory, OwnedFd* out,
                      bool* sealed);

struct SpawnRequest {
    int executable = -1;
    const uint8_t* program = nullptr;  // none: the monitor waits for SendProgram
    size_t program_size = 0;
    int cgroup = -1;                       // a cgroup v2 directory to be born in, or -1
    std::vector<std::string> tasks_files;  // v1 `tasks` files that the child enters by itself
    uint64_t clone_flags = 0;              // namespaces to be born in: CLONE_NEW*
    std::vector<int> descriptors;          // at most kMostDescriptors; it finds them from kFirstDescriptor on
};

constexpr int kFirstDescriptor = 6;
constexpr int kMostDescriptors = 10;

struct Spawned {
    int pid = 0;
    OwnedFd pidfd;
    OwnedFd socket;  // our end of the birth connection
};

// Starts the monitor: clone3 with CLONE_VM and CLONE_VFORK, so the cost does not depend on the size of this
// process, and execveat. Only the calling thread waits. The child gets no signal that tells of its death (no
// SIGCHLD): the pidfd does, and must be reaped with waitid(P_PIDFD).
Status SpawnMonitor(const SpawnRequest& request, Spawned* out);

// Hands a program to a monitor that was started without one, and with it the first words for it: frames of
// the control protocol.
Status SendProgram(int socket, const uint8_t* program, size_t size, const uint8_t* words, size_t words_size);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_SPAWN_H_
