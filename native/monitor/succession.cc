#include "monitor/succession.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace libpod {
namespace {

// As Docker has it: a program that ends at once must not keep a processor busy, and one that has run for a
// while is started again at once, or nearly.
constexpr uint64_t kFirstDelayMs = 100;
constexpr uint64_t kLongestDelayMs = 60'000;
constexpr uint64_t kLongRunNs = 10'000'000'000u;

// The policy of a program; that of one without is kNo.
RestartOp PolicyOf(const Program& program) {
    RestartOp op;
    SectionCursor cursor = program.Open(Section::kPrepare);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kRestart) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        op.Decode(&reader);
    }
    return op;
}

}  // namespace

const char* LoadedProgram::Load(OwnedFd fd) {
    struct stat info;
    if (fstat(fd.get(), &info) != 0) return "the launch program is not there";
    if (info.st_size <= 0) return "the launch program is empty";
    Unload();
    size_ = static_cast<size_t>(info.st_size);
    bytes_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (bytes_ == MAP_FAILED) {
        bytes_ = nullptr;
        return "the launch program cannot be mapped";
    }
    return nullptr;
}

void LoadedProgram::Unload() {
    if (bytes_ != nullptr) munmap(bytes_, size_);
    bytes_ = nullptr;
}

void LoadedProgram::Swap(LoadedProgram* other) {
    auto swap = [](auto* a, auto* b) {
        auto kept = *a;
        *a = *b;
        *b = kept;
    };
    swap(&bytes_, &other->bytes_);
    swap(&size_, &other->size_);
    swap(&program_, &other->program_);
}

bool Succession::Decide(const RestartOp& own, const ExitRecord& ended) {
    RestartOp op = own;
    // Taken by a rename: an engine that leaves another one now leaves it for the run after.
    char taken[PATH_MAX];
    int size = snprintf(taken, sizeof taken, "%s.taken", own.next.c_str());
    OwnedFd fd;
    if (!own.next.empty() && size < static_cast<int>(sizeof taken) && rename(own.next.c_str(), taken) == 0) {
        fd.Reset(open(taken, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        (void)!unlink(taken);
    }
    if (fd.valid()) {
        const char* wrong = next_.Load(static_cast<OwnedFd&&>(fd));
        if (wrong == nullptr) wrong = next_.Parse();
        if (wrong == nullptr) {
            op = PolicyOf(next_.program());
        } else {
            next_.Unload();
        }
    }
    // One that did not come to its program, or was called off, is not tried again.
    if (retired || !ended.started) return false;
    auto policy = again ? RestartPolicy::kAlways : static_cast<RestartPolicy>(op.policy);
    again = false;
    if (policy == RestartPolicy::kNo) return false;
    if (policy == RestartPolicy::kOnFailure) {
        if (ended.exit_code == 0 || (op.retries > 0 && restarts >= op.retries)) return false;
    }
    bool long_run = ended.finished_ns - ended.started_ns >= kLongRunNs;
    delay_ms = delay_ms == 0 || long_run ? kFirstDelayMs : delay_ms * 2;
    if (delay_ms > kLongestDelayMs) delay_ms = kLongestDelayMs;
    return true;
}

}  // namespace libpod
