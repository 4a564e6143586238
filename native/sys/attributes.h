// Attributes of the calling process that the kernel hands on through execve(2): how it is scheduled, where it
// may run, what it takes the machine for, what its clocks show.
#ifndef LIBPOD_NATIVE_SYS_ATTRIBUTES_H_
#define LIBPOD_NATIVE_SYS_ATTRIBUTES_H_

#include <cstddef>
#include <cstdint>

#include "launch/reader.h"
#include "sys/result.h"

namespace libpod {

// The arguments of sched_setattr(2).
struct Scheduling {
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};
Status SetScheduling(const Scheduling& scheduling);

// ioprio_set(2): the class and the data in one number.
Status SetIoPriority(uint32_t priority);

// sched_setaffinity(2): one bit a processor, the first in the lowest bit of the first byte.
Status SetAffinity(const Bytes& mask);

// set_mempolicy(2): the mode with its flags, and one bit a node.
Status SetMemoryPolicy(uint32_t mode, const Bytes& nodes);

// personality(2).
Status SetPersonality(uint64_t persona);

// Makes a time namespace with these offsets, lines of /proc/PID/timens_offsets, and enters it at once. The
// calling process has one thread; /proc is the host's.
Status EnterNewTimeNamespace(const char* offsets, size_t size);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_ATTRIBUTES_H_
