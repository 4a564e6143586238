#include "sys/terminal.h"

#include <cerrno>

namespace libpod {
namespace {

// Not after the output has drained: it never does on a terminal that somebody has stopped (^S).
Status Set(int fd, const struct termios& modes) {
    while (tcsetattr(fd, TCSANOW, &modes) != 0) {
        if (errno != EINTR) return Fail("tcsetattr");
    }
    return Ok();
}

}  // namespace

Status MakeRaw(int fd, struct termios* before) {
    if (tcgetattr(fd, before) != 0) return Fail("tcgetattr");
    struct termios raw = *before;
    cfmakeraw(&raw);
    return Set(fd, raw);
}

Status RestoreTerminal(int fd, const struct termios& before) {
    return Set(fd, before);
}

}  // namespace libpod
