// The filter compiler (sys/seccomp.h), tried on a process.
#include "sys/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test/harness.h"

namespace libpod::test {
namespace {

// <seccomp.h> is not needed to build; these are its numbers.
constexpr uint32_t kAllow = 0x7fff0000;
constexpr uint32_t Errno(uint32_t number) {
    return 0x00050000 | number;
}
constexpr uint32_t kEqual = 4;  // SCMP_CMP_EQ

std::vector<uint8_t> Compile(const SeccompFilter& filter) {
    std::vector<uint8_t> bytes;
    Status status = CompileSeccomp(filter, &bytes);
    if (status.error == ENOPKG) Skip("libseccomp is not installed");
    REQUIRE(status.ok());
    REQUIRE(!bytes.empty() && bytes.size() % sizeof(struct sock_filter) == 0);
    return bytes;
}

TEST(SeccompFilterAnswers) {
    SeccompFilter filter = {kAllow, {}, {}};
    filter.rules.push_back({"swapoff", Errno(ENOTTY), {}});
    filter.rules.push_back({"getpgid", Errno(ENOMSG), {{0, kEqual, 12345, 0}}});
    filter.rules.push_back({"no_such_system_call", Errno(EPERM), {}});
    std::vector<uint8_t> bytes = Compile(filter);
    struct sock_fprog program = {static_cast<unsigned short>(bytes.size() / sizeof(struct sock_filter)),
                                 reinterpret_cast<struct sock_filter*>(bytes.data())};
    REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    REQUIRE(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
    CHECK(syscall(SYS_swapoff, nullptr) == -1 && errno == ENOTTY);
    CHECK(syscall(SYS_getpgid, 12345) == -1 && errno == ENOMSG);
    CHECK(syscall(SYS_getpgid, 0) > 0);
}

TEST(SeccompKnowsNames) {
    bool known = false;
    Status status = KnowsSystemCall("mkdir", &known);
    if (status.error == ENOPKG) Skip("libseccomp is not installed");
    CHECK(status.ok() && known);
    // One that only another architecture has.
    CHECK(KnowsSystemCall("cacheflush", &known).ok() && known);
    CHECK(KnowsSystemCall("mkdri", &known).ok() && !known);
}

}  // namespace
}  // namespace libpod::test
