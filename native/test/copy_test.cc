// Copies of trees (sys/copy.h), and namespaces entered by PID and start time (sys/join.h).
#include "sys/copy.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "sys/fd.h"
#include "sys/join.h"
#include "sys/process.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

OwnedFd OpenDirectory(const std::string& path) {
    OwnedFd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(fd.valid());
    return fd;
}

// Two directories, `from` and `to`.
struct Pair {
    Pair() {
        umask(0);  // as in the child of a launch
        REQUIRE(mkdir((directory / "from").c_str(), 0755) == 0);
        REQUIRE(mkdir((directory / "to").c_str(), 0755) == 0);
    }
    Status Copy() const {
        OwnedFd from = OpenDirectory(directory / "from"), to = OpenDirectory(directory / "to");
        return CopyTree(from.get(), to.get());
    }
    TemporaryDirectory directory;
};

TEST(CopyTreeKeepsKindsModesAndTimes) {
    Pair pair;
    const TemporaryDirectory& at = pair.directory;
    REQUIRE(mkdir((at / "from/deep").c_str(), 0755) == 0);
    Spill(at / "from/deep/file", std::string(100'000, 'x'));
    REQUIRE(chmod((at / "from/deep/file").c_str(), 04750) == 0);
    REQUIRE(chmod((at / "from/deep").c_str(), 0500) == 0);
    REQUIRE(symlink("/nowhere/at all", (at / "from/link").c_str()) == 0);
    REQUIRE(mkfifo((at / "from/pipe").c_str(), 0620) == 0);
    struct timespec times[2] = {{1000, 0}, {2000, 5}};
    REQUIRE(utimensat(AT_FDCWD, (at / "from/deep").c_str(), times, 0) == 0);
    REQUIRE(pair.Copy().ok());
    struct stat info;
    REQUIRE(lstat((at / "to/deep/file").c_str(), &info) == 0);
    CHECK(S_ISREG(info.st_mode) && (info.st_mode & 07777) == 04750 && info.st_size == 100'000);
    REQUIRE(lstat((at / "to/deep").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0500 && info.st_mtim.tv_sec == 2000 && info.st_mtim.tv_nsec == 5);
    REQUIRE(lstat((at / "to/pipe").c_str(), &info) == 0);
    CHECK(S_ISFIFO(info.st_mode) && (info.st_mode & 07777) == 0620);
    char target[64] = "";
    CHECK(readlink((at / "to/link").c_str(), target, sizeof target - 1) > 0);
    CHECK(strcmp(target, "/nowhere/at all") == 0);
}

TEST(CopyTreeFollowsNoLinkOnEitherSide) {
    Pair pair;
    const TemporaryDirectory& at = pair.directory;
    REQUIRE(mkdir((at / "outside").c_str(), 0755) == 0);
    Spill(at / "outside/secret", "secret");
    REQUIRE(symlink("../outside", (at / "from/directory").c_str()) == 0);
    REQUIRE(pair.Copy().ok());
    struct stat info;
    REQUIRE(lstat((at / "to/directory").c_str(), &info) == 0);
    CHECK(S_ISLNK(info.st_mode));
    // What is there already is not written through.
    Pair second;
    Spill(second.directory / "from/file", "new");
    REQUIRE(symlink("../victim", (second.directory / "to/file").c_str()) == 0);
    Status status = second.Copy();
    CHECK(!status.ok() && status.error == EEXIST);
    CHECK(!Exists(second.directory / "victim"));
}

TEST(CopyTreeEndsInADeepTree) {
    Pair pair;
    std::string path = pair.directory / "from";
    for (int depth = 0; depth < 80; depth++) {
        path += "/d";
        REQUIRE(mkdir(path.c_str(), 0755) == 0);
    }
    Status status = pair.Copy();
    CHECK(!status.ok() && status.error == ELOOP);
}

TEST(JoinNamespaceOnlyOfTheProcessThatWasMeant) {
    NeedsRoot();
    auto self = static_cast<uint32_t>(getpid());
    std::string path = "/proc/" + std::to_string(self) + "/ns/uts";
    uint64_t ticks = StartTicks(getpid());
    CHECK(JoinNamespace(path.c_str(), CLONE_NEWUTS, self, ticks).ok());
    CHECK(JoinNamespace(path.c_str(), CLONE_NEWUTS, 0, 0).ok());
    Status status = JoinNamespace(path.c_str(), CLONE_NEWUTS, self, ticks + 1);
    CHECK(!status.ok() && status.error == ESRCH);
    // One of another kind.
    CHECK(!JoinNamespace(path.c_str(), CLONE_NEWNET, self, ticks).ok());
}

}  // namespace
}  // namespace libpod::test
