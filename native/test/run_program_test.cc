// Programs that are run to their end (sys/run_program.h).
#include "sys/run_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "test/harness.h"

namespace libpod::test {
namespace {

// Texts as a launch program has them.
struct List {
    std::vector<uint8_t> bytes;
    uint32_t count = 0;
    List(std::initializer_list<std::string> texts) {
        for (const std::string& text : texts) {
            auto size = static_cast<uint32_t>(text.size());
            auto* at = reinterpret_cast<const uint8_t*>(&size);
            bytes.insert(bytes.end(), at, at + sizeof size);
            bytes.insert(bytes.end(), text.c_str(), text.c_str() + text.size() + 1);
            count++;
        }
    }
    Texts texts() const { return Texts(bytes.data(), bytes.data() + bytes.size(), count); }
};

Status Shell(const std::string& script, std::string* said, const std::string& input = "",
             uint64_t timeout_ms = 0) {
    List arguments = {"sh", "-c", script}, environment = {"PATH=/usr/bin:/bin", "A=b"};
    char detail[256];
    Status status = RunProgram(
        {"/bin/sh", arguments.texts(), environment.texts(), input.data(), input.size(), timeout_ms}, detail,
        sizeof detail);
    *said = detail;
    return status;
}

TEST(ProgramsGetTheirInputAndEnvironmentAndNothingElse) {
    std::string said;
    int foreign = fcntl(STDERR_FILENO, F_DUPFD, 9);
    REQUIRE(foreign >= 9);
    CHECK(Shell("[ \"$(cat)\" = state ] && [ $A = b ] && [ \"$(env | grep -c HOME)\" = 0 ]", &said, "state")
              .ok());
    CHECK(said.empty());
    CHECK(Shell("ls /proc/$$/fd | tr '\\n' ' '; exit 1", &said).error == ECANCELED);
    CHECK(said == "exit status 1: 0 1 2 ");
    close(foreign);
}

TEST(ProgramsTellHowTheyEnded) {
    std::string said;
    CHECK(Shell("echo one; echo two >&2; exit 7", &said).error == ECANCELED);
    CHECK(said == "exit status 7: one\ntwo\n");
    CHECK(Shell("kill -TERM $$", &said).error == ECANCELED);
    CHECK(said == "killed by signal 15");
    // More than a pipe holds, and more than is kept.
    CHECK(Shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", &said).error == ECANCELED);
    CHECK(said.size() < 256 && said.find("xxxx") != std::string::npos);
}

TEST(ProgramsThatAreNotThereAnswerTheErrno) {
    char detail[64];
    Status status = RunProgram({"/no/such/program", Texts(), Texts(), "", 0, 0}, detail, sizeof detail);
    CHECK(status.error == ENOENT && strcmp(status.stage, "execve") == 0);
    CHECK(RunProgram({"/etc/passwd", Texts(), Texts(), "", 0, 0}, detail, sizeof detail).error == EACCES);
    siginfo_t ended;
    CHECK(waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) != 0 && errno == ECHILD);
}

TEST(ProgramsWithoutArgumentsHaveTheirPathAsName) {
    char detail[64];
    CHECK(RunProgram({"/bin/true", Texts(), Texts(), "", 0, 0}, detail, sizeof detail).ok());
}

TEST(ProgramsAreKilledWithTheirGroupWhenTheirTimeIsOver) {
    std::string said;
    TemporaryDirectory directory;
    std::string file = directory / "pid";
    Status status = Shell("sleep 600 & echo $! > " + file + "; echo waiting; wait", &said, "", 300);
    CHECK(status.error == ETIMEDOUT);
    CHECK(said == "killed after 300 ms: waiting\n" || said == "killed after 300 ms");
    if (access(file.c_str(), F_OK) != 0) return;
    // The orphan goes to a reaper in its own time; a zombie is as good as gone.
    std::string pid = Slurp(file);
    if (pid.empty()) return;
    std::string path = "/proc/" + pid.substr(0, pid.size() - 1) + "/stat";
    for (int left = 1000; left > 0 && access(path.c_str(), F_OK) == 0; left--) {
        if (Slurp(path).find(") Z ") != std::string::npos) break;
        CHECK(left > 1);
        usleep(10'000);
    }
}

TEST(ProgramsThatLeaveADaemonBehindAreNotWaitedForTwice) {
    std::string said;
    CHECK(Shell("sleep 1 & exit 0", &said).ok());
}

}  // namespace
}  // namespace libpod::test
