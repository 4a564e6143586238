#include "sys/id_maps.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "sys/fs_identity.h"
#include "test/harness.h"

using libpod::FsIdentity;
using libpod::MakeUserNamespace;
using libpod::OwnedFd;
using libpod::Status;
using libpod::Words;
using libpod::test::NeedsRoot;
using libpod::test::Slurp;
using libpod::test::TemporaryDirectory;

namespace {

Words Map(const uint32_t* words, uint32_t count) {
    Words map;
    map.data = reinterpret_cast<const uint8_t*>(words);
    map.count = count;
    return map;
}

}  // namespace

TEST(user_namespace_has_the_maps_that_were_asked_for) {
    NeedsRoot();
    const uint32_t uids[] = {0, 100000, 10, 10, 5, 1};
    const uint32_t gids[] = {0, 200000, 65536};
    OwnedFd made;
    REQUIRE(MakeUserNamespace(Map(uids, 6), Map(gids, 3), &made).ok());
    REQUIRE(setns(made.get(), CLONE_NEWUSER) == 0);
    // Who reads sees what is outside of the reader's own namespace, which is this one.
    CHECK(Slurp("/proc/self/uid_map") ==
          "         0     100000         10\n        10          5          1\n");
    CHECK(Slurp("/proc/self/gid_map") == "         0     200000      65536\n");
}

TEST(maps_that_the_kernel_refuses_leave_no_process) {
    NeedsRoot();
    const uint32_t overlapping[] = {0, 1, 10, 5, 100, 10};
    OwnedFd made;
    Status status = MakeUserNamespace(Map(overlapping, 6), Map(overlapping, 6), &made);
    CHECK(!status.ok() && status.error == EINVAL);
    CHECK(!made.valid());
    CHECK(waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD);
}

TEST(files_are_made_as_somebody_else_who_keeps_all_capabilities) {
    NeedsRoot();
    TemporaryDirectory directory;
    REQUIRE(chmod(directory.path().c_str(), 0700) == 0);
    {
        FsIdentity identity;
        REQUIRE(identity.Become(1234, 5678).ok());
        // The directory is root's alone: what lets in is a capability.
        CHECK(close(open((directory / "theirs").c_str(), O_CREAT | O_WRONLY, 0600)) == 0);
    }
    CHECK(close(open((directory / "ours").c_str(), O_CREAT | O_WRONLY, 0600)) == 0);
    struct stat theirs, ours;
    REQUIRE(stat((directory / "theirs").c_str(), &theirs) == 0);
    REQUIRE(stat((directory / "ours").c_str(), &ours) == 0);
    CHECK(theirs.st_uid == 1234 && theirs.st_gid == 5678);
    CHECK(ours.st_uid == 0 && ours.st_gid == 0);
}
