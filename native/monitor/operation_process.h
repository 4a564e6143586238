// The helper as a process that does one operation inside namespaces and ends (sys/operation.h).
#ifndef LIBPOD_NATIVE_MONITOR_OPERATION_PROCESS_H_
#define LIBPOD_NATIVE_MONITOR_OPERATION_PROCESS_H_

#include <cstddef>
#include <cstdint>

namespace libpod {

// Whether a file holds an operation, and not a launch program.
bool IsOperation(const uint8_t* bytes, size_t size);

// Does the operation, answers over the socket, and answers the exit status.
int RunOperationProcess(const uint8_t* bytes, int socket);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_OPERATION_PROCESS_H_
