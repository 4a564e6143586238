#include "monitor/channel.h"

#include "sys/pass_fd.h"

namespace libpod {

bool SendReport(int channel, const Report& report, int fd) {
    return SendWithFd(channel, &report, sizeof report, fd) == static_cast<ssize_t>(sizeof report);
}

bool ReceiveReport(int channel, Report* report, int* fd) {
    return ReceiveWithFd(channel, report, sizeof *report, fd) == static_cast<ssize_t>(sizeof *report);
}

}  // namespace libpod
