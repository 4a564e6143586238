#include "monitor/handed_mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "monitor/overlay.h"
#include "sys/fs_identity.h"
#include "sys/id_maps.h"
#include "sys/mount.h"
#include "sys/take_mount.h"

namespace libpod {
namespace {

constexpr uint64_t kSlave = 1 << 19;      // MS_SLAVE
constexpr uint64_t kRecursive = 1 << 14;  // MS_REC

Status MapMount(int mount, int user_namespace, bool recursive) {
    MountChange change;
    change.user_namespace = user_namespace;
    change.recursive = recursive;
    return ChangeMount(mount, "", change);
}

// Covers a directory by a mount of itself with mapped IDs.
Status CoverMapped(const char* path, int user_namespace) {
    OwnedFd directory(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return Fail("open");
    OwnedFd mount;
    LIBPOD_TRY(CloneMount(directory.get(), "", false, &mount));
    LIBPOD_TRY(MapMount(mount.get(), user_namespace, false));
    return AttachMount(mount.get(), directory.get());
}

// A mount namespace of this process's own, for as long as the object lives.
class OwnMountNamespace {
  public:
    ~OwnMountNamespace() {
        if (before_.valid()) (void)setns(before_.get(), CLONE_NEWNS);
    }
    Status Enter() {
        OwnedFd before(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
        if (!before.valid()) return Fail("open");
        if (unshare(CLONE_NEWNS) != 0) return Fail("unshare");
        before_ = static_cast<OwnedFd&&>(before);
        return SetPropagation(kSlave);
    }

  private:
    OwnedFd before_;
};

}  // namespace

Status HandedMounts::Add(OwnedFd mount) {
    if (count_ == kMost) return FailWith("open_tree", EMFILE);
    mounts_[count_++] = static_cast<OwnedFd&&>(mount);
    return Ok();
}

void HandedMounts::Close() {
    for (uint32_t i = 0; i < count_; i++) mounts_[i].Reset();
    count_ = 0;
    user_namespace_.Reset();
}

Status HandedMounts::MapIds(const IdMapOp& op) {
    return MakeUserNamespace(op.uids, op.gids, &user_namespace_);
}

// overlayfs takes its layers by path, and refuses those of detached mounts before Linux 6.15: so those with
// mapped IDs are attached, where nobody else sees them. It keeps private copies of them.
Status HandedMounts::Overlay(const OverlayOp& op, char* detail, size_t size) {
    OwnMountNamespace own;
    FsIdentity identity;
    if (op.mapped.count() > 0) {
        LIBPOD_TRY(own.Enter());
        for (Text directory : op.mapped) LIBPOD_TRY(CoverMapped(directory.c_str(), user_namespace_.get()));
        // Whoever mounts an overlay is the one who makes its whiteouts and what is in its work directory;
        // through a mount with mapped IDs only an ID that is mapped can make anything.
        LIBPOD_TRY(identity.Become(op.uid, op.gid));
    }
    OwnedFd mount;
    LIBPOD_TRY(MakeOverlay({op.lower, op.upper, op.work, op.options}, op.attributes, &mount, detail, size));
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    return Add(static_cast<OwnedFd&&>(mount));
}

Status HandedMounts::New(const MountOp& op, char* detail, size_t size) {
    FsContext context;
    LIBPOD_TRY(context.Open(op.type.c_str()));
    Status status = op.from.empty() ? Ok() : context.SetString("source", op.from.c_str());
    for (Text option : op.options) {
        if (status.ok()) status = context.SetOption(option.c_str());
    }
    OwnedFd mount;
    if (status.ok()) status = context.Create(op.attributes, &mount);
    if (!status.ok()) {
        context.ReadMessage(detail, size);
        return status;
    }
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    return Add(static_cast<OwnedFd&&>(mount));
}

Status HandedMounts::Bind(const HandedBindOp& op) {
    OwnedFd from(open(op.from.c_str(), O_PATH | O_CLOEXEC)), mount;
    if (!from.valid()) return op.optional != 0 && errno == ENOENT ? Add(OwnedFd()) : Fail("open");
    LIBPOD_TRY(CloneMount(from.get(), "", op.recursive != 0, &mount));
    // As a child's copy of the host's mounts is: what is unmounted there goes away here, and nothing comes
    // back.
    LIBPOD_TRY(SetMountPropagation(mount.get(), kSlave | (op.recursive != 0 ? kRecursive : 0)));
    if (op.id_map != 0) LIBPOD_TRY(MapMount(mount.get(), user_namespace_.get(), op.id_map == 2));
    if (op.set != 0 || op.clear != 0) LIBPOD_TRY(SetMountAttributes(mount.get(), op.set, op.clear, false));
    if (op.set_beneath != 0) LIBPOD_TRY(SetMountAttributes(mount.get(), op.set_beneath, 0, true));
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    return Add(static_cast<OwnedFd&&>(mount));
}

Status HandedMounts::BindJoined(const BindJoinedOp& op) {
    OwnedFd mount;
    LIBPOD_TRY(TakeMountOf(static_cast<int>(op.pid), op.start_ticks, op.from.c_str(), &mount));
    LIBPOD_TRY(SetMountAttributes(mount.get(), op.set, 0, false));
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    return Add(static_cast<OwnedFd&&>(mount));
}

Status HandedMounts::Device(const DeviceOp& op) {
    if (count_ == 0) return FailWith("mknodat", EINVAL);
    int directory = mounts_[count_ - 1].get();
    // Whatever mask this process has.
    mode_t before = umask(0);
    Status status = Ok();
    char path[PATH_MAX];
    // Directories on the way, such as that of /dev/net/tun. The file system is new: nothing of it can lead
    // away.
    for (const char* at = strchr(op.path.c_str(), '/'); status.ok() && at != nullptr;
         at = strchr(at + 1, '/')) {
        size_t length = static_cast<size_t>(at - op.path.c_str());
        if (length >= sizeof path) status = FailWith("mkdirat", ENAMETOOLONG);
        if (!status.ok()) break;
        memcpy(path, op.path.c_str(), length);
        path[length] = '\0';
        if (mkdirat(directory, path, 0755) == 0) {
            if (fchownat(directory, path, op.uid, op.gid, AT_SYMLINK_NOFOLLOW) != 0)
                status = Fail("fchownat");
        } else if (errno != EEXIST) {
            status = Fail("mkdirat");
        }
    }
    if (status.ok() && mknodat(directory, op.path.c_str(), op.mode, makedev(op.major, op.minor)) != 0)
        status = Fail("mknodat");
    if (status.ok() && fchownat(directory, op.path.c_str(), op.uid, op.gid, AT_SYMLINK_NOFOLLOW) != 0)
        status = Fail("fchownat");
    umask(before);
    return status;
}

}  // namespace libpod
