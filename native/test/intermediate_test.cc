// A child that an intermediate makes in namespaces of others (monitor/intermediate.h).
#include "monitor/intermediate.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "sys/process.h"
#include "test/harness.h"
#include "test/program_bytes.h"

namespace libpod::test {
namespace {

constexpr char kName[] = "libpod-held";

// A process in a UTS namespace of its own, by whose name it is known.
class Holder {
  public:
    Holder() {
        NeedsRoot();
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            // A test that is aborted destroys nothing.
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (unshare(CLONE_NEWUTS) != 0 || sethostname(kName, strlen(kName)) != 0) _exit(1);
            close(ends[0]);
            close(ends[1]);
            for (;;) pause();
        }
        close(ends[1]);
        char none;
        // End of file: it is in there.
        REQUIRE(read(ends[0], &none, 1) == 0);
        close(ends[0]);
    }
    ~Holder() {
        kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
    }
    std::vector<uint8_t> Join(uint64_t start_ticks) const {
        std::string path = "/proc/" + std::to_string(pid_) + "/ns/uts";
        std::vector<uint8_t> bytes = test::Join(String(path.c_str()), Word(CLONE_NEWUTS));
        bytes = test::Join(bytes, Word(static_cast<uint32_t>(pid_)));
        auto* at = reinterpret_cast<const uint8_t*>(&start_ticks);
        return test::Join(bytes, std::vector<uint8_t>(at, at + sizeof start_ticks));
    }
    uint64_t start_ticks() const { return StartTicks(pid_); }

  private:
    pid_t pid_;
};

// A program whose section `clone` has these joins.
ProgramBytes Joins(const std::vector<std::vector<uint8_t>>& joins) {
    ProgramBytes program;
    program.Put<uint32_t>(0).Put(static_cast<uint32_t>(joins.size()));
    for (const auto& join : joins) program.Instruction(Op::kIntermediateJoin, join);
    program.EmptyFrom(2);
    return program;
}

struct clone_args Arguments(uint64_t flags) {
    struct clone_args arguments = {};
    arguments.flags = flags | CLONE_PIDFD;
    arguments.exit_signal = SIGCHLD;
    return arguments;
}

bool HasName() {
    char name[65] = "";
    return gethostname(name, sizeof name) == 0 && strcmp(name, kName) == 0;
}

// 0 if all is well in a child that is the first of a PID namespace; else the number of the look that failed.
int LookAround() {
    if (!HasName()) return 1;
    if (getpid() != 1) return 2;
    return 0;
}

TEST(child_of_an_intermediate_is_the_callers_own_in_namespaces_of_others_and_new_ones) {
    Holder holder;
    ProgramBytes bytes = Joins({holder.Join(holder.start_ticks())});
    Program program;
    REQUIRE(program.Load(bytes.bytes().data(), bytes.bytes().size()) == nullptr);
    int pid = -1;
    OwnedFd pidfd;
    uint32_t index = 7;
    Status status = CloneByIntermediate(program, Arguments(CLONE_NEWPID), &pid, &pidfd, &index);
    if (status.ok() && pid == 0) _exit(LookAround());
    REQUIRE(status.ok());
    REQUIRE(pid > 0);
    REQUIRE(pidfd.valid());
    siginfo_t ended = {};
    // The number is ours, the descriptor is that of the same process, and we are its parent.
    REQUIRE(waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &ended, WEXITED) == 0);
    CHECK(ended.si_pid == pid && ended.si_code == CLD_EXITED);
    CHECK(ended.si_status == 0);
    CHECK(!HasName());
}

TEST(intermediate_tells_which_join_failed_and_leaves_no_process) {
    // Only what is forked here is this test's: the holder is another's child.
    Holder holder;
    std::vector<uint8_t> good = holder.Join(holder.start_ticks());
    std::vector<uint8_t> other = holder.Join(holder.start_ticks() + 1);
    ProgramBytes bytes = Joins({good, other});
    Program program;
    REQUIRE(program.Load(bytes.bytes().data(), bytes.bytes().size()) == nullptr);
    int pid = -1;
    OwnedFd pidfd;
    uint32_t index = 7;
    Status status = CloneByIntermediate(program, Arguments(0), &pid, &pidfd, &index);
    CHECK(!status.ok() && status.error == ESRCH && strcmp(status.stage, "open") == 0);
    CHECK(index == 1);
    CHECK(pid == -1 && !pidfd.valid());
    // The holder alone, which lives.
    CHECK(waitpid(-1, nullptr, WNOHANG) == 0);
    CHECK(!HasName());
}

TEST(intermediate_tells_that_the_child_could_not_be_made) {
    NeedsRoot();
    ProgramBytes bytes = Joins({});
    Program program;
    REQUIRE(program.Load(bytes.bytes().data(), bytes.bytes().size()) == nullptr);
    int pid = -1;
    OwnedFd pidfd;
    uint32_t index = 7;
    // A thread that shares no memory: clone(2).
    Status status = CloneByIntermediate(program, Arguments(CLONE_THREAD), &pid, &pidfd, &index);
    CHECK(!status.ok() && status.error == EINVAL && strcmp(status.stage, "clone3") == 0);
    CHECK(pid == -1 && !pidfd.valid());
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD);
}

}  // namespace
}  // namespace libpod::test
