// The modes of a terminal: termios(3). Node's own raw mode leaves OPOST on, which turns each newline of a
// container's terminal, that has been through one already, into two characters more.
#ifndef LIBPOD_NATIVE_SYS_TERMINAL_H_
#define LIBPOD_NATIVE_SYS_TERMINAL_H_

#include <termios.h>

#include "sys/result.h"

namespace libpod {

// Makes a terminal raw, and tells how it was.
Status MakeRaw(int fd, struct termios* before);

// Gives a terminal the modes it had; what was typed meanwhile stays.
Status RestoreTerminal(int fd, const struct termios& before);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TERMINAL_H_
