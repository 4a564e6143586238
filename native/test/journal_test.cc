// What a monitor tells in its lock file (monitor/journal.h).
#include "monitor/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "sys/lock.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

std::string Creating() {
    return "{\"version\":1,\"state\":\"creating\",\"monitorPid\":" + std::to_string(getpid()) + "}\n";
}

bool IsHeld(const std::string& path, LockRange range) {
    LockHolder holder;
    REQUIRE(FindLockHolder(path.c_str(), range, &holder).ok());
    return holder.held;
}

TEST(JournalIsLinesOfJson) {
    TemporaryDirectory directory;
    Spill(directory / "lock", "an older life, with more to tell than this one has had time for yet");
    Journal journal;
    REQUIRE(journal.Open((directory / "lock").c_str()).ok());
    CHECK(Slurp(directory / "lock") == Creating());
    REQUIRE(journal.Created(7, 70).ok());
    REQUIRE(journal.Running(7, 70, 18446744073709551615u, 3, 5).ok());
    ExitRecord exit;
    exit.pid = 7;
    exit.start_ticks = 70;
    exit.started = true;
    exit.exit_code = 137;
    exit.signal = 9;
    exit.oom_killed = true;
    exit.started_ns = 18446744073709551615u;
    exit.finished_ns = 1;
    exit.log_lost = 2;
    exit.restarts = 3;
    REQUIRE(journal.Stopped(exit).ok());
    CHECK(Slurp(directory / "lock") ==
          Creating() +
              "{\"version\":1,\"state\":\"created\",\"pid\":7,\"startTicks\":\"70\"}\n"
              "{\"version\":1,\"state\":\"running\",\"pid\":7,\"startTicks\":\"70\","
              "\"startedNs\":\"18446744073709551615\",\"finishedNs\":\"5\",\"restarts\":3}\n"
              "{\"version\":1,\"state\":\"stopped\",\"pid\":7,\"startTicks\":\"70\",\"started\":true,"
              "\"exitCode\":137,\"signal\":9,"
              "\"oomKilled\":true,\"startedNs\":\"18446744073709551615\",\"finishedNs\":\"1\",\"logLost\":2,"
              "\"restarts\":3}"
              "\n");
}

TEST(JournalOfManyRunsStaysInOneBlock) {
    TemporaryDirectory directory;
    Spill(directory / "lock", "");
    Journal journal;
    REQUIRE(journal.Open((directory / "lock").c_str()).ok());
    for (uint32_t run = 0; run < 100; run++) {
        REQUIRE(journal.Created(7, 70).ok());
        REQUIRE(journal.Running(7, 70, 1, run, 0).ok());
        std::string text = Slurp(directory / "lock");
        std::string last = "\"restarts\":" + std::to_string(run) + "}\n";
        REQUIRE(text.size() > last.size() && text.size() <= 4096);
        CHECK(text.substr(text.size() - last.size()) == last);
        ExitRecord exit;
        exit.pid = 7;
        exit.restarts = run;
        REQUIRE(journal.Restarting(exit).ok());
        CHECK(Slurp(directory / "lock").size() <= 4096);
    }
}

TEST(JournalOfAnUndoneLaunchIsEmpty) {
    TemporaryDirectory directory;
    Spill(directory / "lock", "");
    Journal journal;
    REQUIRE(journal.Open((directory / "lock").c_str()).ok());
    journal.Retract();
    CHECK(Slurp(directory / "lock").empty());
    // What is said after all stands at the beginning, not behind a hole.
    REQUIRE(journal.Created(7, 70).ok());
    CHECK(Slurp(directory / "lock").front() == '{');
}

TEST(JournalHoldsTheMonitorsByteUntilItIsClosed) {
    TemporaryDirectory directory;
    Spill(directory / "lock", "");
    const std::string path = directory / "lock";
    Journal journal;
    REQUIRE(journal.Open(path.c_str()).ok());
    CHECK(IsHeld(path, kMonitorLock));
    CHECK(!IsHeld(path, kRecordsLock));
    // Another one does not wait for a monitor that stands over a container, and leaves its words alone.
    Journal other;
    Status busy = other.Open(path.c_str());
    CHECK(!busy.ok() && busy.error == EAGAIN);
    CHECK(Slurp(path) == Creating());
    journal.Close();
    CHECK(!IsHeld(path, kMonitorLock));
    CHECK(other.Open(path.c_str()).ok());
}

TEST(JournalWaitsForAMonitorThatHasSaidItsLastWord) {
    TemporaryDirectory directory;
    Spill(directory / "lock", "");
    const std::string path = directory / "lock";
    Journal journal;
    REQUIRE(journal.Open(path.c_str()).ok());
    REQUIRE(journal.Stopped(ExitRecord{}).ok());
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        _exit(0);
    }
    // The child holds the same open file: the lock goes with the last of the two.
    journal.Close();
    Journal next;
    CHECK(next.Open(path.c_str()).ok());
    CHECK(Slurp(path) == Creating());
}

TEST(JournalSaysWhatFailed) {
    TemporaryDirectory directory;
    Journal journal;
    Status missing = journal.Open((directory / "none").c_str());
    CHECK(!missing.ok() && missing.error == ENOENT);
    // Without a file there is nothing to tell, and nobody to tell it to.
    CHECK(journal.Stopped(ExitRecord{}).ok());
}

}  // namespace
}  // namespace libpod::test
