// The child's side of a launch: runs the sections `enter`, `init`, `gate` and `exec`, and becomes the
// container.
#ifndef LIBPOD_NATIVE_MONITOR_CHILD_H_
#define LIBPOD_NATIVE_MONITOR_CHILD_H_

#include <limits.h>

#include "launch/program.h"
#include "monitor/birth.h"
#include "monitor/channel.h"
#include "monitor/handed_mounts.h"
#include "monitor/kernel_mounts.h"
#include "monitor/stdio.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class Child {
  public:
    Child(const Program& program, int channel, Stdio* stdio)
        : program_(program), channel_(channel), stdio_(stdio) {}

    // For an exec session: the container's init, by its pidfd, and the session's own cgroup.
    void JoinWith(int container, const char* cgroup) {
        container_.Reset(container);
        session_cgroup_ = cgroup;
    }

    // For one whose process is born confined.
    void BornLate(Birth* birth) { birth_ = birth; }

    // For a container: the mounts that the monitor has made for it.
    void HandOver(HandedMounts* mounts) { handed_ = mounts; }
    // For a container whose launcher does not stay: where it waits to be started.
    void WaitAt(int listener) { gate_ = listener; }

    // Never comes back: execve, or a report of what failed and exit.
    [[noreturn]] void Run();

  private:
    void RunSection(Section section, bool (*has_turn)(Op));
    void Check(Section section, uint32_t index, const Status& status);
    Status RunOne(Op op, Reader* reader);

    // child_enter.cc
    Status Enter(Op op, Reader* reader);
    Status RootBind(const RootBindOp& op);
    Status RootOverlay(const RootOverlayOp& op);
    Status Attach(const AttachOp& op);
    Status AttachRoot(OwnedFd mount, const char* at);
    Status NewMount(const MountOp& op);
    Status Bind(const BindOp& op);
    Status BindJoined(const BindJoinedOp& op);
    Status Device(const DeviceOp& op);
    Status Symlink(const SymlinkOp& op);
    Status Console(const ConsoleOp& op);
    Status OpenTerminal(uint32_t rows, uint32_t columns);
    Status JoinContainer(uint32_t types);
    Status EnterSessionCgroup();
    Status Mask(const char* path);
    Status ReadOnly(const char* path);

    // child_init.cc
    Status Init(Op op, Reader* reader);
    Status Session(bool terminal);
    Status OpenSysctlFiles();
    Status KeepSysctlFiles();
    Status Sysctl(const SysctlOp& op);
    Status ExecLabel(const ExecLabelOp& op);
    Status WriteProc(const char* path, const Text& value);
    Status Seccomp(const Bytes& bytes, unsigned flags, OwnedFd* listener);
    Status ConnectListener(const char* path);
    Status SeccompNotify(const SeccompNotifyOp& op);
    Status WorkingDirectory(const WorkingDirectoryOp& op);
    Status FindExecutable(const FindExecutableOp& op);
    Status AwaitStart();
    Status TakeStreams();
    Status PlacePreserved();
    Status Exec(const ExecOp& op);
    Status Pause();

    // child_runtime.cc
    Status HoldNamespace(const NamespaceHoldOp& op);
    Status HoldNetwork(const NetworkHoldOp& op);
    Status RuntimeCreate(const RuntimeCreateOp& op);
    Status RuntimeRun(const RuntimeRunOp& op);
    Status TakeTerminal(int listener, const RuntimeCreateOp& op);

    Status Await(ReportKind kind);

    const Program& program_;
    int channel_;
    int gate_ = -1;
    // Whether the channel leads to whoever opened the gate.
    bool started_ = false;
    Stdio* stdio_;
    HandedMounts* handed_ = nullptr;
    OwnedFd root_;
    KernelMounts kernel_mounts_;
    OwnedFd empty_directory_;  // the tmpfs that masks directories, once there is one
    OwnedFd terminal_;
    OwnedFd proc_;            // a private procfs for sysctls
    OwnedFd seccomp_socket_;  // whoever answers for the filter
    int host_pid_ = 0;
    OwnedFd init_;  // the executable of the container's init, if it has one
    OwnedFd container_;
    const char* session_cgroup_ = "";
    Birth* birth_ = nullptr;
    char executable_[PATH_MAX] = "";
    bool go_ = false;  // the word to start came before its time
    char detail_[kMostDetail] = "";
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_CHILD_H_
