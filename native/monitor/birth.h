// The birth of a session's process that is confined before anybody of the container can see it.
//
//     monitor                bearer (host's PID namespace)          process (the container's)
//        | ------ clone3 ------> |
//        |                       | enters all else, is confined
//        |                       | ------- clone, CLONE_PARENT ------> |
//        | <----- its PID, put into the page by the kernel ----------- |
//        | <----- exit --------- |                                     | a session of its own, execve
//
// The process is the monitor's child, so its PID stays its own until the monitor has reaped it. The PID does
// not come over the channel, where whoever traces the process could say another one: it is in a page that the
// process does not have.
#ifndef LIBPOD_NATIVE_MONITOR_BIRTH_H_
#define LIBPOD_NATIVE_MONITOR_BIRTH_H_

#include <sys/types.h>

#include "sys/result.h"

namespace libpod {

class Birth {
  public:
    Birth() = default;
    Birth(const Birth&) = delete;
    Birth& operator=(const Birth&) = delete;
    ~Birth() { Reset(); }

    // The monitor, before the bearer is made.
    Status Open();
    void Reset();
    bool open() const { return page_ != nullptr; }
    // The process, as the monitor counts; 0 before it is born.
    pid_t pid() const { return page_ == nullptr ? 0 : *page_; }

    // The bearer, before it is confined: keeps the page from its children.
    Status KeepBack();
    // The bearer, whose children are to be in the container's PID namespace: comes back in the process alone.
    Status Bear();

  private:
    volatile pid_t* page_ = nullptr;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_BIRTH_H_
