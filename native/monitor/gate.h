// The gate of a container whose launcher has gone: the child waits by itself, on a socket of the host's that
// was opened before it left the host's tree, for somebody who tells it to start.
//
// It speaks the control protocol: it says `hello`, waits for `start`, and closes the connection when its
// program runs; or says `failed` first. Whoever connects without a word, to learn whether the container waits
// here, is let go again.
#ifndef LIBPOD_NATIVE_MONITOR_GATE_H_
#define LIBPOD_NATIVE_MONITOR_GATE_H_

#include "launch/launch.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Waits until somebody says `start`; answers the connection to them.
Status WaitAtGate(int listener, OwnedFd* starter);

// Tells them that an instruction failed.
void TellStarter(int starter, Section section, uint32_t index, const Status& status, const char* detail);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_GATE_H_
