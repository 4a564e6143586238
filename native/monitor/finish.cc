// The end: what the monitor does once the container's init is gone, or when a launch is undone.
//
// The order is the contract. First whoever is left in the cgroup (a container may share the host's PID
// namespace) is killed, so that the pipes end; then the output is drained, so that the log is whole; then the
// exit is recorded, so that whoever asks finds it; then everybody is told; then the rest is cleared away. A
// crash between any two of these leaves what the next engine understands: no record means unknown, a record
// means the truth.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "monitor/host_netlink.h"
#include "monitor/monitor.h"
#include "sys/cgroup.h"
#include "sys/file.h"
#include "sys/leave_networks.h"
#include "sys/mount.h"
#include "sys/name_link.h"
#include "sys/netlink.h"
#include "sys/process.h"
#include "sys/reap.h"
#include "sys/run_program.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// How long a client that has been told everything may take to hang up: one that is stopped holds nobody up.
constexpr int kPatienceMs = 200;
// The engine of a launch that failed before its word came: that word would meet a closed socket, and the
// engine lose with it what it has not read yet. A machine under load holds it up for longer than a client.
constexpr int kEnginePatienceMs = 10'000;

// MNT_DETACH and UMOUNT_NOFOLLOW of umount2(2).
constexpr int kDetach = 2;
constexpr int kNoFollow = 8;

// The number after `oom_kill` in memory.events (v2) or memory.oom_control (v1).
bool ReadOomKilled(const char* path) {
    char text[1024];
    if (ReadFile(AT_FDCWD, path, text, sizeof text) <= 0) return false;
    const char* found = strstr(text, "oom_kill ");
    return found != nullptr && ParseNumber(found + strlen("oom_kill ")) > 0;
}

}  // namespace

// Kills whoever is left in the container's cgroup, where somebody may be.
void Monitor::KillLeft() {
    SectionCursor cursor = program_.Open(Section::kTeardown);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kCgroupKill) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        CgroupKillOp op;
        op.Decode(&reader);
        (void)KillCgroup(op.path.c_str()).ok();
    }
}

void Monitor::Finish() {
    state_ = MonitorState::kStopped;
    quiet_ = false;
    KillLeft();
    health_.End();
    sessions_.Finish();
    DrainOutput();
    Record();
    if (succession_.pending) {
        uint8_t buffer[16];
        Writer writer(buffer, sizeof buffer);
        writer.PutU32(succession_.restarts + 1);
        writer.PutU64(succession_.delay_ms);
        Broadcast(Message::kRestarting, writer);
    }
    uint8_t buffer[32];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(exit_.exit_code));
    writer.PutU32(static_cast<uint32_t>(exit_.signal));
    writer.PutU32(exit_.oom_killed ? 1 : 0);
    writer.PutU64(exit_.finished_ns);
    Broadcast(Message::kExited, writer);
    Teardown();
    serves_once_ = !IsClean() || succession_.pending || gated_;
    Linger();
    OfferAgain();
}

// Reads what is left in the pipes, for the log and for whoever is attached; nobody who reads slowly holds up
// the record or the others. What pipes hold is bounded; a process that got away with one open (it left the
// cgroup, or there was none) may go on writing, and is not listened to for ever.
void Monitor::DrainOutput() {
    // 8 MiB: four pipes of the largest size that the kernel gives out unasked.
    constexpr int kMaxChunks = 256;
    for (Connection& connection : connections_) {
        if (connection.open()) connection.BeginFarewell();
    }
    for (int chunk = 0; chunk < kMaxChunks; chunk++) {
        struct pollfd ends[2] = {{stdio_.output.get(), POLLIN, 0}, {stdio_.error.get(), POLLIN, 0}};
        int ready = poll(ends, 2, 0);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return;
        if (ends[0].revents != 0) HandleOutput(&stdio_.output, false);
        if (ends[1].revents != 0) HandleOutput(&stdio_.error, true);
    }
}

void Monitor::Record() {
    exit_.oom_killed = oom_path_ != nullptr && ReadOomKilled(oom_path_);
    log_.End();
    exit_.log_lost = log_.lost();
    exit_.restarts = succession_.restarts;
    succession_.pending = succession_.Decide(restart_, exit_);
    succession_.exit = exit_;
    succession_.ports.StopForwarding();
    if (!succession_.pending) {
        // Before anybody hears of the end, and takes a port for a program of the host.
        succession_.ports.LetGo();
        Leave();
    }
    (void)(succession_.pending ? journal_.Restarting(exit_) : journal_.Stopped(exit_)).ok();
    events_.Died(exit_);
}

// Before the end is recorded: whoever reads of it may start the container again, and counts it anew then.
void Monitor::Leave() {
    SectionCursor cursor = program_.Open(Section::kTeardown);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kLeaveCompany) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        LeaveCompanyOp op;
        op.Decode(&reader);
        LeaveCompany(op);
    }
}

// Each step is tried whatever became of the others; what fails here is found by the next engine's sweep.
void Monitor::Teardown() {
    bool pending = succession_.pending;
    bool plugins_left = true;
    if (!pending) listener_.Reset();
    SectionCursor cursor = program_.Open(Section::kTeardown);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        if (instruction.op == Op::kCgroupRemove) {
            CgroupRemoveOp op;
            op.Decode(&reader);
            (void)RemoveCgroup(op.path.c_str()).ok();
        } else if (instruction.op == Op::kNetlink && networked_) {
            NetlinkOp op;
            op.Decode(&reader);
            (void)SendHostNetlink(static_cast<int>(op.protocol), op.messages.data, op.messages.size).ok();
        } else if (instruction.op == Op::kHook) {
            // A launch that failed before there was a child has nothing to be told of.
            if (start_ticks_ == 0 || !LeaveJoinedPidNamespace().ok()) continue;
            HookOp op;
            op.Decode(&reader);
            char detail[sizeof(Report::detail)];
            (void)RunHook(op, 0, detail, sizeof detail).ok();
        } else if (instruction.op == Op::kRuntimeRun) {
            if (!launcher_) continue;
            RuntimeRunOp op;
            op.Decode(&reader);
            ProgramRun run = {op.path.c_str(), op.arguments, op.environment, nullptr, 0, op.timeout_ms};
            char said[256];
            (void)RunProgram(run, said, sizeof said).ok();
        } else if (pending) {
            continue;  // what else there is to remove is the next run's, too
        } else if (instruction.op == Op::kRemove) {
            RemoveOp op;
            op.Decode(&reader);
            (void)DiscardTree(op.path.c_str()).ok();
        } else if (instruction.op == Op::kRetire) {
            RetireOp op;
            op.Decode(&reader);
            char gone[PATH_MAX];
            if (!HideTree(op.path.c_str(), gone).ok()) continue;
            // While what tells whose it was is still there, so that a sweep can say it in our place.
            events_.Removed();
            (void)RemoveTree(AT_FDCWD, gone).ok();
        } else if (instruction.op == Op::kNetworkPlugin) {
            NetworkPluginOp op;
            op.Decode(&reader);
            ProgramRun run = {op.path.c_str(), {},           op.environment, op.input.data,
                              op.input.size,   op.timeout_ms};
            char said[256];
            plugins_left &= RunProgram(run, said, sizeof said).ok();
        } else if (instruction.op == Op::kNetworkLeft) {
            NetworkLeftOp op;
            op.Decode(&reader);
            (void)Unmount(op.at.c_str(), kDetach | kNoFollow).ok();
            (void)!unlink(op.at.c_str());
            if (plugins_left) (void)!unlink(op.record.c_str());
        } else if (instruction.op == Op::kLeaveNetworks) {
            LeaveNetworksOp op;
            op.Decode(&reader);
            (void)LeaveNetworks(op.networks.c_str(), op.hosts.c_str(), op.id.c_str()).ok();
        } else if (instruction.op == Op::kUnlinkName) {
            UnlinkNameOp op;
            op.Decode(&reader);
            UnlinkName(op.path.c_str(), op.to.c_str());
        }
    }
    if (pending) return;
    succession_.ports.LetGo();
    journal_.Close();
}

// Whether this process is as it was before it had a program. One that sits in a foreign namespace, or has
// children left that got away from their cgroup, ends with its container. So does one that takes input: words
// for the container may still be on their way.
bool Monitor::IsClean() {
    siginfo_t ended;
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) == 0) {
        if (ended.si_pid == 0) return false;
    }
    return errno == ECHILD && !joined_ && !stdio_.takes_input && connections_[kBirth].open();
}

// Says on the birth connection that another program may come.
void Monitor::OfferAgain() {
    Connection& birth = connections_[kBirth];
    if (serves_once_ || !birth.open()) return;
    uint8_t nothing[1];
    birth.Send(Message::kReleased, Writer(nothing, sizeof nothing));
    while (birth.open() && birth.HasPending()) {
        struct pollfd room = {birth.fd(), POLLOUT, 0};
        if (!birth.Flush()) return;
        if (birth.HasPending()) poll(&room, 1, -1);
    }
    birth_ = birth.Release();
}

// Nothing of the container is left but the words that slow clients have not read yet: stay until they have,
// or go.
//
// A socket that is closed with data unread answers its peer ECONNRESET in place of what is still on its way
// there, and the engine sends `start` without waiting to hear that a launch failed. So each connection is
// ended by halves: our last word, our end of file, and then what the client says until its own, which an
// engine sends as soon as it sees ours. Only where nothing can be on its way, after a start that was heard
// and without input, is that turn spared.
void Monitor::Linger() {
    bool heard_all = exit_.started && !stdio_.takes_input;
    bool word_owed = !start_requested_ && !kept_;
    struct Leaving {
        Connection* connection;
        bool may_still_speak;
        bool said_all;
    };
    size_t most = kConnections + sessions_.client_count();
    size_t mapped = most * (sizeof(Leaving) + sizeof(struct pollfd) + sizeof(Connection*));
    void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    auto* leaving = static_cast<Leaving*>(memory);
    auto* polls = reinterpret_cast<struct pollfd*>(leaving + most);
    auto** of_sessions = reinterpret_cast<Connection**>(polls + most);
    sessions_.Connections(of_sessions);
    for (size_t i = 0; i < most; i++) {
        bool session = i >= kConnections;
        leaving[i].connection = session ? of_sessions[i - kConnections] : &connections_[i];
        leaving[i].may_still_speak = session || !heard_all;
    }
    for (;;) {
        nfds_t count = 0;
        int patience = -1;
        for (size_t i = 0; i < most; i++) {
            Connection& connection = *leaving[i].connection;
            if (!connection.open()) continue;
            if (!connection.Flush()) {
                connection.Close();
            } else if (connection.HasPending()) {
                polls[count++] = {connection.fd(), POLLOUT, 0};
            } else if (i != kBirth || serves_once_) {
                if (!leaving[i].said_all && leaving[i].may_still_speak) shutdown(connection.fd(), SHUT_WR);
                leaving[i].said_all = true;
                if (!connection.Discard() || !leaving[i].may_still_speak) {
                    connection.Close();
                    continue;
                }
                polls[count++] = {connection.fd(), POLLIN, 0};
                if (i != kBirth || !word_owed) patience = kPatienceMs;
                if (patience < 0) patience = kEnginePatienceMs;
            }
        }
        if (count == 0) break;
        if (poll(polls, count, patience) != 0) continue;
        for (size_t i = 0; i < most; i++) {
            if (i == kBirth && word_owed && patience == kPatienceMs) continue;
            if (leaving[i].said_all) leaving[i].connection->Close();
        }
    }
    munmap(memory, mapped);
}

// Undoes a launch that failed or that nobody wants any more.
void Monitor::Abandon() {
    hooks_.Abort();
    if (child_ != 0) {
        sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
        siginfo_t ended;
        (void)ReapKilled(child_, &ended);
    }
    if (launcher_pid_ != 0) {
        kill(launcher_pid_, SIGKILL);
        siginfo_t ended;
        (void)ReapKilled(launcher_pid_, &ended);
    }
    if (shut_out_) return Linger();
    if (launcher_) KillLeft();
    Leave();
    if (succession_.restarts > 0) {
        // The container has ended, and not begun again: that is what there is to tell of it.
        ExitRecord exit = succession_.exit;
        memcpy(exit.failure, exit_.failure, sizeof exit.failure);
        exit.failure_error = exit_.failure_error;
        (void)journal_.Stopped(exit).ok();
    } else {
        journal_.Retract();
    }
    Teardown();
    Linger();
}

}  // namespace libpod
