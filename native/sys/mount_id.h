// Which mount a file is seen through, and whether it is the root of one: statx(2), STATX_MNT_ID and
// STATX_ATTR_MOUNT_ROOT (Linux 5.8).
#ifndef LIBPOD_NATIVE_SYS_MOUNT_ID_H_
#define LIBPOD_NATIVE_SYS_MOUNT_ID_H_

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>

#include "sys/result.h"

namespace libpod {

struct EntryFacts {
    unsigned mode = 0;  // the type and the permissions; 0: there is nothing
    bool is_mount_root = false;
    uint64_t mount = 0;
};

// Looks at a name in a directory, links not followed; at the descriptor itself for an empty name.
inline Status LookAt(int directory, const char* name, EntryFacts* facts) {
    struct statx info = {};
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
    *facts = EntryFacts();
    if (statx(directory, name, flags, STATX_TYPE | STATX_MODE | STATX_MNT_ID, &info) != 0)
        return errno == ENOENT ? Ok() : Fail("statx");
    facts->mode = info.stx_mode;
    facts->is_mount_root = (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    facts->mount = info.stx_mnt_id;
    return Ok();
}

inline Status MountIdOf(int directory, const char* name, uint64_t* mount) {
    EntryFacts facts;
    LIBPOD_TRY(LookAt(directory, name, &facts));
    *mount = facts.mount;
    return Ok();
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_MOUNT_ID_H_
