// The container's log (monitor/log.h).
#include "monitor/log.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <cstring>
#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

void Append(Log* log, bool error_stream, const std::string& text) {
    log->Append(error_stream, reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// The log without its times, each of which must have the form of RFC 3339 in UTC with nanoseconds.
std::string WithoutTimes(const std::string& text) {
    static const char kForm[] = "dddd-dd-ddTdd:dd:dd.ddddddddd+00:00 ";
    const size_t size = sizeof kForm - 1;
    std::string rest;
    size_t at = 0;
    while (at < text.size()) {
        REQUIRE(text.size() - at >= size);
        for (size_t i = 0; i < size; i++) {
            char letter = text[at + i];
            REQUIRE(kForm[i] == 'd' ? letter >= '0' && letter <= '9' : letter == kForm[i]);
        }
        size_t end = text.find('\n', at);
        REQUIRE(end != std::string::npos);
        rest += text.substr(at + size, end + 1 - at - size);
        at = end + 1;
    }
    return rest;
}

TEST(LogWritesLinesAndPieces) {
    TemporaryDirectory directory;
    Log log;
    REQUIRE(log.Open((directory / "log").c_str()).ok());
    Append(&log, false, "one\ntwo");
    Append(&log, false, "\n\n");
    Append(&log, true, "bad\n");
    Append(&log, false, "");
    CHECK(WithoutTimes(Slurp(directory / "log")) ==
          "stdout F one\nstdout P two\nstdout F \nstdout F \nstderr F bad\n");
    CHECK(log.lost() == 0);
}

TEST(LogHasTheDayOfDateOne) {
    TemporaryDirectory directory;
    Log log;
    REQUIRE(log.Open((directory / "log").c_str()).ok());
    time_t before = time(nullptr);
    Append(&log, false, "x\n");
    time_t after = time(nullptr);
    char first[32], second[32];
    strftime(first, sizeof first, "%Y-%m-%dT%H:%M", gmtime(&before));
    strftime(second, sizeof second, "%Y-%m-%dT%H:%M", gmtime(&after));
    std::string text = Slurp(directory / "log");
    CHECK(text.compare(0, strlen(first), first) == 0 || text.compare(0, strlen(second), second) == 0);
}

TEST(LogWritesMoreLinesThanOneCallTakes) {
    TemporaryDirectory directory;
    Log log;
    REQUIRE(log.Open((directory / "log").c_str()).ok());
    std::string text, expected;
    for (int i = 0; i < 1000; i++) {
        text += std::to_string(i) + "\n";
        expected += "stdout F " + std::to_string(i) + "\n";
    }
    Append(&log, false, text);
    CHECK(WithoutTimes(Slurp(directory / "log")) == expected);
}

TEST(LogAppendsToWhatIsThere) {
    TemporaryDirectory directory;
    for (int run = 0; run < 2; run++) {
        Log log;
        REQUIRE(log.Open((directory / "log").c_str()).ok());
        Append(&log, false, "x\n");
    }
    CHECK(WithoutTimes(Slurp(directory / "log")) == "stdout F x\nstdout F x\n");
}

TEST(LogFollowsNoSymlink) {
    TemporaryDirectory directory;
    Spill(directory / "target", "");
    REQUIRE(symlink((directory / "target").c_str(), (directory / "log").c_str()) == 0);
    Log log;
    Status status = log.Open((directory / "log").c_str());
    CHECK(!status.ok() && status.error == ELOOP);
}

TEST(LogCountsWhatAFullDiskRefuses) {
    Log log;
    REQUIRE(log.Open("/dev/full").ok());
    Append(&log, false, "12345\n");
    CHECK(log.lost() == 6);
}

// A file-size limit cuts a write short as a disk that fills up does.
TEST(LogKeepsWholeEntriesWhenCutShort) {
    TemporaryDirectory directory;
    signal(SIGXFSZ, SIG_IGN);
    Log log;
    REQUIRE(log.Open((directory / "log").c_str()).ok());
    Append(&log, false, "first\n");
    std::string before = Slurp(directory / "log");
    struct rlimit limit = {before.size() + 10, before.size() + 10};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    Append(&log, false, "second\n");
    CHECK(Slurp(directory / "log") == before);
    CHECK(log.lost() == strlen("second\n"));
}

}  // namespace
}  // namespace libpod::test
