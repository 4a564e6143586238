// Mounts by descriptor, with the mount API of Linux 5.2 and mount_setattr of 5.12. A mount is made detached,
// given its attributes, and attached last, so that nobody sees it half made and no path is resolved twice.
#ifndef LIBPOD_NATIVE_SYS_MOUNT_H_
#define LIBPOD_NATIVE_SYS_MOUNT_H_

#include <cstddef>
#include <cstdint>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// A file system that is being configured: fsopen(2), then options, then Create.
class FsContext {
  public:
    Status Open(const char* type);
    Status SetString(const char* key, const char* value);
    Status SetFlag(const char* key);
    Status SetDescriptor(const char* key, int fd);
    // "key=value" or "flag".
    Status SetOption(const char* option);
    // Takes the file system of an existing mount to be configured again: fspick(2), then options, then
    // Reconfigure.
    Status Pick(int directory, const char* path);
    Status Reconfigure();
    // Makes the file system and a detached mount of it with these MOUNT_ATTR_* attributes.
    Status Create(uint64_t attributes, OwnedFd* mount);
    // The kernel's own words on the last failure, if it left any; for the error message.
    void ReadMessage(char* buffer, size_t size);

  private:
    OwnedFd context_;
};

// A detached copy of the mount at `path` beneath `directory` ("" with a descriptor: the descriptor itself).
Status CloneMount(int directory, const char* path, bool recursive, OwnedFd* mount);

// What mount_setattr(2) changes of a mount.
struct MountChange {
    uint64_t set = 0;  // MOUNT_ATTR_*
    uint64_t clear = 0;
    uint64_t propagation = 0;  // MS_SHARED and the like; 0 changes nothing
    int user_namespace = -1;   // whose ID maps the mount is to have; the mount must be detached
    bool recursive = false;
};
Status ChangeMount(int directory, const char* path, const MountChange& change);

// Changes attributes of a mount.
Status SetMountAttributes(int mount, uint64_t set, uint64_t clear, bool recursive);

// Changes the propagation of a mount: MS_PRIVATE or the like, with MS_REC of all beneath it too; 0 changes
// nothing.
Status SetMountPropagation(int mount, uint64_t flags);

// Attaches a detached mount over what `target` (a descriptor) refers to.
Status AttachMount(int mount, int target);

// Moves an attached mount, or attaches a detached one, over what `to_path` refers to; with `beneath`, below
// the mount that is on top there. An empty path is the descriptor itself.
Status MoveMount(int from, const char* from_path, int to, const char* to_path, bool beneath);

// Unmounts; MNT_* and UMOUNT_NOFOLLOW of umount2(2).
Status Unmount(const char* path, int flags);

// Sets the propagation of the whole tree of the calling mount namespace, recursively.
Status SetPropagation(uint64_t flags);

// Makes the mount at `root` the root of this mount namespace and detaches the old one.
Status PivotRoot(int root);

// Moves the mount at `root` over the root of this mount namespace and changes to it.
Status MoveRoot(int root);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_MOUNT_H_
