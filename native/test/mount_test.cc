// Mounts by descriptor (sys/mount.h), in a mount namespace of each test's own.
#include "sys/mount.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <cstring>
#include <string>

#include "sys/syscalls.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

void OwnMounts() {
    NeedsRoot();
    REQUIRE(unshare(CLONE_NEWNS) == 0);
    REQUIRE(SetPropagation(1UL << 18 /* MS_PRIVATE */).ok());
}

OwnedFd Tmpfs(uint64_t attributes) {
    FsContext context;
    REQUIRE(context.Open("tmpfs").ok());
    REQUIRE(context.SetString("source", "libpod-test").ok());
    REQUIRE(context.SetOption("size=64k").ok());
    REQUIRE(context.SetOption("mode=0711").ok());
    OwnedFd mount;
    REQUIRE(context.Create(attributes, &mount).ok());
    return mount;
}

OwnedFd OpenPath(const std::string& path) {
    OwnedFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
    REQUIRE(fd.valid());
    return fd;
}

// Before the directory goes, the mounts in it must.
struct MountPoint {
    TemporaryDirectory directory;
    const std::string path;
    MountPoint() : path(directory.path()) {}
    ~MountPoint() {
        while (sys::Umount(path.c_str(), 2 /* MNT_DETACH */) == 0) {
        }
    }
};

TEST(MountHasItsOptionsAndAttributes) {
    OwnMounts();
    MountPoint point;
    OwnedFd mount = Tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    REQUIRE(AttachMount(mount.get(), OpenPath(point.path).get()).ok());
    struct statvfs info;
    REQUIRE(statvfs(point.path.c_str(), &info) == 0);
    CHECK((info.f_flag & ST_NOSUID) != 0 && (info.f_flag & ST_RDONLY) == 0);
    CHECK(info.f_blocks * info.f_frsize == 64 * 1024);
    struct stat status;
    CHECK(stat(point.path.c_str(), &status) == 0 && (status.st_mode & 0777) == 0711);
    REQUIRE(SetMountAttributes(OpenPath(point.path).get(), MOUNT_ATTR_RDONLY, 0, false).ok());
    CHECK(open((point.path + "/file").c_str(), O_CREAT | O_WRONLY, 0600) == -1 && errno == EROFS);
    REQUIRE(SetMountAttributes(OpenPath(point.path).get(), 0, MOUNT_ATTR_RDONLY, false).ok());
    Spill(point.path + "/file", "x");
}

TEST(MountSaysWhatTheKernelSays) {
    OwnMounts();
    FsContext none;
    Status status = none.Open("libpod-no-such-filesystem");
    CHECK(!status.ok() && status.error == ENODEV);
    FsContext context;
    REQUIRE(context.Open("tmpfs").ok());
    CHECK(!context.SetOption("size=nonsense").ok());
    char words[256] = "";
    context.ReadMessage(words, sizeof words);
    CHECK(strstr(words, "size") != nullptr);
}

TEST(MountIsClonedWithWhatIsBeneathIt) {
    OwnMounts();
    MountPoint source, target;
    REQUIRE(AttachMount(Tmpfs(0).get(), OpenPath(source.path).get()).ok());
    REQUIRE(mkdir((source.path + "/beneath").c_str(), 0755) == 0);
    REQUIRE(AttachMount(Tmpfs(0).get(), OpenPath(source.path + "/beneath").get()).ok());
    Spill(source.path + "/beneath/file", "x");
    OwnedFd alone, whole;
    REQUIRE(CloneMount(AT_FDCWD, source.path.c_str(), false, &alone).ok());
    REQUIRE(CloneMount(AT_FDCWD, source.path.c_str(), true, &whole).ok());
    REQUIRE(AttachMount(alone.get(), OpenPath(target.path).get()).ok());
    CHECK(!Exists(target.path + "/beneath/file"));
    REQUIRE(SetMountAttributes(whole.get(), MOUNT_ATTR_RDONLY, 0, true).ok());
    REQUIRE(AttachMount(whole.get(), OpenPath(target.path).get()).ok());
    CHECK(Exists(target.path + "/beneath/file"));
    CHECK(unlink((target.path + "/beneath/file").c_str()) == -1 && errno == EROFS);
    sys::Umount((source.path + "/beneath").c_str(), 2);
}

TEST(MountBecomesTheRoot) {
    OwnMounts();
    MountPoint point;
    OwnedFd mount = Tmpfs(0);
    REQUIRE(AttachMount(mount.get(), OpenPath(point.path).get()).ok());
    Spill(point.path + "/mark", "new root");
    pid_t child = fork();
    if (child == 0) {
        // Only this process sees the new root, so that the directories can be removed outside.
        if (unshare(CLONE_NEWNS) != 0 || !PivotRoot(OpenPath(point.path).get()).ok()) _exit(1);
        _exit(Exists("/mark") && !Exists("/proc/self") && !Exists("/etc") ? 0 : 2);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

}  // namespace
}  // namespace libpod::test
