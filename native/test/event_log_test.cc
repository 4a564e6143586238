// The journal of events, as writers see it (sys/event_log.h).
#include "sys/event_log.h"

#include <unistd.h>

#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

Status Tell(EventLog* log, const std::string& line) {
    struct iovec part = {const_cast<char*>(line.data()), line.size()};
    return log->Append(&part, 1);
}

TEST(EventLogAppendsToTheNewestFile) {
    TemporaryDirectory directory;
    EventLog one, other;
    REQUIRE(one.Open(directory.path().c_str()).ok());
    REQUIRE(other.Open(directory.path().c_str()).ok());
    REQUIRE(Tell(&one, "a\n").ok());
    REQUIRE(Tell(&other, "b\n").ok());
    REQUIRE(Tell(&one, "c\n").ok());
    CHECK(Slurp(directory / "1") == "a\nb\nc\n");
}

TEST(EventLogWritesAgainWhatBeganTooLate) {
    TemporaryDirectory directory;
    EventLog one, other;
    REQUIRE(one.Open(directory.path().c_str()).ok());
    REQUIRE(other.Open(directory.path().c_str()).ok());
    REQUIRE(Tell(&other, "first\n").ok());
    REQUIRE(Tell(&one, std::string(kEventFileSize, 'x') + "\n").ok());
    // Both still hold the first file, which is full.
    REQUIRE(Tell(&one, "a\n").ok());
    REQUIRE(Tell(&other, "b\n").ok());
    CHECK(Slurp(directory / "2") == "a\nb\n");
}

TEST(EventLogKeepsTheLastFiles) {
    TemporaryDirectory directory;
    EventLog stale, log;
    REQUIRE(stale.Open(directory.path().c_str()).ok());
    REQUIRE(log.Open(directory.path().c_str()).ok());
    REQUIRE(Tell(&stale, "a\n").ok());
    for (int i = 0; i < 6; i++) REQUIRE(Tell(&log, std::string(kEventFileSize, 'x') + "\n").ok());
    CHECK(access((directory / "2").c_str(), F_OK) != 0);
    CHECK(access((directory / "3").c_str(), F_OK) == 0);
    // One who holds a file that is gone finds the newest.
    REQUIRE(Tell(&stale, "b\n").ok());
    CHECK(Slurp(directory / "7") == "b\n");
    CHECK(access((directory / "1").c_str(), F_OK) != 0);
}

TEST(EventLogWithoutADirectoryRefuses) {
    TemporaryDirectory directory;
    EventLog log;
    CHECK(!log.Open((directory / "none").c_str()).ok());
    CHECK(!log.valid());
}

}  // namespace
}  // namespace libpod::test
