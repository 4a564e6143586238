// The container's init, if it asks for one: PID 1 in place of the command. It reaps what is orphaned, which
// the kernel gives to PID 1, and forwards signals, of which the kernel spares a PID 1 those that it does not
// handle.
//
// It is the monitor's own executable, become by execveat(2) with the arguments `libpod-init PROGRAM
// ARGUMENT...`: nothing of the monitor's memory is left, and the container sees a file that no one can write
// to (a read-only overlay, or a sealed memory file).
#ifndef LIBPOD_NATIVE_MONITOR_INIT_H_
#define LIBPOD_NATIVE_MONITOR_INIT_H_

namespace libpod {

// The first argument, by which main knows what it is.
constexpr const char* kInitName = "libpod-init";

// Runs the program, and answers its exit status when it ends: 128 and the signal after a signal; 127 and 126
// for a program that is missing or cannot be executed.
int RunInit(char** arguments, char** environment);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_INIT_H_
