// How a container leaves its networks (sys/leave_networks.h).
#include "sys/leave_networks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "sys/fd.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

std::string Id(char digit) {
    return std::string(64, digit);
}
std::string Mark(char digit) {
    return std::string(12, digit);
}

TEST(CommentLinesTouchesTheLinesOfOneMark) {
    TemporaryDirectory directory;
    std::string text = "127.0.0.1\tlocalhost\n10.0.0.2\tweb\t" + Mark('a') + "   \n10.0.0.3\tdb\t" +
                       Mark('b') + "\n10.0.0.4\tweb\t" + Mark('a') + "\n";
    Spill(directory / "hosts", text);
    OwnedFd file(open((directory / "hosts").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(file.valid());
    CHECK(CommentLines(file.get(), Mark('a').c_str()).ok());
    text.replace(text.find("10.0.0.2"), 1, "#");
    text.replace(text.find("10.0.0.4"), 1, "#");
    CHECK(Slurp(directory / "hosts") == text);
}

TEST(CommentLinesFindsAMarkAcrossReads) {
    for (size_t filler = 4070; filler < 4100; filler++) {
        TemporaryDirectory directory;
        std::string head = std::string(filler, 'x') + "\n";
        Spill(directory / "hosts", head + "10.0.0.2\tweb\t" + Mark('a') + "\n");
        OwnedFd file(open((directory / "hosts").c_str(), O_RDWR | O_CLOEXEC));
        REQUIRE(file.valid());
        CHECK(CommentLines(file.get(), Mark('a').c_str()).ok());
        CHECK(Slurp(directory / "hosts")[head.size()] == '#');
    }
}

TEST(LeaveNetworksTakesNamesAndAddressesOfOneContainer) {
    TemporaryDirectory directory;
    std::string networks = directory / "networks";
    std::string hosts = networks + "/.hosts";
    for (const std::string& made : {networks, hosts, networks + "/one", networks + "/two"})
        REQUIRE(mkdir(made.c_str(), 0700) == 0);
    std::string line = "10.0.0.2\tweb\t" + Mark('a') + "\n";
    for (char digit : {'a', 'b', 'c'}) {
        std::string file = (directory / "hosts-") + digit;
        Spill(file, line);
        Spill(hosts + "/" + Id(digit) + ".names", "");
        REQUIRE(symlink(file.c_str(), (hosts + "/" + Id(digit)).c_str()) == 0);
    }
    REQUIRE(symlink(Id('a').c_str(), (networks + "/one/10.0.0.2").c_str()) == 0);
    REQUIRE(symlink(Id('b').c_str(), (networks + "/one/10.0.0.3").c_str()) == 0);
    REQUIRE(symlink("10.0.0.3", (networks + "/one/.last4").c_str()) == 0);
    REQUIRE(symlink(Id('c').c_str(), (networks + "/two/10.0.1.2").c_str()) == 0);

    CHECK(LeaveNetworks(networks.c_str(), hosts.c_str(), Id('a').c_str()).ok());

    struct stat link;
    CHECK(lstat((networks + "/one/10.0.0.2").c_str(), &link) != 0);
    CHECK(lstat((networks + "/one/10.0.0.3").c_str(), &link) == 0);
    CHECK(lstat((networks + "/one/.last4").c_str(), &link) == 0);
    CHECK(lstat((hosts + "/" + Id('a')).c_str(), &link) != 0);
    CHECK(!Exists(hosts + "/" + Id('a') + ".names"));
    CHECK(Slurp(directory / "hosts-b") == "#" + line.substr(1));
    CHECK(Slurp(directory / "hosts-c") == line);
    CHECK(LeaveNetworks(networks.c_str(), hosts.c_str(), Id('a').c_str()).ok());
    CHECK(LeaveNetworks((directory / "none").c_str(), (directory / "none").c_str(), Id('a').c_str()).ok());
}

}  // namespace
}  // namespace libpod::test
