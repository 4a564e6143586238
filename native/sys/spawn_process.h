// Starting any program from a process that must not be forked: clone3 with CLONE_VM and CLONE_VFORK, then
// execve, so the cost does not depend on the size of this process. Only the calling thread waits.
#ifndef LIBPOD_NATIVE_SYS_SPAWN_PROCESS_H_
#define LIBPOD_NATIVE_SYS_SPAWN_PROCESS_H_

#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/namespace.h"
#include "sys/result.h"

namespace libpod {

struct ProcessRequest {
    std::vector<std::string> files;        // tried in order until one is found, as execvp(3) walks PATH
    std::vector<std::string> arguments;    // with argv[0]
    std::vector<std::string> environment;  // NAME=VALUE
    std::string directory;                 // empty: this process's
    std::vector<int> descriptors;          // becomes 0, 1, 2, ...; -1 is /dev/null; every other one is closed
    int cgroup = -1;                       // a cgroup v2 directory to be born in, or -1
    std::vector<std::string> tasks_files;  // v1 `tasks` files that the child enters by itself
    std::vector<NamespaceEntry> entries;   // entered by the calling thread, which must end afterwards
    bool session = false;                  // setsid(2)
};

struct StartedProcess {
    int pid = 0;
    OwnedFd pidfd;
};

// The program begins with every signal at its default and none blocked. A program that cannot be executed is
// a failure of execve, and leaves no process. With `entries` the calling thread is inside them afterwards.
Status SpawnProcess(const ProcessRequest& request, StartedProcess* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_SPAWN_PROCESS_H_
