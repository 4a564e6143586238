#include "sys/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/directory.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"

namespace libpod {
namespace {

constexpr int kAttempts = 200;
constexpr useconds_t kPause = 10'000;  // 200 times 10 ms: two seconds

bool IsBlank(const char* text) {
    return text[strspn(text, " \t\n")] == '\0';
}

bool ParentOf(const char* path, char* parent, size_t size) {
    const char* slash = strrchr(path, '/');
    if (slash == nullptr || slash == path) return false;
    size_t length = static_cast<size_t>(slash - path);
    if (length >= size) return false;
    memcpy(parent, path, length);
    parent[length] = '\0';
    return true;
}

// Calls `visit` with the path of each child cgroup.
template <typename Visit>
Status EachChild(const char* path, Visit visit) {
    Directory contents;
    Status opened = contents.Open(AT_FDCWD, path);
    if (!opened.ok()) return opened.error == ENOENT ? Ok() : opened;
    DirectoryEntry entry;
    while (contents.Next(&entry)) {
        if (entry.type != DT_DIR) continue;
        char child[PATH_MAX];
        if (snprintf(child, sizeof child, "%s/%s", path, entry.name) >= static_cast<int>(sizeof child))
            continue;
        LIBPOD_TRY(visit(child));
    }
    return contents.status();
}

// How far a process may have got before it is moved: generations.
constexpr int kMostGenerations = 8;

// The children of one thread are in its `children` (proc(5)); one that died meanwhile is nobody's to move.
void MoveChildren(const char* file, int pid, int generations);

void MoveProcess(const char* file, int pid, int generations) {
    char word[16];
    int length = snprintf(word, sizeof word, "%d", pid);
    (void)WriteKernelFile(AT_FDCWD, file, word, static_cast<size_t>(length)).ok();
    if (generations > 0) MoveChildren(file, pid, generations - 1);
}

void MoveChildren(const char* file, int pid, int generations) {
    char tasks[64], name[384], text[2048];
    snprintf(tasks, sizeof tasks, "/proc/%d/task", pid);
    Directory contents;
    if (!contents.Open(AT_FDCWD, tasks).ok()) return;
    DirectoryEntry entry;
    while (contents.Next(&entry)) {
        snprintf(name, sizeof name, "%s/%s/children", tasks, entry.name);
        if (ReadFile(AT_FDCWD, name, text, sizeof text) <= 0) continue;
        for (const char* at = text; at != nullptr && *at != '\0'; at = strchr(at, ' ')) {
            if (*at == ' ') at++;
            auto child = static_cast<int>(ParseNumber(at));
            // Its parent is asked for, as it may be another's number by now, or one that did not fit.
            if (child > 0 && libpod::ParentOf(child) == pid) MoveProcess(file, child, generations);
        }
    }
}

// A signal reaches a process that the freezer of v1 holds when it is thawed, and not before
// (freezer-subsystem.rst); nothing happens where there is no freezer.
void ThawToDie(const char* path) {
    char file[PATH_MAX];
    if (snprintf(file, sizeof file, "%s/freezer.state", path) >= static_cast<int>(sizeof file)) return;
    (void)WriteKernelFile(AT_FDCWD, file, "THAWED", 6).ok();
}

// Sends SIGKILL to each process listed in cgroup.procs, here and beneath; counts them.
Status KillListed(const char* path, int* count) {
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/cgroup.procs", path);
    OwnedFd list(open(file, O_RDONLY | O_CLOEXEC));
    if (list.valid()) {
        char text[4096];
        int pid = 0;
        for (ssize_t size; (size = read(list.get(), text, sizeof text)) > 0;) {
            for (ssize_t i = 0; i < size; i++) {
                if (text[i] >= '0' && text[i] <= '9') {
                    pid = pid * 10 + (text[i] - '0');
                    continue;
                }
                // 0 is a process outside our PID namespace; kill(0) would turn against our own group.
                if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
                (*count)++;
                pid = 0;
            }
        }
    }
    ThawToDie(path);
    return EachChild(path, [count](const char* child) { return KillListed(child, count); });
}

}  // namespace

Status CreateCgroup(const char* path) {
    if (mkdir(path, 0755) == 0 || errno == EEXIST) return Ok();
    if (errno != ENOENT) return Fail("mkdir");
    char parent[PATH_MAX];
    if (!ParentOf(path, parent, sizeof parent)) return Fail("mkdir");
    // An engine that closes removes empty parents: one may go again before we are in it.
    for (int attempt = 0;; attempt++) {
        LIBPOD_TRY(CreateCgroup(parent));
        if (mkdir(path, 0755) == 0 || errno == EEXIST) return Ok();
        if (errno != ENOENT || attempt == kAttempts) return Fail("mkdir");
    }
}

Status InheritCgroupFile(const char* path, const char* file) {
    char name[PATH_MAX];
    char value[4096];
    snprintf(name, sizeof name, "%s/%s", path, file);
    if (ReadFile(AT_FDCWD, name, value, sizeof value) < 0) return Fail("read");
    if (!IsBlank(value)) return Ok();
    char parent[PATH_MAX];
    if (!ParentOf(path, parent, sizeof parent)) return FailWith("read", ENOENT);
    LIBPOD_TRY(InheritCgroupFile(parent, file));
    char source[PATH_MAX];
    if (snprintf(source, sizeof source, "%s/%s", parent, file) >= static_cast<int>(sizeof source)) {
        return FailWith("read", ENAMETOOLONG);
    }
    long size = ReadFile(AT_FDCWD, source, value, sizeof value);
    if (size < 0) return Fail("read");
    return WriteKernelFile(AT_FDCWD, name, value, static_cast<size_t>(size));
}

Status AttachDeviceFilter(const char* path, const void* instructions, size_t size) {
    constexpr size_t kInstruction = 8;  // sizeof(struct bpf_insn)
    if (size == 0 || size % kInstruction != 0) return FailWith("bpf(BPF_PROG_LOAD)", EINVAL);
    OwnedFd cgroup(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup.valid()) return Fail("open");
    union bpf_attr load = {};
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = reinterpret_cast<uint64_t>(instructions);
    load.insn_cnt = static_cast<uint32_t>(size / kInstruction);
    load.license =
        reinterpret_cast<uint64_t>("Apache-2.0");  // it calls no helper, so none is restricted to the GPL
    OwnedFd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
    if (!program.valid()) return Fail("bpf(BPF_PROG_LOAD)");
    union bpf_attr attach = {};
    attach.target_fd = static_cast<uint32_t>(cgroup.get());
    attach.attach_bpf_fd = static_cast<uint32_t>(program.get());
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;  // programs of cgroups above hold too: all must allow
    return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) == 0 ? Ok()
                                                                          : Fail("bpf(BPF_PROG_ATTACH)");
}

Status KillCgroupOnce(const char* path, int* count) {
    char kill_file[PATH_MAX];
    snprintf(kill_file, sizeof kill_file, "%s/cgroup.kill", path);
    // cgroup.kill reaches a fork bomb in one sweep; v1 has only the list.
    if (access(kill_file, W_OK) == 0) LIBPOD_TRY(WriteKernelFile(AT_FDCWD, kill_file, "1", 1));
    return KillListed(path, count);
}

Status KillCgroup(const char* path) {
    for (int attempt = 0; attempt < kAttempts; attempt++) {
        int count = 0;
        LIBPOD_TRY(KillCgroupOnce(path, &count));
        if (count == 0) return Ok();
        usleep(kPause);
    }
    return FailWith("kill", EBUSY);
}

Status MoveTree(const char* path, int pid) {
    char file[PATH_MAX];
    if (snprintf(file, sizeof file, "%s/cgroup.procs", path) >= static_cast<int>(sizeof file))
        return FailWith("open", ENAMETOOLONG);
    MoveProcess(file, pid, kMostGenerations);
    return Ok();
}

Status RemoveCgroup(const char* path) {
    for (int attempt = 0;; attempt++) {
        if (rmdir(path) == 0 || errno == ENOENT) return Ok();
        if (errno != EBUSY && errno != ENOTEMPTY) return Fail("rmdir");
        if (attempt == kAttempts) return Fail("rmdir");
        LIBPOD_TRY(EachChild(path, [](const char* child) { return RemoveCgroup(child); }));
        if (attempt > 0) usleep(attempt < 20 ? 500 : kPause);
    }
}

}  // namespace libpod
