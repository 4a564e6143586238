#include "sys/attributes.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "sys/fd.h"
#include "sys/file.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// <linux/sched/types.h>, whose header clashes with that of the C library.
struct SchedAttr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
    uint32_t clamp_min;
    uint32_t clamp_max;
};

constexpr int kWhoProcess = 1;  // IOPRIO_WHO_PROCESS
// As many processors, or nodes, as a mask of ours tells of.
constexpr size_t kMostMask = 8192 / 8;

struct Mask {
    unsigned long words[kMostMask / sizeof(unsigned long)] = {};
    bool Read(const Bytes& bytes) {
        if (bytes.size > sizeof words) return false;
        memcpy(words, bytes.data, bytes.size);
        return true;
    }
};

}  // namespace

Status SetScheduling(const Scheduling& scheduling) {
    SchedAttr attributes = {};
    attributes.size = sizeof attributes;
    attributes.policy = scheduling.policy;
    attributes.flags = scheduling.flags;
    attributes.nice = scheduling.nice;
    attributes.priority = scheduling.priority;
    attributes.runtime = scheduling.runtime;
    attributes.deadline = scheduling.deadline;
    attributes.period = scheduling.period;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? Ok() : Fail("sched_setattr");
}

Status SetIoPriority(uint32_t priority) {
    return syscall(SYS_ioprio_set, kWhoProcess, 0, priority) == 0 ? Ok() : Fail("ioprio_set");
}

Status SetAffinity(const Bytes& bytes) {
    Mask mask;
    if (!mask.Read(bytes)) return FailWith("sched_setaffinity", EINVAL);
    long answer = syscall(SYS_sched_setaffinity, 0, sizeof mask.words, mask.words);
    return answer == 0 ? Ok() : Fail("sched_setaffinity");
}

Status SetMemoryPolicy(uint32_t mode, const Bytes& bytes) {
    Mask mask;
    if (!mask.Read(bytes)) return FailWith("set_mempolicy", EINVAL);
    // One more than there are, as the kernel counts. It looks at whole words, and refuses a mask longer than
    // a page.
    unsigned long count = bytes.size == 0 ? 0 : sizeof mask.words * 8;
    const unsigned long* nodes = bytes.size == 0 ? nullptr : mask.words;
    return syscall(SYS_set_mempolicy, static_cast<long>(mode), nodes, count) == 0 ? Ok()
                                                                                  : Fail("set_mempolicy");
}

Status SetPersonality(uint64_t persona) {
    return syscall(SYS_personality, persona) >= 0 ? Ok() : Fail("personality");
}

Status EnterNewTimeNamespace(const char* offsets, size_t size) {
    if (unshare(CLONE_NEWTIME) != 0) return Fail("unshare");
    if (size > 0) LIBPOD_TRY(WriteKernelFile(AT_FDCWD, "/proc/self/timens_offsets", offsets, size));
    // unshare(2) moves the children to come alone; setns(2) the caller, too.
    OwnedFd made(open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC));
    if (!made.valid()) return Fail("open");
    return setns(made.get(), CLONE_NEWTIME) == 0 ? Ok() : Fail("setns");
}

}  // namespace libpod
