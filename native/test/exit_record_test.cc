// The exit record (monitor/exit_record.h).
#include "monitor/exit_record.h"

#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

TEST(ExitRecordIsOneLineOfJson) {
    TemporaryDirectory directory;
    ExitRecord record;
    record.started = true;
    record.exit_code = 137;
    record.signal = 9;
    record.oom_killed = true;
    record.started_ns = 18446744073709551615u;
    record.finished_ns = 1;
    record.log_lost = 2;
    REQUIRE(WriteExitRecord((directory / "exit").c_str(), record).ok());
    CHECK(Slurp(directory / "exit") ==
          "{\"version\":1,\"started\":true,\"exitCode\":137,\"signal\":9,\"oomKilled\":true,"
          "\"startedNs\":\"18446744073709551615\",\"finishedNs\":\"1\",\"logLost\":2}\n");
    CHECK(!Exists(directory / "exit.new"));
}

TEST(ExitRecordReplacesAnOlderOne) {
    TemporaryDirectory directory;
    Spill(directory / "exit", std::string(4096, 'x'));
    REQUIRE(WriteExitRecord((directory / "exit").c_str(), ExitRecord{}).ok());
    CHECK(Slurp(directory / "exit").find("\"started\":false,\"exitCode\":0") != std::string::npos);
}

TEST(ExitRecordSaysWhatFailed) {
    TemporaryDirectory directory;
    Status missing = WriteExitRecord((directory / "none/exit").c_str(), ExitRecord{});
    CHECK(!missing.ok() && missing.error == ENOENT);
    Status too_long = WriteExitRecord(std::string(PATH_MAX, 'x').c_str(), ExitRecord{});
    CHECK(!too_long.ok() && too_long.error == ENAMETOOLONG);
}

}  // namespace
}  // namespace libpod::test
