// Between two runs of a container: the time that the restart policy lets pass. The control socket is served:
// a client may ask for the next run at once, or call it off.
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "monitor/monitor.h"

namespace libpod {

// Answers whether the next run is still wanted; the container is done with if not.
bool Monitor::AwaitNext() {
    succession_.pending = false;
    state_ = MonitorState::kRestarting;
    quiet_ = false;
    OwnedFd delay(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    struct itimerspec time = {};
    time.it_value.tv_sec = static_cast<time_t>(succession_.delay_ms / 1000);
    time.it_value.tv_nsec = static_cast<long>(succession_.delay_ms % 1000 * 1'000'000);
    bool over = !delay.valid() || timerfd_settime(delay.get(), 0, &time, nullptr) != 0 ||
                !Watch(delay.get(), EPOLLIN, kTimer) || !Watch(listener_.get(), EPOLLIN, kListener);
    while (!over && !succession_.retired && !start_requested_) {
        UpdateInterest();
        struct epoll_event events[16];
        int count = epoll_wait(epoll_.get(), events, 16, wait_ms_);
        for (int i = 0; i < count; i++) {
            if (Sessions::Owns(events[i].data.u64)) {
                sessions_.Handle(events[i].data.u64, events[i].events);
            } else if (events[i].data.u32 == kTimer) {
                over = true;
            } else if (events[i].data.u32 == kListener) {
                Accept();
            } else if (events[i].data.u32 >= kFirstConnection) {
                HandleConnection(static_cast<int>(events[i].data.u32 - kFirstConnection), events[i].events);
            }
        }
        sessions_.Settle();
    }
    if (succession_.retired) {
        Retire();
        return false;
    }
    state_ = MonitorState::kCreating;
    succession_.restarts++;
    start_requested_ = true;
    return true;
}

// Nobody wants the next run: the last one was the last.
void Monitor::Retire() {
    exit_ = succession_.exit;
    Leave();
    (void)journal_.Stopped(exit_).ok();
    state_ = MonitorState::kStopped;
    Teardown();
    Linger();
}

}  // namespace libpod
