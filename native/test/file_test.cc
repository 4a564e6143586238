// Host files and trees (sys/file.h) and locks (sys/lock.h).
#include "sys/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstring>
#include <string>

#include "sys/directory.h"
#include "sys/lock.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

TEST(WriteFileReplacesAndFollowsNoSymlink) {
    TemporaryDirectory directory;
    Spill(directory / "file", "a longer text");
    REQUIRE(WriteFile(AT_FDCWD, (directory / "file").c_str(), 0600, 0, "short", 5).ok());
    CHECK(Slurp(directory / "file") == "short");
    REQUIRE(symlink("file", (directory / "link").c_str()) == 0);
    Status status = WriteFile(AT_FDCWD, (directory / "link").c_str(), 0600, 0, "x", 1);
    CHECK(!status.ok() && status.error == ELOOP);
    status = WriteFile(AT_FDCWD, (directory / "file").c_str(), 0600, O_EXCL, "x", 1);
    CHECK(!status.ok() && status.error == EEXIST);
    CHECK(Slurp(directory / "file") == "short");
}

TEST(ReadFileStopsAtTheBuffer) {
    TemporaryDirectory directory;
    Spill(directory / "file", "123456789");
    char buffer[5];
    CHECK(ReadFile(AT_FDCWD, (directory / "file").c_str(), buffer, sizeof buffer) == 4);
    CHECK(strcmp(buffer, "1234") == 0);
    CHECK(ReadFile(AT_FDCWD, (directory / "none").c_str(), buffer, sizeof buffer) == -1 && errno == ENOENT);
}

TEST(RemoveTreeTakesATreeAndNoTargets) {
    TemporaryDirectory directory;
    REQUIRE(mkdir((directory / "kept").c_str(), 0755) == 0);
    Spill(directory / "kept/file", "x");
    REQUIRE(mkdir((directory / "tree").c_str(), 0755) == 0);
    REQUIRE(mkdir((directory / "tree/deep").c_str(), 0755) == 0);
    Spill(directory / "tree/deep/file", "x");
    REQUIRE(symlink("../kept", (directory / "tree/link").c_str()) == 0);
    CHECK(RemoveTree(AT_FDCWD, (directory / "tree").c_str()).ok());
    CHECK(!Exists(directory / "tree"));
    CHECK(Exists(directory / "kept/file"));
    REQUIRE(symlink("kept", (directory / "link").c_str()) == 0);
    CHECK(RemoveTree(AT_FDCWD, (directory / "link").c_str()).ok());
    CHECK(!Exists(directory / "link") && Exists(directory / "kept/file"));
    CHECK(RemoveTree(AT_FDCWD, (directory / "none").c_str()).ok());
}

TEST(RemoveTreeTakesATreeOfAnyDepth) {
    TemporaryDirectory directory;
    // Deeper than descriptors, the stack and paths reach; with names that the removal might want for itself.
    OwnedFd at(open(directory.path().c_str(), O_PATH | O_DIRECTORY));
    for (int depth = 0; depth < 5000; depth++) {
        const char* name = depth == 0 ? "deep" : depth % 7 == 0 ? ".deep-0" : "d";
        REQUIRE(mkdirat(at.get(), name, 0700) == 0);
        OwnedFd next(openat(at.get(), name, O_PATH | O_DIRECTORY));
        if (depth == 1) REQUIRE(mkdirat(at.get(), ".deep-1", 0700) == 0);
        at = static_cast<OwnedFd&&>(next);
        REQUIRE(at.valid());
    }
    at.Reset();
    CHECK(RemoveTree(AT_FDCWD, (directory / "deep").c_str()).ok());
    CHECK(!Exists(directory / "deep"));
}

// Two sweeps may take the same tree apart: one of them finds the directory that it reads removed.
TEST(DirectoryThatWentMeanwhileIsEmpty) {
    TemporaryDirectory directory;
    REQUIRE(mkdir((directory / "gone").c_str(), 0755) == 0);
    Directory gone;
    REQUIRE(gone.Open(AT_FDCWD, (directory / "gone").c_str()).ok());
    REQUIRE(rmdir((directory / "gone").c_str()) == 0);
    DirectoryEntry entry;
    CHECK(!gone.Next(&entry));
    CHECK(gone.status().ok());
}

TEST(DiscardTreeRenamesFirst) {
    TemporaryDirectory directory;
    REQUIRE(mkdir((directory / "tree").c_str(), 0755) == 0);
    Spill(directory / "tree/file", "x");
    CHECK(DiscardTree((directory / "tree").c_str()).ok());
    CHECK(!Exists(directory / "tree") && !Exists(directory / ".gone-tree"));
    CHECK(DiscardTree((directory / "tree").c_str()).ok());  // a missing one is fine
    // What an earlier one that was killed left stands in the way: the tree stays whole for whoever sweeps.
    REQUIRE(mkdir((directory / "tree").c_str(), 0755) == 0);
    REQUIRE(mkdir((directory / ".gone-tree").c_str(), 0755) == 0);
    Spill(directory / ".gone-tree/file", "x");
    Status status = DiscardTree((directory / "tree").c_str());
    CHECK(!status.ok() && status.error == ENOTEMPTY);
    CHECK(Exists(directory / "tree"));
}

TEST(LockHoldsBetweenProcessesAndEndsWithThem) {
    TemporaryDirectory directory;
    const std::string path = directory / "lock";
    OwnedFd mine;
    CHECK(LockFile(path.c_str(), kRecordsLock, false, &mine).error == ENOENT);
    Spill(path, "");
    int ready[2];
    REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        OwnedFd theirs;
        char held = LockFile(path.c_str(), kRecordsLock, false, &theirs).ok() ? 'y' : 'n';
        (void)!write(ready[1], &held, 1);
        pause();
    }
    char held = 0;
    CHECK(read(ready[0], &held, 1) == 1 && held == 'y');
    CHECK(LockFile(path.c_str(), kRecordsLock, false, &mine).error == EAGAIN);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK(LockFile(path.c_str(), kRecordsLock, false, &mine).ok() && mine.valid());
}

TEST(LocksOfRecordsAndMonitorAreTwo) {
    TemporaryDirectory directory;
    const std::string path = directory / "lock";
    Spill(path, "");
    OwnedFd records, monitor, again;
    CHECK(LockFile(path.c_str(), kRecordsLock, false, &records).ok());
    CHECK(LockFile(path.c_str(), kMonitorLock, false, &monitor).ok());
    CHECK(LockFile(path.c_str(), kMonitorLock, false, &again).error == EAGAIN);
}

// Starts a process that waits for the lock of `path`, which `mine` holds; its exit status is what `judge`
// makes of it.
template <typename Judge>
pid_t Waiter(const std::string& path, OwnedFd* mine, Judge judge) {
    pid_t child = fork();
    if (child != 0) return child;
    // The lock belongs to the open file, of which this process has a descriptor too.
    mine->Reset();
    OwnedFd theirs;
    Status status = LockFile(path.c_str(), kRecordsLock, true, &theirs);
    _exit(judge(status, theirs.get()) ? 0 : 1);
}

bool Succeeded(pid_t child) {
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Two processes could else each hold "the" lock, one of them on a file without a name. In these two tests the
// answer is the same if the waiter comes late.
TEST(LockTellsWhoIsInTheWay) {
    TemporaryDirectory directory;
    std::string path = directory.path() + "/lock";
    REQUIRE(WriteFile(AT_FDCWD, path.c_str(), 0600, 0, "", 0).ok());
    LockHolder holder;
    CHECK(FindLockHolder(path.c_str(), LockRange{0, 0, false}, &holder).ok() && !holder.held);
    OwnedFd first, second, third;
    REQUIRE(LockFile(path.c_str(), LockRange{4, 8, true}, false, &first).ok());
    CHECK(LockFile(path.c_str(), LockRange{0, 0, true}, false, &second).ok());
    CHECK(LockFile(path.c_str(), LockRange{11, 1, false}, false, &third).error == EAGAIN && !third.valid());
    second.Reset();
    CHECK(LockFile(path.c_str(), LockRange{12, 1, false}, false, &third).ok());
    REQUIRE(FindLockHolder(path.c_str(), LockRange{0, 12, false}, &holder).ok());
    CHECK(holder.held && holder.range.shared && holder.pid == -1);
    CHECK(holder.range.start == 4 && holder.range.length == 8);
}

TEST(LockIsTakenAgainOnTheSameFile) {
    TemporaryDirectory directory;
    const std::string path = directory / "lock";
    Spill(path, "");
    OwnedFd mine, theirs;
    REQUIRE(LockFile(path.c_str(), kRecordsLock, false, &mine).ok());
    CHECK(UnlockDescriptor(mine.get(), kRecordsLock).ok());
    REQUIRE(LockFile(path.c_str(), kRecordsLock, false, &theirs).ok());
    CHECK(LockDescriptorAgain(mine.get(), kRecordsLock).error == EAGAIN);
    theirs.Reset();
    CHECK(LockDescriptorAgain(mine.get(), kRecordsLock).ok());
    REQUIRE(unlink(path.c_str()) == 0);
    CHECK(UnlockDescriptor(mine.get(), kRecordsLock).error == ENOENT);
    CHECK(LockDescriptorAgain(mine.get(), kRecordsLock).error == ENOENT);
    // What was refused is not held either.
    LockHolder holder;
    OwnedFd other(open(("/proc/self/fd/" + std::to_string(mine.get())).c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(other.valid());
    CHECK(FindLockHolder(other.get(), kRecordsLock, &holder).ok() && !holder.held);
}

TEST(LockOfAFileThatWentIsRefused) {
    TemporaryDirectory directory;
    const std::string path = directory / "lock";
    Spill(path, "");
    OwnedFd mine;
    REQUIRE(LockFile(path.c_str(), kRecordsLock, false, &mine).ok());
    pid_t child = Waiter(path, &mine, [](Status status, int) { return status.error == ENOENT; });
    usleep(50'000);
    REQUIRE(unlink(path.c_str()) == 0);
    mine.Reset();
    CHECK(Succeeded(child));
}

TEST(LockOfAFileThatWasReplacedIsTheNewOnes) {
    TemporaryDirectory directory;
    const std::string path = directory / "lock";
    Spill(path, "");
    OwnedFd mine;
    REQUIRE(LockFile(path.c_str(), kRecordsLock, false, &mine).ok());
    pid_t child = Waiter(path, &mine, [&path](Status status, int fd) {
        struct stat held, named;
        return status.ok() && fstat(fd, &held) == 0 && stat(path.c_str(), &named) == 0 &&
               held.st_ino == named.st_ino && held.st_size == 3;
    });
    usleep(50'000);
    Spill(directory / "new", "new");
    REQUIRE(rename((directory / "new").c_str(), path.c_str()) == 0);
    mine.Reset();
    CHECK(Succeeded(child));
}

}  // namespace
}  // namespace libpod::test
