// How a name is given up (sys/name_link.h).
#include "sys/name_link.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "test/harness.h"

namespace libpod::test {
namespace {

bool IsThere(const std::string& path) {
    struct stat info;
    return lstat(path.c_str(), &info) == 0;
}

TEST(UnlinkNameRemovesTheNameOfOne) {
    TemporaryDirectory directory;
    REQUIRE(symlink("one", (directory / "first").c_str()) == 0);
    REQUIRE(symlink("two", (directory / "second").c_str()) == 0);
    UnlinkName((directory / "first").c_str(), "one");
    CHECK(!IsThere(directory / "first"));
    CHECK(IsThere(directory / "second"));
}

TEST(UnlinkNameFindsTheNameThatTookItsPlace) {
    TemporaryDirectory directory;
    REQUIRE(symlink("on", (directory / "shorter").c_str()) == 0);
    REQUIRE(symlink("one", (directory / "renamed").c_str()) == 0);
    // Another has the old name by now.
    REQUIRE(symlink("two", (directory / "first").c_str()) == 0);
    Spill(directory / "file", "one");
    UnlinkName((directory / "first").c_str(), "one");
    CHECK(!IsThere(directory / "renamed"));
    CHECK(IsThere(directory / "first"));
    CHECK(IsThere(directory / "shorter"));
    CHECK(IsThere(directory / "file"));
    UnlinkName((directory / "first").c_str(), "one");
    UnlinkName("nowhere", "one");
    CHECK(IsThere(directory / "first"));
}

}  // namespace
}  // namespace libpod::test
