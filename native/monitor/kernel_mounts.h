// The mounts of proc and sysfs that a launch has made, by descriptor. A path beneath one of them is looked up
// from there: a root that another container writes to meanwhile may have a link for /proc that leads
// elsewhere by now, and what was to be masked would stay in sight where the mount really is (CVE-2019-19921).
#ifndef LIBPOD_NATIVE_MONITOR_KERNEL_MOUNTS_H_
#define LIBPOD_NATIVE_MONITOR_KERNEL_MOUNTS_H_

#include "launch/reader.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class KernelMounts {
  public:
    // Takes note of what was mounted at a path of the program: `mount` is kept for a file system of the
    // kernel; whatever lay at the path, or beneath it, is covered now.
    void Mounted(Text target, Text type, OwnedFd mount);

    // Opens (O_PATH) a path within the root, from the mount that it is beneath, or from the root. EXDEV: the
    // mount is not where it was mounted any more.
    Status Open(int root, const char* path, OwnedFd* out) const;

    void Release();

  private:
    struct Held {
        Text target;
        OwnedFd mount;
    };
    static constexpr int kMost = 8;
    Held held_[kMost];
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_KERNEL_MOUNTS_H_
