#include "sys/process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/file.h"
#include "sys/syscalls.h"

namespace libpod {

uint64_t ParseNumber(const char* text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + static_cast<uint64_t>(*text - '0');
    return value;
}

namespace {

// A number of /proc/PID/stat; 0 if the process is gone.
uint64_t StatField(int pid, int wanted) {
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (ReadFile(AT_FDCWD, path, text, sizeof text) <= 0) return 0;
    // The second field is the name in parentheses and may hold anything, also parentheses: count from the
    // last one.
    const char* at = strrchr(text, ')');
    for (int field = 2; at != nullptr && field < wanted; field++) at = strchr(at + 1, ' ');
    return at == nullptr ? 0 : ParseNumber(at + 1);
}

}  // namespace

uint64_t StartTicks(int pid) {
    return StatField(pid, 22);
}

int ParentOf(int pid) {
    return static_cast<int>(StatField(pid, 4));
}

Status OpenProcess(uint32_t pid, uint64_t start_ticks, OwnedFd* process) {
    process->Reset(sys::PidfdOpen(static_cast<int>(pid)));
    if (!process->valid()) return Fail("pidfd_open");
    return StartTicks(static_cast<pid_t>(pid)) == start_ticks ? Ok() : FailWith("pidfd_open", ESRCH);
}

ProcessEnd WaitForEnd(int pidfd, bool reap) {
    siginfo_t info = {};
    // __WALL: the monitor was cloned without an exit signal, which waitid(2) counts as a "clone child".
    int options = WEXITED | WNOHANG | __WALL | (reap ? 0 : WNOWAIT);
    ProcessEnd end;
    if (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info, options) != 0) return end;
    end.known = info.si_pid != 0;
    end.traced = info.si_pid == 0;
    end.signalled = info.si_code != CLD_EXITED;
    end.status = info.si_status;
    return end;
}

Status DropBounding(uint64_t keep) {
    for (unsigned long capability = 0; capability < 64; capability++) {
        if (keep & (1ULL << capability)) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            if (errno == EINVAL) return Ok();  // past the kernel's last capability
            return Fail("prctl(PR_CAPBSET_DROP)");
        }
    }
    return Ok();
}

Status BecomeUser(uint32_t uid, uint32_t gid, Words groups) {
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return Fail("prctl(PR_SET_KEEPCAPS)");
    gid_t list[256];
    if (groups.count > sizeof list / sizeof *list) return FailWith("setgroups", EINVAL);
    for (uint32_t i = 0; i < groups.count; i++) list[i] = groups[i];
    if (setgroups(groups.count, list) != 0) return Fail("setgroups");
    if (setresgid(gid, gid, gid) != 0) return Fail("setresgid");
    if (setresuid(uid, uid, uid) != 0) return Fail("setresuid");
    return Ok();
}

Status SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {};
    for (int half = 0; half < 2; half++) {
        data[half].effective = static_cast<uint32_t>(effective >> (32 * half));
        data[half].permitted = static_cast<uint32_t>(permitted >> (32 * half));
        data[half].inheritable = static_cast<uint32_t>(inheritable >> (32 * half));
    }
    if (syscall(SYS_capset, &header, data) != 0) return Fail("capset");
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return Fail("prctl(PR_CAP_AMBIENT)");
    for (unsigned long capability = 0; capability < 64; capability++) {
        if ((ambient & (1ULL << capability)) == 0) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
            return Fail("prctl(PR_CAP_AMBIENT)");
        }
    }
    return Ok();
}

Status SetLimit(uint32_t resource, uint64_t soft, uint64_t hard, bool clamp) {
    struct rlimit limit = {soft, hard};
    auto which = static_cast<__rlimit_resource_t>(resource);
    if (setrlimit(which, &limit) == 0) return Ok();
    if (!clamp || errno != EPERM) return Fail("setrlimit");
    struct rlimit now;
    if (getrlimit(which, &now) != 0) return Fail("getrlimit");
    if (limit.rlim_max > now.rlim_max) limit.rlim_max = now.rlim_max;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return setrlimit(which, &limit) == 0 ? Ok() : Fail("setrlimit");
}

Status RaiseLimit(int pid, uint32_t resource, uint64_t hard) {
    struct rlimit limit;
    if (syscall(SYS_prlimit64, pid, resource, nullptr, &limit) != 0) return Fail("prlimit");
    if (limit.rlim_max >= hard) return Ok();
    limit.rlim_max = hard;
    return syscall(SYS_prlimit64, pid, resource, &limit, nullptr) == 0 ? Ok() : Fail("prlimit");
}

Status SetOomScore(int pid, int64_t score) {
    char path[64] = "/proc/self/oom_score_adj";
    if (pid != 0) snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
    char text[32];
    int size = snprintf(text, sizeof text, "%lld", static_cast<long long>(score));
    return WriteKernelFile(AT_FDCWD, path, text, static_cast<size_t>(size));
}

Status LoopbackUp() {
    OwnedFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return Fail("socket");
    struct ifreq request = {};
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0 ? Ok() : Fail("ioctl(SIOCSIFFLAGS)");
}

void ResetSignals() {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

void ResetInherited() {
    ResetSignals();
    umask(0022);
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    char score[16];
    if (ReadFile(AT_FDCWD, "/proc/self/oom_score_adj", score, sizeof score) > 0 && score[0] == '-') {
        (void)WriteKernelFile(AT_FDCWD, "/proc/self/oom_score_adj", "0", 1).ok();
    }
}

}  // namespace libpod
