// The section `enter`: in the container's namespaces, with the host's tree still in reach.
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <cstring>

#include "monitor/child.h"
#include "monitor/overlay.h"
#include "sys/attributes.h"
#include "sys/copy.h"
#include "sys/file.h"
#include "sys/join.h"
#include "sys/mount.h"
#include "sys/process.h"
#include "sys/root.h"
#include "sys/syscalls.h"
#include "sys/take_mount.h"

namespace libpod {

#define LIBPOD_ARGUMENTS(Type) \
    Type op;                   \
    op.Decode(reader)

Status Child::Enter(Op operation, Reader* reader) {
    switch (operation) {
        case Op::kAwaitParent:
            return Await(ReportKind::kRelease);
        case Op::kTimeNamespace: {
            LIBPOD_ARGUMENTS(TimeNamespaceOp);
            return EnterNewTimeNamespace(op.offsets.c_str(), op.offsets.size);
        }
        case Op::kAffinity: {
            LIBPOD_ARGUMENTS(AffinityOp);
            return SetAffinity(op.processors);
        }
        case Op::kSeccompListener: {
            LIBPOD_ARGUMENTS(SeccompListenerOp);
            return ConnectListener(op.path.c_str());
        }
        case Op::kAwaitHooks: {
            Report report = {};
            report.kind = ReportKind::kMounted;
            if (!SendReport(channel_, report)) return Fail("sendmsg");
            return Await(ReportKind::kRelease);
        }
        case Op::kCgroupEnter: {
            LIBPOD_ARGUMENTS(CgroupEnterOp);
            return WriteKernelFile(AT_FDCWD, op.path.c_str(), "0", 1);
        }
        case Op::kNamespaceJoin: {
            LIBPOD_ARGUMENTS(NamespaceJoinOp);
            return JoinNamespace(op.path.c_str(), op.type, op.pid, op.start_ticks);
        }
        case Op::kNamespaceHold: {
            LIBPOD_ARGUMENTS(NamespaceHoldOp);
            return HoldNamespace(op);
        }
        case Op::kUnshare: {
            LIBPOD_ARGUMENTS(UnshareOp);
            return unshare(static_cast<int>(op.flags)) == 0 ? Ok() : Fail("unshare");
        }
        case Op::kPropagation: {
            LIBPOD_ARGUMENTS(PropagationOp);
            return SetPropagation(op.flags);
        }
        case Op::kRootBind: {
            LIBPOD_ARGUMENTS(RootBindOp);
            return RootBind(op);
        }
        case Op::kRootOverlay: {
            LIBPOD_ARGUMENTS(RootOverlayOp);
            return RootOverlay(op);
        }
        case Op::kMount: {
            LIBPOD_ARGUMENTS(MountOp);
            return NewMount(op);
        }
        case Op::kBind: {
            LIBPOD_ARGUMENTS(BindOp);
            return Bind(op);
        }
        case Op::kBindJoined: {
            LIBPOD_ARGUMENTS(BindJoinedOp);
            return BindJoined(op);
        }
        case Op::kDirectory: {
            LIBPOD_ARGUMENTS(DirectoryOp);
            OwnedFd made;
            return MakeDirectoryInRoot(root_.get(), op.path.c_str(), op.mode, &made);
        }
        case Op::kSymlink: {
            LIBPOD_ARGUMENTS(SymlinkOp);
            return Symlink(op);
        }
        case Op::kDevice: {
            LIBPOD_ARGUMENTS(DeviceOp);
            return Device(op);
        }
        case Op::kConsole: {
            LIBPOD_ARGUMENTS(ConsoleOp);
            return Console(op);
        }
        case Op::kTerminal: {
            LIBPOD_ARGUMENTS(TerminalOp);
            // At hand for this alone: nothing is to be left for a working directory of /proc/self/fd/N.
            root_.Reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
            if (!root_.valid()) return Fail("open");
            Status status = OpenTerminal(op.rows, op.columns);
            root_.Reset();
            return status;
        }
        case Op::kContainerJoin: {
            LIBPOD_ARGUMENTS(ContainerJoinOp);
            return JoinContainer(op.types);
        }
        case Op::kSessionCgroupEnter:
            return EnterSessionCgroup();
        case Op::kMask: {
            LIBPOD_ARGUMENTS(MaskOp);
            return Mask(op.path.c_str());
        }
        case Op::kReadOnly: {
            LIBPOD_ARGUMENTS(ReadOnlyOp);
            return ReadOnly(op.path.c_str());
        }
        case Op::kMountAttributes: {
            LIBPOD_ARGUMENTS(MountAttributesOp);
            OwnedFd mount;
            LIBPOD_TRY(OpenInRoot(root_.get(), op.path.c_str(), O_PATH, &mount));
            return SetMountAttributes(mount.get(), op.set, 0, false);
        }
        case Op::kMountAttributesBeneath: {
            LIBPOD_ARGUMENTS(MountAttributesBeneathOp);
            OwnedFd mount;
            LIBPOD_TRY(OpenInRoot(root_.get(), op.path.c_str(), O_PATH, &mount));
            return SetMountAttributes(mount.get(), op.set, op.clear, true);
        }
        case Op::kRootAttributes: {
            LIBPOD_ARGUMENTS(RootAttributesOp);
            return SetMountAttributes(root_.get(), op.set, 0, false);
        }
        case Op::kInitExecutable:
            init_.Reset(open("/proc/self/exe", O_PATH | O_CLOEXEC));
            return init_.valid() ? Ok() : Fail("open");
        case Op::kOomScore: {
            LIBPOD_ARGUMENTS(OomScoreOp);
            return SetOomScore(0, op.value);
        }
        case Op::kRlimitRaise: {
            LIBPOD_ARGUMENTS(RlimitRaiseOp);
            return RaiseLimit(0, op.resource, op.hard);
        }
        case Op::kRootAttach: {
            LIBPOD_ARGUMENTS(RootAttachOp);
            OwnedFd* mount = handed_ == nullptr ? nullptr : handed_->Take(op.mount);
            if (mount == nullptr) return FailWith("move_mount", EBADF);
            return AttachRoot(static_cast<OwnedFd&&>(*mount), op.at.c_str());
        }
        case Op::kAttach: {
            LIBPOD_ARGUMENTS(AttachOp);
            return Attach(op);
        }
        case Op::kMappedRoot:
            return BecomeUser(0, 0, Words{});
        case Op::kSysctlFiles:
            return KeepSysctlFiles();
        case Op::kPivotRoot:
            kernel_mounts_.Release();
            return PivotRoot(root_.get());
        case Op::kMoveRoot:
            kernel_mounts_.Release();
            return MoveRoot(root_.get());
        default:
            return FailWith("decode", ENOSYS);
    }
}

// pivot_root(2) wants a mount point that is attached somewhere; `at` is a directory of the engine's own, and
// only this namespace sees it covered.
Status Child::AttachRoot(OwnedFd mount, const char* at) {
    OwnedFd target(open(at, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!target.valid()) return Fail("open");
    LIBPOD_TRY(AttachMount(mount.get(), target.get()));
    root_ = static_cast<OwnedFd&&>(mount);
    return Ok();
}

Status Child::RootBind(const RootBindOp& op) {
    OwnedFd directory(open(op.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return Fail("open");
    OwnedFd mount;
    LIBPOD_TRY(CloneMount(directory.get(), "", true, &mount));
    return AttachRoot(static_cast<OwnedFd&&>(mount), op.at.c_str());
}

Status Child::RootOverlay(const RootOverlayOp& op) {
    OwnedFd mount;
    LIBPOD_TRY(MakeOverlay({op.lower, op.upper, op.work, op.options}, 0, &mount, detail_, sizeof detail_));
    return AttachRoot(static_cast<OwnedFd&&>(mount), op.at.c_str());
}

Status Child::Attach(const AttachOp& op) {
    OwnedFd* mount = handed_ == nullptr ? nullptr : handed_->Take(op.mount);
    if (mount == nullptr) return FailWith("move_mount", EBADF);
    if (!mount->valid()) return Ok();  // of an optional one there is nothing
    OwnedFd target;
    struct stat info;
    if (fstat(mount->get(), &info) != 0) return Fail("fstat");
    if (S_ISDIR(info.st_mode)) {
        LIBPOD_TRY(MakeDirectoryInRoot(root_.get(), op.target.c_str(), 0755, &target));
    } else {
        LIBPOD_TRY(MakeFileInRoot(root_.get(), op.target.c_str(), &target));
    }
    return AttachMount(mount->get(), target.get());
}

Status Child::NewMount(const MountOp& op) {
    FsContext context;
    LIBPOD_TRY(context.Open(op.type.c_str()));
    Status status = op.from.empty() ? Ok() : context.SetString("source", op.from.c_str());
    for (Text option : op.options) {
        if (status.ok()) status = context.SetOption(option.c_str());
    }
    OwnedFd mount, target;
    // What is read-only gets its first content before.
    uint64_t late = op.copy_up != 0 ? op.attributes & MOUNT_ATTR_RDONLY : 0;
    if (status.ok()) status = context.Create(op.attributes & ~late, &mount);
    if (!status.ok()) {
        context.ReadMessage(detail_, sizeof detail_);
        return status;
    }
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    LIBPOD_TRY(MakeDirectoryInRoot(root_.get(), op.target.c_str(), 0755, &target));
    if (op.copy_up != 0) LIBPOD_TRY(CopyTree(target.get(), mount.get()));
    if (late != 0) LIBPOD_TRY(SetMountAttributes(mount.get(), late, 0, false));
    LIBPOD_TRY(AttachMount(mount.get(), target.get()));
    kernel_mounts_.Mounted(op.target, op.type, static_cast<OwnedFd&&>(mount));
    return Ok();
}

Status Child::Bind(const BindOp& op) {
    OwnedFd from(open(op.from.c_str(), O_PATH | O_CLOEXEC));
    if (!from.valid()) return op.optional != 0 && errno == ENOENT ? Ok() : Fail("open");
    struct stat info;
    if (fstat(from.get(), &info) != 0) return Fail("fstat");
    OwnedFd mount, target;
    LIBPOD_TRY(CloneMount(from.get(), "", op.recursive != 0, &mount));
    if (op.set != 0 || op.clear != 0) LIBPOD_TRY(SetMountAttributes(mount.get(), op.set, op.clear, false));
    if (op.set_beneath != 0) LIBPOD_TRY(SetMountAttributes(mount.get(), op.set_beneath, 0, true));
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    if (S_ISDIR(info.st_mode)) {
        LIBPOD_TRY(MakeDirectoryInRoot(root_.get(), op.target.c_str(), 0755, &target));
    } else {
        LIBPOD_TRY(MakeFileInRoot(root_.get(), op.target.c_str(), &target));
    }
    LIBPOD_TRY(AttachMount(mount.get(), target.get()));
    kernel_mounts_.Mounted(op.target, Text(), OwnedFd());
    return Ok();
}

Status Child::BindJoined(const BindJoinedOp& op) {
    OwnedFd mount, target;
    LIBPOD_TRY(TakeMountOf(static_cast<int>(op.pid), op.start_ticks, op.from.c_str(), &mount));
    // Whatever its owner made of it meanwhile, these hold in here.
    LIBPOD_TRY(SetMountAttributes(mount.get(), op.set, 0, false));
    LIBPOD_TRY(SetMountPropagation(mount.get(), op.propagation));
    LIBPOD_TRY(MakeDirectoryInRoot(root_.get(), op.target.c_str(), 0755, &target));
    return AttachMount(mount.get(), target.get());
}

Status Child::Symlink(const SymlinkOp& op) {
    OwnedFd parent;
    const char* name;
    LIBPOD_TRY(OpenParentInRoot(root_.get(), op.path.c_str(), &parent, &name));
    if (symlinkat(op.to.c_str(), parent.get(), name) != 0 && errno != EEXIST) return Fail("symlinkat");
    return Ok();
}

Status Child::Device(const DeviceOp& op) {
    OwnedFd parent;
    const char* name;
    LIBPOD_TRY(OpenParentInRoot(root_.get(), op.path.c_str(), &parent, &name));
    dev_t number = makedev(op.major, op.minor);
    if (mknodat(parent.get(), name, op.mode, number) != 0) {
        // The root may bring the node itself, but not another one under its name.
        struct stat info;
        if (errno != EEXIST) return Fail("mknodat");
        if (fstatat(parent.get(), name, &info, AT_SYMLINK_NOFOLLOW) != 0) return Fail("fstatat");
        if ((info.st_mode & S_IFMT) != (op.mode & S_IFMT) || info.st_rdev != number) {
            return FailWith("mknodat", EEXIST);
        }
        return Ok();
    }
    if ((op.uid != 0 || op.gid != 0) &&
        fchownat(parent.get(), name, op.uid, op.gid, AT_SYMLINK_NOFOLLOW) != 0) {
        return Fail("fchownat");
    }
    return Ok();
}

Status Child::OpenTerminal(uint32_t rows, uint32_t columns) {
    // The container's own devpts, so that the terminal has a name inside. Its ptmx is opened beneath the root
    // and proved to be a devpts node; the slave comes from the master, never from a path (CVE-2025-52565).
    OwnedFd master;
    LIBPOD_TRY(OpenInRoot(root_.get(), "/dev/pts/ptmx", O_RDWR | O_NOCTTY, &master));
    struct stat info;
    if (fstat(master.get(), &info) != 0) return Fail("fstat");
    if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(5, 2)) return FailWith("fstat", ENODEV);
    int unlock = 0;
    if (ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) return Fail("ioctl(TIOCSPTLCK)");
    terminal_.Reset(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal_.valid()) return Fail("ioctl(TIOCGPTPEER)");
    if (stdio_->uid != 0 && fchown(terminal_.get(), stdio_->uid, static_cast<gid_t>(-1)) != 0)
        return Fail("fchown");
    if (rows != 0 && columns != 0) {
        struct winsize size = {};
        size.ws_row = static_cast<unsigned short>(rows);
        size.ws_col = static_cast<unsigned short>(columns);
        if (ioctl(master.get(), TIOCSWINSZ, &size) != 0) return Fail("ioctl(TIOCSWINSZ)");
    }
    Report report = {};
    report.kind = ReportKind::kConsole;
    return SendReport(channel_, report, master.get()) ? Ok() : Fail("sendmsg");
}

Status Child::Console(const ConsoleOp& op) {
    LIBPOD_TRY(OpenTerminal(op.rows, op.columns));
    OwnedFd mount, target;
    LIBPOD_TRY(CloneMount(terminal_.get(), "", false, &mount));
    LIBPOD_TRY(MakeFileInRoot(root_.get(), "/dev/console", &target));
    return AttachMount(mount.get(), target.get());
}

// All at once, so that what one of them allows is not asked of another's root. The root of the mount
// namespace is this process's from then on, and nothing of the host's tree is in reach. The PID namespace is
// that of children to come.
Status Child::JoinContainer(uint32_t types) {
    if (birth_ != nullptr) types |= CLONE_NEWPID;
    if (setns(container_.get(), static_cast<int>(types)) != 0) return Fail("setns");
    container_.Reset();
    return Ok();
}

Status Child::EnterSessionCgroup() {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/tasks", session_cgroup_) >= static_cast<int>(sizeof path))
        return FailWith("open", ENAMETOOLONG);
    return WriteKernelFile(AT_FDCWD, path, "0", 1);
}

Status Child::Mask(const char* path) {
    OwnedFd target, mount;
    Status found = kernel_mounts_.Open(root_.get(), path, &target);
    if (!found.ok()) return found.error == ENOENT || found.error == ENOTDIR ? Ok() : found;
    struct stat info;
    if (fstat(target.get(), &info) != 0) return Fail("fstat");
    if (S_ISDIR(info.st_mode)) {
        if (!empty_directory_.valid()) {
            FsContext context;
            LIBPOD_TRY(context.Open("tmpfs"));
            LIBPOD_TRY(context.SetString("size", "4k"));
            LIBPOD_TRY(context.SetString("nr_inodes", "1"));
            LIBPOD_TRY(context.SetString("mode", "555"));
            LIBPOD_TRY(
                context.Create(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                               &empty_directory_));
            return AttachMount(empty_directory_.get(), target.get());
        }
        LIBPOD_TRY(CloneMount(empty_directory_.get(), "", false, &mount));
        return AttachMount(mount.get(), target.get());
    }
    // The host's null device, not the container's, which a hostile root may have replaced (CVE-2025-31133).
    OwnedFd null_device(open("/dev/null", O_PATH | O_CLOEXEC));
    if (!null_device.valid()) return Fail("open");
    if (fstat(null_device.get(), &info) != 0) return Fail("fstat");
    if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3)) return FailWith("fstat", ENODEV);
    LIBPOD_TRY(CloneMount(null_device.get(), "", false, &mount));
    return AttachMount(mount.get(), target.get());
}

Status Child::ReadOnly(const char* path) {
    OwnedFd target, mount;
    Status found = kernel_mounts_.Open(root_.get(), path, &target);
    if (!found.ok()) return found.error == ENOENT || found.error == ENOTDIR ? Ok() : found;
    LIBPOD_TRY(CloneMount(target.get(), "", true, &mount));
    LIBPOD_TRY(SetMountAttributes(mount.get(), MOUNT_ATTR_RDONLY, 0, true));
    return AttachMount(mount.get(), target.get());
}

}  // namespace libpod
