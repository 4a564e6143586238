// Cgroups (sys/cgroup.h), under a parent of the test's own.
#include "sys/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "sys/file.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

// Where a cgroup hierarchy is mounted: v1 with this controller, or, if it is empty, v2. Skips if there is
// none.
std::string Hierarchy(const char* controller) {
    FILE* mounts = fopen("/proc/mounts", "re");
    REQUIRE(mounts != nullptr);
    char where[PATH_MAX], type[64], options[1024];
    std::string found;
    while (found.empty() && fscanf(mounts, "%*s %4095s %63s %1023s %*d %*d", where, type, options) == 3) {
        bool unified = strcmp(type, "cgroup2") == 0;
        bool fits = strcmp(type, "cgroup") == 0 && strstr(options, controller) != nullptr;
        if (*controller == '\0' ? unified : fits) found = where;
    }
    fclose(mounts);
    if (found.empty())
        Skip(*controller == '\0' ? "no cgroup v2 is mounted" : "no such cgroup v1 hierarchy is mounted");
    return found;
}

// A path that does not exist yet, removed at the end.
struct Parent {
    std::string path;
    explicit Parent(const char* controller) {
        NeedsRoot();
        path = Hierarchy(controller) + "/libpod-native-test-" + std::to_string(getpid());
    }
    ~Parent() {
        (void)KillCgroup(path.c_str()).ok();
        CHECK(RemoveCgroup(path.c_str()).ok());
        CHECK(!Exists(path));
    }
};

// A process in the cgroup that waits for its end.
pid_t Sleeper(const std::string& cgroup) {
    int ready[2];
    REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool in = WriteKernelFile(AT_FDCWD, (cgroup + "/cgroup.procs").c_str(), "0", 1).ok();
        (void)!write(ready[1], in ? "y" : "n", 1);
        for (;;) pause();
    }
    char in = 0;
    REQUIRE(read(ready[0], &in, 1) == 1 && in == 'y');
    return child;
}

void KillAndRemove(const char* controller) {
    Parent parent(controller);
    const std::string deep = parent.path + "/a/b";
    REQUIRE(CreateCgroup(deep.c_str()).ok());
    CHECK(CreateCgroup(deep.c_str()).ok());  // an existing one is fine
    pid_t upper = Sleeper(parent.path + "/a");
    pid_t lower = Sleeper(deep);
    // KillCgroup waits until the cgroup is empty, in which zombies do not count: they are reaped after it.
    CHECK(KillCgroup(parent.path.c_str()).ok());
    for (pid_t child : {upper, lower}) {
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    CHECK(RemoveCgroup(parent.path.c_str()).ok());
    CHECK(!Exists(parent.path));
    CHECK(KillCgroup(parent.path.c_str()).ok());  // a missing one is fine
    CHECK(RemoveCgroup(parent.path.c_str()).ok());
}

TEST(CgroupOneIsKilledAndRemoved) {
    KillAndRemove("pids");
}
TEST(CgroupTwoIsKilledAndRemoved) {
    KillAndRemove("");
}

TEST(CgroupInheritsACpuset) {
    Parent parent("cpuset");
    const std::string deep = parent.path + "/a/b";
    REQUIRE(CreateCgroup(deep.c_str()).ok());
    for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
        REQUIRE(InheritCgroupFile(deep.c_str(), file).ok());
        CHECK(Slurp(deep + "/" + file) == Slurp(Hierarchy("cpuset") + "/" + file));
    }
    CHECK(!InheritCgroupFile(deep.c_str(), "cpuset.none").ok());
}

}  // namespace
}  // namespace libpod::test
