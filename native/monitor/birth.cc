#include "monitor/birth.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace libpod {
namespace {

constexpr size_t kSize = 4096;

}  // namespace

Status Birth::Open() {
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Fail("mmap");
    page_ = static_cast<volatile pid_t*>(memory);
    return Ok();
}

void Birth::Reset() {
    if (page_ != nullptr) munmap(const_cast<pid_t*>(page_), kSize);
    page_ = nullptr;
}

Status Birth::KeepBack() {
    return madvise(const_cast<pid_t*>(page_), kSize, MADV_DONTFORK) == 0 ? Ok() : Fail("madvise");
}

// clone(2) and not clone3(2), which filters refuse as they cannot look at its flags. With CLONE_PARENT the
// signal at the end is the one that the bearer has. CLONE_PARENT_SETTID: the page is written before the
// process runs.
Status Birth::Bear() {
    unsigned long flags = CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD;
    long pid = syscall(SYS_clone, flags, 0L, page_, 0L, 0L);
    if (pid < 0) return Fail("clone");
    if (pid > 0) _exit(0);
    page_ = nullptr;  // what is there now is not ours
    return Ok();
}

}  // namespace libpod
