#include "test/harness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "sys/file.h"

namespace libpod::test {
namespace {

struct Case {
    const char* name;
    void (*run)();
};

// Made at the first use: registrations run before main, in an order that the language does not give.
std::vector<Case>& Cases() {
    static std::vector<Case> cases;
    return cases;
}

constexpr int kFailed = 1;
constexpr int kSkipped = 77;  // as automake has it
constexpr unsigned kSeconds = 60;

bool failed = false;

// Runs one test in a child; answers its exit status, or 128 + the signal that ended it.
int RunAlone(const Case& test) {
    fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        alarm(kSeconds);
        test.run();
        exit(failed ? kFailed : 0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child < 0) return kFailed;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Registration::Registration(const char* name, void (*run)()) {
    Cases().push_back({name, run});
}

void Failed(const char* file, int line, const char* what) {
    failed = true;
    printf("    %s:%d: not true: %s (errno: %s)\n", file, line, what, strerror(errno));
}

void Skip(const char* reason) {
    printf("    skipped: %s\n", reason);
    exit(failed ? kFailed : kSkipped);
}

void Abort() {
    exit(kFailed);
}

void NeedsRoot() {
    if (geteuid() != 0) Skip("this needs root");
}

TemporaryDirectory::TemporaryDirectory() {
    char name[] = "/tmp/libpod-native-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    CHECK(RemoveTree(AT_FDCWD, path_.c_str()).ok());
}

std::string Slurp(const std::string& path) {
    std::string text;
    FILE* file = fopen(path.c_str(), "re");
    REQUIRE(file != nullptr);
    char buffer[4096];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
    fclose(file);
    return text;
}

void Spill(const std::string& path, const std::string& text) {
    FILE* file = fopen(path.c_str(), "we");
    REQUIRE(file != nullptr);
    CHECK(fwrite(text.data(), 1, text.size(), file) == text.size());
    CHECK(fclose(file) == 0);
}

bool Exists(const std::string& path) {
    struct stat info;
    return lstat(path.c_str(), &info) == 0;
}

}  // namespace libpod::test

int main(int count, char** arguments) {
    using namespace libpod::test;
    const char* wanted = count > 1 ? arguments[1] : "";
    int passed = 0, wrong = 0, skipped = 0;
    for (const Case& test : Cases()) {
        if (strstr(test.name, wanted) == nullptr) continue;
        int status = RunAlone(test);
        if (status == 0) passed++;
        if (status == kSkipped) skipped++;
        if (status != 0 && status != kSkipped) wrong++;
        printf("%s %s", status == 0 ? "ok  " : status == kSkipped ? "skip" : "FAIL", test.name);
        if (status > 1 && status != kSkipped) printf(" (status %d)", status);
        printf("\n");
    }
    printf("%d passed, %d failed, %d skipped\n", passed, wrong, skipped);
    return wrong == 0 && passed > 0 ? 0 : 1;
}
