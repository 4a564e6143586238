// Mounts that the monitor makes for its child, detached, by the rights that a child in a user namespace has
// not: over directories that are closed to it, and with mapped IDs (mount_setattr(2)).
#ifndef LIBPOD_NATIVE_MONITOR_HANDED_MOUNTS_H_
#define LIBPOD_NATIVE_MONITOR_HANDED_MOUNTS_H_

#include <cstddef>

#include "launch/launch.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class HandedMounts {
  public:
    Status MapIds(const IdMapOp& op);
    // Each adds one mount; that of an optional bind is invalid if its source is not there.
    Status Overlay(const OverlayOp& op, char* detail, size_t size);
    Status New(const MountOp& op, char* detail, size_t size);
    Status Bind(const HandedBindOp& op);
    Status BindJoined(const BindJoinedOp& op);
    // A node in the last one.
    Status Device(const DeviceOp& op);

    // The mount of this number, by which the child finds it in its copy of the descriptors; nullptr for none.
    OwnedFd* Take(uint32_t number) { return number < count_ ? &mounts_[number] : nullptr; }
    void Close();

  private:
    static constexpr uint32_t kMost = 1024;
    Status Add(OwnedFd mount);

    OwnedFd user_namespace_;
    OwnedFd mounts_[kMost];
    uint32_t count_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HANDED_MOUNTS_H_
