// The user and group as which a thread makes files, for as long as this object lives; its capabilities stay.
#ifndef LIBPOD_NATIVE_SYS_FS_IDENTITY_H_
#define LIBPOD_NATIVE_SYS_FS_IDENTITY_H_

#include <cstdint>

#include "sys/result.h"

namespace libpod {

class FsIdentity {
  public:
    FsIdentity() = default;
    FsIdentity(const FsIdentity&) = delete;
    FsIdentity& operator=(const FsIdentity&) = delete;
    ~FsIdentity();

    // setfsuid(2) takes away the effective capabilities over files, which are raised again.
    Status Become(uint32_t uid, uint32_t gid);

  private:
    bool changed_ = false;
    uint32_t uid_ = 0;
    uint32_t gid_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_FS_IDENTITY_H_
