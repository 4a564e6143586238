// The company that the infra container of a pod keeps: the pod's other containers, as long as one of them has
// not ended. Each has a file in a directory; whoever goes removes its own, and then the directory, which
// succeeds for the last one alone. The monitor of the infra container sees that, and stops it: no engine need
// be alive.
#ifndef LIBPOD_NATIVE_MONITOR_COMPANY_H_
#define LIBPOD_NATIVE_MONITOR_COMPANY_H_

#include "launch/launch.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class Company {
  public:
    // Looks after the directory from now on. One that is gone by now has been left by everybody.
    Status Open(const KeepCompanyOp& op);
    bool is_there() const { return watch_.valid(); }
    int watch() const { return watch_.get(); }
    int timer() const { return timer_.get(); }
    // The container runs; before that it is not stopped, as its program would not hear of it.
    void Begin(int init_pidfd);
    void HandleWatch();
    void HandleTimer();

  private:
    void StopIfAlone();

    KeepCompanyOp op_;
    OwnedFd watch_;
    OwnedFd timer_;
    int init_pidfd_ = -1;
    bool alone_ = false;
};

// Leaves the company: what a monitor does for its container when that has ended.
void LeaveCompany(const LeaveCompanyOp& op);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_COMPANY_H_
