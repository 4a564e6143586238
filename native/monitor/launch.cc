// The monitor's sections of the launch program: `prepare`, `clone`, `parent`.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "monitor/child.h"
#include "monitor/host_netlink.h"
#include "monitor/intermediate.h"
#include "monitor/monitor.h"
#include "sys/cgroup.h"
#include "sys/file.h"
#include "sys/id_maps.h"
#include "sys/join.h"
#include "sys/local_socket.h"
#include "sys/netlink.h"
#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {

#define LIBPOD_ARGUMENTS(Type) \
    Type op;                   \
    op.Decode(reader)

Status Monitor::RunSection(Section section) {
    SectionCursor cursor = program_.Open(section);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        failed_index_ = instruction.index;
        LIBPOD_TRY(RunOne(instruction, &reader));
    }
    return Ok();
}

Status Monitor::RunOne(const Instruction& instruction, Reader* reader) {
    switch (instruction.op) {
        case Op::kExclusive: {
            LIBPOD_ARGUMENTS(ExclusiveOp);
            if (journal_.open()) return Ok();  // from the run before
            Status status = journal_.Open(op.path.c_str());
            shut_out_ = !journal_.open();
            return status;
        }
        case Op::kMkdir: {
            LIBPOD_ARGUMENTS(MkdirOp);
            return mkdir(op.path.c_str(), op.mode) == 0 || errno == EEXIST ? Ok() : Fail("mkdir");
        }
        case Op::kRemove: {
            LIBPOD_ARGUMENTS(RemoveOp);
            return RemoveTree(AT_FDCWD, op.path.c_str());
        }
        case Op::kWriteFile: {
            LIBPOD_ARGUMENTS(WriteFileOp);
            return WriteFile(AT_FDCWD, op.path.c_str(), op.mode, 0, op.data.data, op.data.size);
        }
        case Op::kEvents: {
            LIBPOD_ARGUMENTS(EventsOp);
            events_.Open(op);
            return Ok();
        }
        case Op::kLog: {
            LIBPOD_ARGUMENTS(LogOp);
            return log_.Open(op);
        }
        case Op::kOomSource: {
            LIBPOD_ARGUMENTS(OomSourceOp);
            oom_path_ = op.path.c_str();
            return Ok();
        }
        case Op::kControlSocket: {
            LIBPOD_ARGUMENTS(ControlSocketOp);
            if (listener_.valid()) return Ok();  // from the run before
            return ListenAt(op.path.c_str(), SOCK_NONBLOCK, &listener_);
        }
        case Op::kStdio: {
            LIBPOD_ARGUMENTS(StdioOp);
            return stdio_.Open(op);
        }
        case Op::kPassthrough: {
            LIBPOD_ARGUMENTS(PassthroughOp);
            return stdio_.Take(op);
        }
        case Op::kHoldPort: {
            LIBPOD_ARGUMENTS(HoldPortOp);
            if (succession_.restarts == 0) return succession_.ports.Hold(op);
            // It is from the run before, and may lead elsewhere now.
            if (op.to_port != 0) (void)succession_.ports.LeadTo(op.to);
            return Ok();
        }
        case Op::kPreserve: {
            LIBPOD_ARGUMENTS(PreserveOp);
            return stdio_.Preserve(op);
        }
        case Op::kConsoleSocket: {
            LIBPOD_ARGUMENTS(ConsoleSocketOp);
            return stdio_.ConsoleTo(op.path.c_str());
        }
        case Op::kGate: {
            LIBPOD_ARGUMENTS(GateOp);
            gated_ = true;
            return ListenAt(op.path.c_str(), 0, &gate_);
        }
        case Op::kStandBeside: {
            LIBPOD_ARGUMENTS(StandBesideOp);
            reaps_ = op.reap != 0;
            return OpenProcess(op.pid, op.start_ticks, &other_init_);
        }
        case Op::kTimeout: {
            LIBPOD_ARGUMENTS(TimeoutOp);
            timeout_ = op.seconds;
            timer_.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
            return timer_.valid() ? Ok() : Fail("timerfd_create");
        }
        case Op::kRestart: {
            LIBPOD_ARGUMENTS(RestartOp);
            restart_ = op;
            return Ok();
        }
        case Op::kHealthcheck: {
            LIBPOD_ARGUMENTS(HealthcheckOp);
            return health_.Open(op);
        }
        case Op::kStartupHealthcheck: {
            LIBPOD_ARGUMENTS(StartupHealthcheckOp);
            health_.OpenStartup(op);
            return Ok();
        }
        case Op::kKeepCompany: {
            LIBPOD_ARGUMENTS(KeepCompanyOp);
            return company_.Open(op);
        }
        case Op::kCgroupCreate: {
            LIBPOD_ARGUMENTS(CgroupCreateOp);
            return CreateCgroup(op.path.c_str());
        }
        case Op::kCgroupWrite: {
            LIBPOD_ARGUMENTS(CgroupWriteOp);
            Status status = WriteKernelFile(AT_FDCWD, op.path.c_str(), op.value.c_str(), op.value.size);
            return op.optional != 0 && !status.ok() && status.error == ENOENT ? Ok() : status;
        }
        case Op::kDeviceFilter: {
            LIBPOD_ARGUMENTS(DeviceFilterOp);
            // The kernel reads whole instructions; those of the launch program are not aligned, which it does
            // not mind.
            return AttachDeviceFilter(op.path.c_str(), op.program.data, op.program.size);
        }
        case Op::kCgroupInherit: {
            LIBPOD_ARGUMENTS(CgroupInheritOp);
            return InheritCgroupFile(op.path.c_str(), op.file.c_str());
        }
        case Op::kNetlink: {
            LIBPOD_ARGUMENTS(NetlinkOp);
            return Netlink(op);
        }
        case Op::kNamespaceJoin: {
            LIBPOD_ARGUMENTS(NamespaceJoinOp);
            joined_ = true;
            return JoinNamespace(op.path.c_str(), op.type, op.pid, op.start_ticks);
        }
        case Op::kIdMap: {
            LIBPOD_ARGUMENTS(IdMapOp);
            return handed_.MapIds(op);
        }
        case Op::kOverlay: {
            LIBPOD_ARGUMENTS(OverlayOp);
            return handed_.Overlay(op, detail_, sizeof detail_);
        }
        case Op::kMount: {
            LIBPOD_ARGUMENTS(MountOp);
            return handed_.New(op, detail_, sizeof detail_);
        }
        case Op::kHandedBind: {
            LIBPOD_ARGUMENTS(HandedBindOp);
            return handed_.Bind(op);
        }
        case Op::kBindJoined: {
            LIBPOD_ARGUMENTS(BindJoinedOp);
            return handed_.BindJoined(op);
        }
        case Op::kDevice: {
            LIBPOD_ARGUMENTS(DeviceOp);
            return handed_.Device(op);
        }
        case Op::kIntermediateJoin:
            intermediate_ = true;  // which reads it
            return Ok();
        case Op::kIdMapsWrite: {
            LIBPOD_ARGUMENTS(IdMapsWriteOp);
            return WriteIdMaps(child_, op.uids, op.gids);
        }
        case Op::kRlimitRaise: {
            LIBPOD_ARGUMENTS(RlimitRaiseOp);
            return RaiseLimit(child_, op.resource, op.hard);
        }
        case Op::kOomScore: {
            LIBPOD_ARGUMENTS(OomScoreOp);
            return SetOomScore(child_, op.value);
        }
        case Op::kClone: {
            LIBPOD_ARGUMENTS(CloneOp);
            return Clone(op);
        }
        case Op::kLauncher: {
            LIBPOD_ARGUMENTS(LauncherOp);
            launcher_ = true;
            CloneOp clone;
            clone.flags = op.flags;
            return Clone(clone);
        }
        case Op::kPidFile: {
            LIBPOD_ARGUMENTS(PidFileOp);
            if (launcher_ && !born_) return Ok();  // TakeBorn comes back to it
            char text[16];
            int size = snprintf(text, sizeof text, "%d", static_cast<int>(child_));
            return WriteFile(AT_FDCWD, op.path.c_str(), 0644, 0, text, static_cast<size_t>(size));
        }
        case Op::kHook:
            return Ok();  // each waits for its time: HookRunner
        case Op::kReleaseChild: {
            Report report = {};
            report.kind = ReportKind::kRelease;
            // A child that is gone has sent its own reason, which the loop reads.
            SendReport(channel_.get(), report);
            return Ok();
        }
        default:
            return FailWith("decode", ENOSYS);
    }
}

Status Monitor::Netlink(const NetlinkOp& op) {
    int protocol = static_cast<int>(op.protocol);
    if (op.pid_at == 0) {
        LIBPOD_TRY(SendHostNetlink(protocol, op.messages.data, op.messages.size));
        networked_ = true;
        return Ok();
    }
    // The program is not ours to write to.
    uint8_t messages[1024];
    int32_t pid = child_;
    if (op.messages.size > sizeof messages || op.pid_at > op.messages.size - sizeof pid)
        return FailWith("netlink", EINVAL);
    memcpy(messages, op.messages.data, op.messages.size);
    memcpy(messages + op.pid_at, &pid, sizeof pid);
    return SendNetlinkWhenFree(protocol, messages, op.messages.size, EEXIST);
}

Status Monitor::Clone(const CloneOp& op) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Fail("socketpair");
    channel_.Reset(ends[0]);
    child_channel_.Reset(ends[1]);
    OwnedFd cgroup;
    int pidfd = -1;
    struct clone_args arguments = {};
    arguments.flags = op.flags | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    if (!op.cgroup.empty()) {
        cgroup.Reset(open(op.cgroup.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!cgroup.valid()) return Fail("open");
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<uint64_t>(cgroup.get());
    }
    int pid = -1;
    OwnedFd by_intermediate;
    if (intermediate_) {
        LIBPOD_TRY(CloneByIntermediate(program_, arguments, &pid, &by_intermediate, &failed_index_));
    } else {
        pid = sys::Clone3(&arguments);
        if (pid < 0) return Fail("clone3");
    }
    if (pid == 0) {
        channel_.Reset();
        connections_[kBirth].Close();
        journal_.Close();
        listener_.Reset();
        // It lives until the container is started, and would hold the pipes' ends open.
        if (launcher_) {
            stdio_.input.Reset();
            stdio_.output.Reset();
            stdio_.error.Reset();
            for (Connection& connection : connections_) connection.Close();
        }
        Child child(program_, child_channel_.get(), &stdio_);
        child.HandOver(&handed_);
        if (gate_.valid()) child.WaitAt(gate_.get());
        child.Run();
    }
    child_ = pid;
    if (intermediate_)
        child_pidfd_ = static_cast<OwnedFd&&>(by_intermediate);
    else
        child_pidfd_.Reset(pidfd);
    gate_.Reset();
    handed_.Close();
    start_ticks_ = StartTicks(pid);
    events_.Begin(pid, start_ticks_);
    child_channel_.Reset();
    stdio_.CloseChildEnds();
    return Ok();
}

}  // namespace libpod
