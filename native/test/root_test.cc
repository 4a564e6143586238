// Paths inside a hostile root (sys/root.h): whatever links stand in it, nothing outside is reached.
#include "sys/root.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

// A root beside a secret, with links that try to reach it.
struct HostileRoot {
    TemporaryDirectory directory;
    OwnedFd root;
    HostileRoot() {
        REQUIRE(mkdir((directory / "outside").c_str(), 0755) == 0);
        Spill(directory / "outside/secret", "secret");
        REQUIRE(mkdir((directory / "root").c_str(), 0755) == 0);
        REQUIRE(mkdir((directory / "root/etc").c_str(), 0755) == 0);
        Spill(directory / "root/etc/passwd", "inside");
        Link("../outside", "root/up");
        Link((directory / "outside").c_str(), "root/absolute");
        Link("/etc/passwd", "root/passwd");
        Link("loop", "root/loop");
        root.Reset(open((directory / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(root.valid());
    }
    void Link(const char* to, const char* at) { REQUIRE(symlink(to, (directory / at).c_str()) == 0); }
    bool OutsideHasOnlyTheSecret() {
        return rmdir((directory / "outside").c_str()) != 0 &&
               unlink((directory / "outside/secret").c_str()) == 0 &&
               rmdir((directory / "outside").c_str()) == 0;
    }
};

TEST(RootOpensWhatIsInside) {
    HostileRoot hostile;
    OwnedFd fd;
    for (const char* path : {"etc/passwd", "/etc/passwd", "passwd", "../../etc/passwd"}) {
        REQUIRE(OpenInRoot(hostile.root.get(), path, O_RDONLY, &fd).ok());
        char text[16] = {};
        CHECK(read(fd.get(), text, sizeof text - 1) == 6 && strcmp(text, "inside") == 0);
    }
    CHECK(OpenInRoot(hostile.root.get(), "", O_PATH | O_DIRECTORY, &fd).ok());
}

TEST(RootLetsNothingOut) {
    HostileRoot hostile;
    OwnedFd fd;
    for (const char* path :
         {"up/secret", "absolute/secret", "../outside/secret", "etc/../../outside/secret"}) {
        Status status = OpenInRoot(hostile.root.get(), path, O_RDONLY, &fd);
        CHECK(!status.ok() && status.error == ENOENT);
    }
    CHECK(OpenInRoot(hostile.root.get(), "loop", O_RDONLY, &fd).error == ELOOP);
}

TEST(RootFollowsNoMagicLink) {
    OwnedFd root(open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(root.valid());
    OwnedFd fd;
    CHECK(OpenInRoot(root.get(), "exe", O_RDONLY, &fd).error == ELOOP);
    CHECK(OpenInRoot(root.get(), "root/etc", O_PATH, &fd).error == ELOOP);
}

TEST(RootMakesDirectoriesInside) {
    HostileRoot hostile;
    OwnedFd fd;
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "/a/b/c", 0755, &fd).ok());
    CHECK(Exists(hostile.directory / "root/a/b/c"));
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "a//b/../d", 0755, &fd).ok());
    CHECK(Exists(hostile.directory / "root/a/d"));
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "../../e", 0755, &fd).ok());
    CHECK(Exists(hostile.directory / "root/e") && !Exists(hostile.directory / "e"));
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "etc/passwd/x", 0755, &fd).error == ENOTDIR);
    // A link to nowhere inside is not made into a directory outside.
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "up/made", 0755, &fd).ok());
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "absolute/made", 0755, &fd).ok());
    CHECK(hostile.OutsideHasOnlyTheSecret());
    hostile.Link("a/relative", "root/first");
    hostile.Link("../first/second", "root/a/chain");
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "a/chain/third", 0755, &fd).ok());
    CHECK(Exists(hostile.directory / "root/a/relative/second/third"));
    hostile.Link("round", "root/round");
    CHECK(MakeDirectoryInRoot(hostile.root.get(), "round/x", 0755, &fd).error == ELOOP);
    CHECK(MakeDirectoryInRoot(hostile.root.get(), std::string(PATH_MAX, 'x').c_str(), 0755, &fd).error ==
          ENAMETOOLONG);
}

TEST(RootMakesFilesInside) {
    HostileRoot hostile;
    OwnedFd fd;
    CHECK(MakeFileInRoot(hostile.root.get(), "/new/file", &fd).ok());
    CHECK(Exists(hostile.directory / "root/new/file"));
    CHECK(MakeFileInRoot(hostile.root.get(), "passwd", &fd).ok());  // through a link, to what is there
    (void)MakeFileInRoot(hostile.root.get(), "up/made", &fd).ok();
    (void)MakeFileInRoot(hostile.root.get(), "absolute/made", &fd).ok();
    hostile.Link("../outside/made", "root/dangling");
    CHECK(MakeFileInRoot(hostile.root.get(), "dangling", &fd).ok());
    CHECK(Exists(hostile.directory / "root/outside/made"));
    CHECK(hostile.OutsideHasOnlyTheSecret());
}

TEST(RootNamesTheLastComponent) {
    HostileRoot hostile;
    OwnedFd fd;
    const char* name;
    CHECK(OpenParentInRoot(hostile.root.get(), "/x/y", &fd, &name).ok() && strcmp(name, "y") == 0);
    CHECK(Exists(hostile.directory / "root/x"));
    CHECK(OpenParentInRoot(hostile.root.get(), "z", &fd, &name).ok() && strcmp(name, "z") == 0);
    for (const char* path : {"", "/", "x/", "x/.", "x/.."}) {
        CHECK(OpenParentInRoot(hostile.root.get(), path, &fd, &name).error == EINVAL);
    }
}

}  // namespace
}  // namespace libpod::test
