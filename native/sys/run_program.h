// A program that is run to its end: a hook, or whatever else the monitor asks of the host. It gets its input
// from a memory file, none of the caller's descriptors, and a session of its own; it goes with the caller.
#ifndef LIBPOD_NATIVE_SYS_RUN_PROGRAM_H_
#define LIBPOD_NATIVE_SYS_RUN_PROGRAM_H_

#include <cstddef>
#include <cstdint>

#include "launch/reader.h"
#include "sys/result.h"

namespace libpod {

struct ProgramRun {
    const char* path;
    Texts arguments;  // with the name of the program first; the path if there are none
    Texts environment;
    const void* input;
    size_t input_size;
    uint64_t timeout_ms;  // 0: as long as it takes
    // Further arguments, up to a null pointer.
    const char* const* more_arguments = nullptr;
    // Its three standard streams, if they are not the input and what `said` is made of; -1 for the caller's.
    const int* streams = nullptr;
};

// Runs it and waits. An end other than exit status 0 is a failure, whose `said`, of `capacity` bytes, tells
// how it ended and how its output began.
Status RunProgram(const ProgramRun& run, char* said, size_t capacity);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_RUN_PROGRAM_H_
