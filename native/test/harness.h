// A small test harness: tests register themselves, run in order of their files, and end the output with
// `N passed, N failed, N skipped`. Each runs in a process of its own (fork(2)), so that one may change its
// namespaces, limits or signals, and a crash is a failure of that test alone.
#ifndef LIBPOD_NATIVE_TEST_HARNESS_H_
#define LIBPOD_NATIVE_TEST_HARNESS_H_

#include <limits.h>

#include <string>

namespace libpod::test {

struct Registration {
    Registration(const char* name, void (*run)());
};

// Notes a failed check; the test goes on.
void Failed(const char* file, int line, const char* what);
// Ends the test, which counts as skipped.
[[noreturn]] void Skip(const char* reason);
// Ends the test after a failed requirement.
[[noreturn]] void Abort();
// Skips unless the process is root's.
void NeedsRoot();

// A directory of the test's own, removed at its end.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    std::string operator/(const char* name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// The whole text of a file; fails the test if there is none.
std::string Slurp(const std::string& path);
// Makes a file with this text.
void Spill(const std::string& path, const std::string& text);
bool Exists(const std::string& path);

}  // namespace libpod::test

#define TEST(name)                                                    \
    static void name();                                               \
    static ::libpod::test::Registration register_##name{#name, name}; \
    static void name()

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) ::libpod::test::Failed(__FILE__, __LINE__, #condition); \
    } while (false)

// A check without which the rest of the test makes no sense.
#define REQUIRE(condition)                                          \
    do {                                                            \
        if (!(condition)) {                                         \
            ::libpod::test::Failed(__FILE__, __LINE__, #condition); \
            ::libpod::test::Abort();                                \
        }                                                           \
    } while (false)

#endif  // LIBPOD_NATIVE_TEST_HARNESS_H_
