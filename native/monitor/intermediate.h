// A child in namespaces of others and, at once, in new ones that belong to a user namespace: the others are
// entered by the rights of the host's root, the user namespace last, and only what is made after that belongs
// to it. A process cannot go back, so it is not the monitor that enters but an intermediate, whose child
// becomes its sibling.
#ifndef LIBPOD_NATIVE_MONITOR_INTERMEDIATE_H_
#define LIBPOD_NATIVE_MONITOR_INTERMEDIATE_H_

#include <linux/sched.h>

#include "launch/program.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Makes the child by an intermediate that runs the joins of section `clone`. Answers 0 in the child, and its
// PID in the caller, with its pidfd. `index` is that of the instruction which failed.
Status CloneByIntermediate(const Program& program, struct clone_args arguments, int* pid, OwnedFd* pidfd,
                           uint32_t* index);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_INTERMEDIATE_H_
