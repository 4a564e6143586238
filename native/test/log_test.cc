// The container's log (monitor/log.h).
#include "monitor/log.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <cstring>
#include <string>
#include <vector>

#include "test/harness.h"

namespace libpod::test {
namespace {

// What the launch program would say of the log.
LogOp Named(const std::string& path) {
    LogOp op;
    op.path.data = path.c_str();
    op.path.size = static_cast<uint32_t>(path.size());
    op.max_files = 1;
    return op;
}

Bytes BytesOf(const char* text) {
    return Bytes{reinterpret_cast<const uint8_t*>(text), static_cast<uint32_t>(strlen(text))};
}

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
    const std::string path = directory / "log";
    REQUIRE(log.Open(Named(path)).ok());
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
    const std::string path = directory / "log";
    REQUIRE(log.Open(Named(path)).ok());
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
    const std::string path = directory / "log";
    REQUIRE(log.Open(Named(path)).ok());
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
        const std::string path = directory / "log";
        REQUIRE(log.Open(Named(path)).ok());
        Append(&log, false, "x\n");
    }
    CHECK(WithoutTimes(Slurp(directory / "log")) == "stdout F x\nstdout F x\n");
}

TEST(LogFollowsNoSymlink) {
    TemporaryDirectory directory;
    Spill(directory / "target", "");
    REQUIRE(symlink((directory / "target").c_str(), (directory / "log").c_str()) == 0);
    Log log;
    const std::string path = directory / "log";
    Status status = log.Open(Named(path));
    CHECK(!status.ok() && status.error == ELOOP);
}

TEST(LogCountsWhatAFullDiskRefuses) {
    Log log;
    const std::string path = "/dev/full";
    REQUIRE(log.Open(Named(path)).ok());
    Append(&log, false, "12345\n");
    CHECK(log.lost() == 6);
}

// A file-size limit cuts a write short as a disk that fills up does.
TEST(LogKeepsWholeEntriesWhenCutShort) {
    TemporaryDirectory directory;
    signal(SIGXFSZ, SIG_IGN);
    Log log;
    const std::string path = directory / "log";
    REQUIRE(log.Open(Named(path)).ok());
    Append(&log, false, "first\n");
    std::string before = Slurp(directory / "log");
    struct rlimit limit = {before.size() + 10, RLIM_INFINITY};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    Append(&log, false, "second\n");
    CHECK(Slurp(directory / "log") == before);
    CHECK(log.lost() == strlen("second\n"));
    // There is room for a word about it, and then for what follows.
    limit = {before.size() + 4096, RLIM_INFINITY};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    Append(&log, false, "third\n");
    CHECK(WithoutTimes(Slurp(directory / "log")) ==
          "stdout F first\n"
          "stderr F [libpod: 7 bytes of output were lost here: ENOSPC]\n"
          "stdout F third\n");
}

TEST(LogTellsAtOnceOfWhatIsLostWhereThereIsRoom) {
    TemporaryDirectory directory;
    signal(SIGXFSZ, SIG_IGN);
    Log log;
    const std::string path = directory / "log";
    REQUIRE(log.Open(Named(path)).ok());
    struct rlimit limit = {4096, RLIM_INFINITY};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    Append(&log, false, std::string(5000, 'x') + "\n");
    Append(&log, false, std::string(6000, 'x') + "\n");
    log.End();
    // One entry, with the sum.
    CHECK(WithoutTimes(Slurp(path)) == "stderr F [libpod: 11002 bytes of output were lost here: ENOSPC]\n");
    CHECK(log.lost() == 11002);
}

TEST(LogBeginsANewFileBeforeOneIsTooLarge) {
    TemporaryDirectory directory;
    Log log;
    const std::string path = directory / "log";
    LogOp op = Named(path);
    op.max_size = 200;  // three entries of some fifty bytes
    op.max_files = 3;
    REQUIRE(log.Open(op).ok());
    std::string text;
    for (int i = 0; i < 10; i++) text += "line " + std::to_string(i) + "\n";
    Append(&log, false, text);
    CHECK(WithoutTimes(Slurp(path)) == "stdout F line 9\n");
    CHECK(WithoutTimes(Slurp(path + ".1")) == "stdout F line 6\nstdout F line 7\nstdout F line 8\n");
    CHECK(WithoutTimes(Slurp(path + ".2")) == "stdout F line 3\nstdout F line 4\nstdout F line 5\n");
    CHECK(access((path + ".3").c_str(), F_OK) != 0);
    CHECK(access((path + ".new").c_str(), F_OK) != 0);
}

TEST(LogKeepsAnEntryThatIsLargerThanAFileMayBe) {
    TemporaryDirectory directory;
    Log log;
    const std::string path = directory / "log";
    LogOp op = Named(path);
    op.max_size = 10;
    REQUIRE(log.Open(op).ok());
    Append(&log, false, "one\ntwo\n");
    CHECK(WithoutTimes(Slurp(path)) == "stdout F two\n");
    CHECK(access((path + ".1").c_str(), F_OK) != 0);
}

// json-file without its times, which have the form of Go's RFC3339Nano.
std::string WithoutJsonTimes(std::string text) {
    static const char kBegin[] = ",\"time\":\"";
    for (size_t at; (at = text.find(kBegin)) != std::string::npos;) {
        size_t end = text.find("\"}\n", at + sizeof kBegin - 1);
        REQUIRE(end != std::string::npos && text[end - 1] == 'Z' && text[end - 2] != '0');
        text.erase(at, end + 1 - at);
    }
    return text;
}

std::string JsonOf(const std::vector<std::string>& pieces, const char* attributes = "") {
    TemporaryDirectory directory;
    Log log;
    const std::string path = directory / "log";
    LogOp op = Named(path);
    op.format = 1;
    op.attributes = BytesOf(attributes);
    REQUIRE(log.Open(op).ok());
    for (const std::string& piece : pieces) Append(&log, false, piece);
    log.End();
    return WithoutJsonTimes(Slurp(path));
}

TEST(JsonLogPutsLinesTogether) {
    CHECK(JsonOf({"on", "e\n", "two\n\n", "end"}) ==
          "{\"log\":\"one\\n\",\"stream\":\"stdout\"}\n"
          "{\"log\":\"two\\n\",\"stream\":\"stdout\"}\n"
          "{\"log\":\"\\n\",\"stream\":\"stdout\"}\n"
          "{\"log\":\"end\",\"stream\":\"stdout\"}\n");
}

TEST(JsonLogEscapesAsDockerDoes) {
    CHECK(JsonOf({std::string("\0\t\r\"\\<>&\x7f", 9) + "\xe2\x80\xa8\xe2\x80\xa9\xc3\xa4\n"}) ==
          "{\"log\":\"\\u0000\\u0009\\r\\\"\\\\\\u003c\\u003e\\u0026\x7f\\u2028\\u2029\xc3\xa4\\n\","
          "\"stream\":\"stdout\"}\n");
}

TEST(JsonLogReplacesWhatIsNoCharacter) {
    // A lone continuation, an overlong form, a surrogate, beyond the last, one cut short.
    CHECK(JsonOf({"\x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xc3\n"}) ==
          "{\"log\":\"\\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\\ufffd \\ufffd\\n\","
          "\"stream\":\"stdout\"}\n");
}

TEST(JsonLogCutsALongLineBetweenCharacters) {
    std::string line;
    while (line.size() < 16 * 1024 + 10) line += "\xe2\x82\xac";  // 16384 is no multiple of three
    const std::string first = line.substr(0, 16383);
    CHECK(JsonOf({line.substr(0, 1000), line.substr(1000) + "\n"}) ==
          "{\"log\":\"" + first + "\",\"stream\":\"stdout\"}\n{\"log\":\"" + line.substr(16383) +
              "\\n\",\"stream\":\"stdout\"}\n");
    // docker's: a line that fills its buffer is a piece, though nothing follows but its end.
    const std::string full(16 * 1024, 'x');
    CHECK(JsonOf({full + "\n"}) ==
          "{\"log\":\"" + full + "\",\"stream\":\"stdout\"}\n{\"log\":\"\\n\",\"stream\":\"stdout\"}\n");
}

TEST(JsonLogHasAttributes) {
    CHECK(JsonOf({"x\n"}, "{\"tag\":\"web\"}") ==
          "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"attrs\":{\"tag\":\"web\"}}\n");
}

TEST(LogHasEveryPieceOfAnyText) {
    // All lengths around the sizes of words and of the buffer.
    for (size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{9}, size_t{255}, size_t{256},
                        size_t{257}, size_t{32768}, size_t{100000}}) {
        TemporaryDirectory directory;
        Log log;
        const std::string path = directory / "log";
        REQUIRE(log.Open(Named(path)).ok());
        const std::string line(size, 'y');
        for (size_t at = 0; at < size; at += 32768) Append(&log, false, line.substr(at, 32768));
        Append(&log, false, "\n");
        std::string got;
        std::string rest = WithoutTimes(Slurp(path));
        for (size_t at = 0; at < rest.size();) {
            size_t end = rest.find('\n', at);
            got += rest.substr(at + 9, end - at - 9);
            at = end + 1;
        }
        CHECK(got == line);
    }
}

}  // namespace
}  // namespace libpod::test
