// The line between monitor and child (monitor/channel.h).
#include "monitor/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>

#include "sys/fd.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

struct Line {
    OwnedFd monitor, child;
    Line() {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
        monitor.Reset(ends[0]);
        child.Reset(ends[1]);
    }
};

TEST(ChannelCarriesReports) {
    Line line;
    Report sent = {};
    sent.kind = ReportKind::kFailure;
    sent.section = 3;
    sent.index = 4;
    sent.error = ENOENT;
    strcpy(sent.stage, "openat2");
    REQUIRE(SendReport(line.child.get(), sent));
    Report report;
    int fd;
    REQUIRE(ReceiveReport(line.monitor.get(), &report, &fd));
    CHECK(memcmp(&report, &sent, sizeof sent) == 0);
    CHECK(fd == -1);
}

TEST(ChannelCarriesADescriptor) {
    Line line;
    OwnedFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    Report sent = {};
    sent.kind = ReportKind::kConsole;
    REQUIRE(SendReport(line.child.get(), sent, null.get()));
    Report report;
    int fd;
    REQUIRE(ReceiveReport(line.monitor.get(), &report, &fd));
    OwnedFd received(fd);
    struct stat mine, theirs;
    REQUIRE(received.valid() && fstat(null.get(), &mine) == 0 && fstat(received.get(), &theirs) == 0);
    CHECK(mine.st_rdev == theirs.st_rdev);
    CHECK((fcntl(received.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(ChannelSeesTheEnd) {
    Line line;
    line.child.Reset();
    Report report = {};
    int fd;
    CHECK(!ReceiveReport(line.monitor.get(), &report, &fd));
    CHECK(!SendReport(line.monitor.get(), report));
}

// A child may fail before it has read the word to go. The kernel then answers ECONNRESET first and the
// child's report after it (unix(7): the peer closed with data unread).
TEST(ChannelHearsTheLastWordOfOneThatDidNotListen) {
    Line line;
    Report word = {};
    word.kind = ReportKind::kGo;
    REQUIRE(SendReport(line.monitor.get(), word));
    word.kind = ReportKind::kFailure;
    REQUIRE(SendReport(line.child.get(), word));
    line.child.Reset();
    Report report;
    int fd;
    REQUIRE(ReceiveReport(line.monitor.get(), &report, &fd));
    CHECK(report.kind == ReportKind::kFailure);
    CHECK(!ReceiveReport(line.monitor.get(), &report, &fd));
}

TEST(ChannelRefusesAShortPacket) {
    Line line;
    REQUIRE(send(line.child.get(), "x", 1, 0) == 1);
    Report report;
    int fd;
    CHECK(!ReceiveReport(line.monitor.get(), &report, &fd));
}

}  // namespace
}  // namespace libpod::test
