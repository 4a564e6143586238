// The helper as a process for one operation, or as the first process of new namespaces (sys/operation.h).
#ifndef LIBPOD_NATIVE_SYS_RUN_HELPER_H_
#define LIBPOD_NATIVE_SYS_RUN_HELPER_H_

#include <cstdint>
#include <vector>

#include "sys/operation.h"
#include "sys/spawn.h"

namespace libpod {

// Has an operation done by a process of its own, waits for its answer and reaps it. The descriptors that the
// operation names are replaced by the helper's. A failure's stage is kept in `stage`.
Status RunInHelper(int executable, std::vector<uint8_t>* operation, Answer* answer, char* stage);

// Starts a process in new namespaces of these CLONE_NEW* types, which ends with the socket.
Status SpawnHolder(int executable, uint64_t types, Spawned* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_RUN_HELPER_H_
