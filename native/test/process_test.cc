// Processes (sys/process.h).
#include "sys/process.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

TEST(StartTicksKnowAProcessWhateverItsName) {
    uint64_t before = StartTicks(getpid());
    CHECK(before > 0);
    REQUIRE(prctl(PR_SET_NAME, ") R 1 2 3 (") == 0);
    CHECK(StartTicks(getpid()) == before);
    CHECK(StartTicks(0x7fffffff) == 0);
}

TEST(SetLimitClampsOnlyWhenAsked) {
    struct rlimit now = {64, 128};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &now) == 0);
    // Without CAP_SYS_RESOURCE a hard limit cannot be raised.
    if (geteuid() == 0) REQUIRE(SetCapabilities(0, 0, 0, 0).ok());
    CHECK(SetLimit(RLIMIT_NOFILE, 200, 256, false).error == EPERM);
    CHECK(SetLimit(RLIMIT_NOFILE, 200, 256, true).ok());
    REQUIRE(getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == 128 && now.rlim_max == 128);
    CHECK(SetLimit(RLIMIT_NOFILE, 32, 64, true).ok());
    REQUIRE(getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == 32 && now.rlim_max == 64);
}

TEST(ResetInheritedUndoesWhatAHostProcessSet) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    umask(0777);
    ResetInherited();
    struct sigaction action;
    for (int number : {SIGPIPE, SIGXFSZ, SIGTERM}) {
        CHECK(sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_DFL);
    }
    sigset_t mask;
    sigprocmask(SIG_SETMASK, nullptr, &mask);
    CHECK(sigisemptyset(&mask) == 1);
    CHECK(umask(0) == 0022);
}

TEST(ResetInheritedGivesAllProcessors) {
    cpu_set_t one, before, after;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    if (CPU_COUNT(&before) < 2) Skip("this needs two processors");
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    ResetInherited();
    REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_COUNT(&after) >= CPU_COUNT(&before));
}

// The line of /proc/self/status that starts with `name`.
uint64_t StatusMask(const char* name) {
    std::string text = Slurp("/proc/self/status");
    size_t at = text.find(std::string("\n") + name + ":");
    REQUIRE(at != std::string::npos);
    return strtoull(text.c_str() + at + strlen(name) + 2, nullptr, 16);
}

TEST(BecomeUserTakesOnlyTheGroupsGiven) {
    NeedsRoot();
    const uint32_t groups[] = {7, 8};
    REQUIRE(BecomeUser(1234, 5678, Words{reinterpret_cast<const uint8_t*>(groups), 2}).ok());
    uid_t real, effective, saved;
    CHECK(getresuid(&real, &effective, &saved) == 0 && real == 1234 && effective == 1234 && saved == 1234);
    gid_t list[8];
    CHECK(getgid() == 5678 && getgroups(8, list) == 2 && list[0] == 7 && list[1] == 8);
    // The permitted capabilities stay until SetCapabilities; the effective ones went with the user.
    CHECK(StatusMask("CapPrm") != 0 && StatusMask("CapEff") == 0);
    Words many;
    many.count = 257;
    CHECK(BecomeUser(0, 0, many).error == EINVAL);
}

TEST(CapabilitiesAreWhatWasAsked) {
    NeedsRoot();
    const uint64_t kill = 1u << 5, chown = 1u << 0;
    REQUIRE(DropBounding(kill | chown).ok());
    CHECK(StatusMask("CapBnd") == (kill | chown));
    REQUIRE(SetCapabilities(kill, kill | chown, kill, kill).ok());
    CHECK(StatusMask("CapEff") == kill && StatusMask("CapPrm") == (kill | chown));
    CHECK(StatusMask("CapInh") == kill && StatusMask("CapAmb") == kill);
    CHECK(!SetCapabilities(chown, chown, 0, chown).ok());  // ambient needs inheritable
    REQUIRE(SetCapabilities(0, 0, 0, 0).ok());
    CHECK(StatusMask("CapPrm") == 0 && StatusMask("CapAmb") == 0);
}

TEST(LoopbackComesUp) {
    NeedsRoot();
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    REQUIRE(LoopbackUp().ok());
    CHECK(LoopbackUp().ok());
    CHECK(Slurp("/proc/self/net/if_inet6").find("lo") != std::string::npos ||
          Slurp("/proc/self/net/fib_trie").find("127.0.0.1") != std::string::npos);
}

}  // namespace
}  // namespace libpod::test
