// The end of children that are not to be trusted. A child that calls ptrace(PTRACE_TRACEME) makes its parent
// its tracer, and from then on waitid(2) tells the parent of its stops too, also where only ends were asked
// for: who does not look takes a child that lives for one that ended. A stop lets go of it here: ptrace(2),
// PTRACE_DETACH.
#ifndef LIBPOD_NATIVE_SYS_REAP_H_
#define LIBPOD_NATIVE_SYS_REAP_H_

#include <signal.h>
#include <sys/types.h>

namespace libpod {

// Reaps a child that has ended, without waiting for one. False: none has.
bool Reap(siginfo_t* ended);

// The same for one child.
bool ReapOne(pid_t child, siginfo_t* ended);

// Waits for the end of a child that was killed, and reaps it. False: it is no child of this process.
bool ReapKilled(pid_t child, siginfo_t* ended);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_REAP_H_
