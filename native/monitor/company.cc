#include "monitor/company.h"

#include <limits.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>

#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {

Status Company::Open(const KeepCompanyOp& op) {
    op_ = op;
    watch_.Reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!watch_.valid()) return Fail("inotify_init1");
    timer_.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_.valid()) return Fail("timerfd_create");
    if (inotify_add_watch(watch_.get(), op.directory.c_str(), IN_DELETE_SELF | IN_ONLYDIR) >= 0) return Ok();
    if (errno != ENOENT) return Fail("inotify_add_watch");
    alone_ = true;
    return Ok();
}

void Company::Begin(int init_pidfd) {
    init_pidfd_ = init_pidfd;
    StopIfAlone();
}

// The directory may have been made anew since, by an engine that begins another member: it has seen by that
// that this container is on its way out, and waits for its end.
void Company::HandleWatch() {
    alignas(struct inotify_event) char events[512];
    ssize_t size = read(watch_.get(), events, sizeof events);
    if (size <= 0) return;
    alone_ = true;
    StopIfAlone();
}

void Company::StopIfAlone() {
    if (!is_there() || !alone_ || init_pidfd_ < 0) return;
    struct itimerspec time = {};
    time.it_value.tv_sec = static_cast<time_t>(op_.stop_timeout_ms / 1000);
    time.it_value.tv_nsec = static_cast<long>(op_.stop_timeout_ms % 1000) * 1'000'000;
    timerfd_settime(timer_.get(), 0, &time, nullptr);
    sys::PidfdSendSignal(init_pidfd_, op_.stop_timeout_ms == 0 ? SIGKILL : static_cast<int>(op_.stop_signal));
}

void Company::HandleTimer() {
    sys::PidfdSendSignal(init_pidfd_, SIGKILL);
}

void LeaveCompany(const LeaveCompanyOp& op) {
    char own[PATH_MAX];
    int size = snprintf(own, sizeof own, "%s/%s", op.directory.c_str(), op.id.c_str());
    if (size >= static_cast<int>(sizeof own)) return;
    (void)!unlink(own);
    (void)!rmdir(op.directory.c_str());
}

}  // namespace libpod
