#include "monitor/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "sys/process.h"
#include "sys/reap.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

uint64_t Milliseconds() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

// Listens for events on a descriptor, or for none at all: epoll tells of a hang-up whatever it was asked for,
// so one that cannot be served now is taken out. `present` is what it is listened to for.
void SetInterest(int epoll, int fd, uint32_t events, uint32_t token, uint32_t* present) {
    if (events == *present) return;
    struct epoll_event event = {};
    event.events = events;
    event.data.u32 = token;
    int operation = events == 0 ? EPOLL_CTL_DEL : *present == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_ctl(epoll, operation, fd, &event);
    *present = events;
}

}  // namespace

int Monitor::Run() {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // Orphans of a container without its own PID namespace, or of an OCI runtime under us, come to us.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    sigset_t mask;
    sigfillset(&mask);
    sigprocmask(SIG_SETMASK, &mask, nullptr);  // only SIGKILL and SIGSTOP reach a monitor
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    signals_.Reset(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    epoll_.Reset(epoll_create1(EPOLL_CLOEXEC));
    sessions_.Open(epoll_.get());
    if (birth_.valid()) connections_[kBirth].Open(static_cast<OwnedFd&&>(birth_));
    quiet_ = true;  // our hello can wait for the first word that somebody waits for
    SendHello(&connections_[kBirth]);
    if (succession_.pending && !AwaitNext()) return 0;

    for (Section section : {Section::kPrepare, Section::kClone, Section::kParent}) {
        Status status = RunSection(section);
        if (status.ok()) continue;
        ReportFailure(section, failed_index_, status, detail_);
        Abandon();
        return 1;
    }
    Watch(channel_.get(), EPOLLIN, kChannel);
    Watch(signals_.get(), EPOLLIN, kSignals);
    if (listener_.valid()) Watch(listener_.get(), EPOLLIN, kListener);
    if (health_.is_there()) Watch(health_.timer(), EPOLLIN, kHealth);
    if (company_.is_there()) {
        Watch(company_.watch(), EPOLLIN, kCompany);
        Watch(company_.timer(), EPOLLIN, kCompanyTimer);
    }
    succession_.ports.Watch(epoll_.get(), kPorts);
    if (other_init_.valid()) sessions_.Admit(other_init_.get());
    if (start_requested_) OpenGate();  // a run that follows another: nobody else says so
    Loop();
    if (leaves_) return 0;
    if (failed_) {
        Abandon();
        return 1;
    }
    Finish();
    return 0;
}

bool Monitor::Watch(int fd, uint32_t events, uint32_t token) {
    struct epoll_event event = {};
    event.events = events;
    event.data.u32 = token;
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Monitor::Loop() {
    while (!Over()) {
        UpdateInterest();
        struct epoll_event events[16];
        int count = epoll_wait(epoll_.get(), events, 16, wait_ms_);
        for (int i = 0; i < count && !Over(); i++) {
            if (Sessions::Owns(events[i].data.u64)) {
                sessions_.Handle(events[i].data.u64, events[i].events);
                continue;
            }
            switch (events[i].data.u32) {
                case kChannel:
                    HandleChannel();
                    break;
                case kSignals:
                    HandleChildren();
                    break;
                case kListener:
                    Accept();
                    break;
                case kOutput:
                    HandleBurst(&stdio_.output, false);
                    break;
                case kError:
                    HandleBurst(&stdio_.error, true);
                    break;
                case kTimer:
                    sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
                    timer_.Reset();
                    break;
                case kHealth:
                    health_.HandleTimer();
                    break;
                case kHooks:
                    HandleHooks();
                    break;
                case kCompany:
                    company_.HandleWatch();
                    break;
                case kCompanyTimer:
                    company_.HandleTimer();
                    break;
                case kPorts:
                    succession_.ports.Forward();
                    break;
                case kInput:
                    break;  // room for input again: UpdateInterest looks at who waits
                default:
                    HandleConnection(static_cast<int>(events[i].data.u32 - kFirstConnection),
                                     events[i].events);
            }
        }
        sessions_.Settle();
        HandleHealth();
        if (failed_ && child_ == 0) return;
        if (other_init_.valid() && !connections_[kBirth].open() && sessions_.client_count() == 0)
            leaves_ = true;
        if (leaves_) return;
    }
}

void Monitor::HandleChannel() {
    Report report;
    int fd;
    if (!ReceiveReport(channel_.get(), &report, &fd)) {
        // execve closed the child's end, or the child died: which of them, HandleChildren learns next.
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, channel_.get(), nullptr);
        channel_.Reset();
        bool killed = launcher_ && !failed_ && (gate_open_ ? !runtime_started_ : !born_);
        if (killed) {
            ReportFailure(Section::kInit, 0, FailWith("waitid", ECHILD), "");
            if (born_) sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
        }
        if (gate_open_ && !failed_) {
            state_ = MonitorState::kRunning;
            exit_.started = true;
            exit_.started_ns = Now();
            sessions_.Admit(child_pidfd_.get());
            (void)journal_
                .Running(child_, start_ticks_, exit_.started_ns, succession_.restarts,
                         succession_.exit.finished_ns)
                .ok();
            events_.Started(exit_.started_ns, !init_told_, succession_.restarts > 0);
            BeginHooks();
        }
        return;
    }
    switch (report.kind) {
        case ReportKind::kConsole:
            if (stdio_.HandOver(fd)) return;
            stdio_.output.Reset(fd);
            fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
            // A client may have told the size before there was a terminal.
            if (window_.ws_row != 0) ioctl(fd, TIOCSWINSZ, &window_);
            return;
        case ReportKind::kMounted:
            BeginHooks();
            return;
        case ReportKind::kReady: {
            state_ = MonitorState::kCreated;
            uint8_t buffer[16];
            Writer writer(buffer, sizeof buffer);
            writer.PutU32(static_cast<uint32_t>(child_));
            writer.PutU64(start_ticks_);
            // With the gate open `started`, or what happened instead, follows at once: one wake-up for both.
            quiet_ = gate_open_;
            if (!gate_open_) {
                (void)journal_.Created(child_, start_ticks_).ok();
                events_.Initialized();
                init_told_ = true;
            }
            Broadcast(Message::kCreated, writer);
            return;
        }
        case ReportKind::kFailure:
            report.stage[sizeof report.stage - 1] = '\0';
            report.detail[sizeof report.detail - 1] = '\0';
            ReportFailure(static_cast<Section>(report.section), report.index,
                          FailWith(report.stage, report.error), report.detail);
            if (born_) sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
            return;
        case ReportKind::kBorn:
            TakeBorn(report.pid);
            return;
        case ReportKind::kStarted:
            runtime_started_ = true;
            return;
        default:
            if (fd >= 0) close(fd);
    }
}

// What an OCI runtime has made takes the place of the launcher. It has become our child, so its PID is its
// own until we reap it.
void Monitor::TakeBorn(pid_t pid) {
    siginfo_t ended = {};
    OwnedFd pidfd(sys::PidfdOpen(pid));
    if (!pidfd.valid() || waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
        ReportFailure(Section::kInit, 0, Fail("pidfd_open"), "");
        sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
        return;
    }
    launcher_pid_ = child_;
    child_ = pid;
    child_pidfd_ = static_cast<OwnedFd&&>(pidfd);
    start_ticks_ = StartTicks(pid);
    born_ = true;
    events_.Begin(pid, start_ticks_);
    SectionCursor cursor = program_.Open(Section::kParent);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kPidFile) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        Status status = RunOne(instruction, &reader);
        if (!status.ok()) ReportFailure(Section::kParent, instruction.index, status, "");
    }
    // Ends were passed over meanwhile, of which the next signal may tell late.
    kill(getpid(), SIGCHLD);
    // The engine that asked for it may have gone meanwhile.
    if (failed_) sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
}

// Runs the hooks of the runtime's namespaces whose time it is: what waits for them goes on when they have
// ended.
void Monitor::BeginHooks() {
    Status status = hooks_.Start(program_, state_ == MonitorState::kRunning, child_);
    if (hooks_.running()) {
        Watch(hooks_.fd(), EPOLLIN, kHooks);
    } else if (status.ok()) {
        HooksDone();
    } else {
        ReportFailure(Section::kParent, 0, status, "");
        sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
    }
}

void Monitor::HandleHooks() {
    Report failure;
    if (hooks_.Take(&failure)) return HooksDone();
    // What has run is stopped, and recorded as ended; of what has not, nothing is left.
    failed_ = state_ != MonitorState::kRunning;
    succession_.retired = true;
    TellFailure(static_cast<Section>(failure.section), failure.index, FailWith(failure.stage, failure.error),
                failure.detail);
    sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
}

void Monitor::HooksDone() {
    if (state_ != MonitorState::kRunning) {
        if (!channel_.valid()) return;
        Report report = {};
        report.kind = ReportKind::kRelease;
        SendReport(channel_.get(), report);
        return;
    }
    uint8_t buffer[16];
    Writer writer(buffer, sizeof buffer);
    writer.PutU64(exit_.started_ns);
    quiet_ = false;
    Broadcast(Message::kStarted, writer);
    if (child_gone_) return;
    health_.Begin(child_, start_ticks_, child_pidfd_.get(), exit_.started_ns);
    company_.Begin(child_pidfd_.get());
}

// The word waits in the channel for a child that has not come to the gate yet: it then passes without a stop.
void Monitor::OpenGate() {
    start_requested_ = true;
    if (!channel_.valid() || gate_open_) return;
    gate_open_ = true;
    if (timer_.valid()) {
        struct itimerspec time = {};
        time.it_value.tv_sec = timeout_;
        timerfd_settime(timer_.get(), 0, &time, nullptr);
        Watch(timer_.get(), EPOLLIN, kTimer);
    }
    Report report = {};
    report.kind = ReportKind::kGo;
    SendReport(channel_.get(), report);
}

// The next child that has ended. Where ends are left to others, only that of a session that did not begin is
// waited for.
bool Monitor::NextEnd(siginfo_t* ended) {
    // While an OCI runtime is at work an orphan that has ended may be what it was to make.
    if (launcher_ && !born_) return child_ != 0 && ReapOne(child_, ended);
    if (sessions_.launching()) return ReapOne(child_, ended) || sessions_.NextEnd(ended);
    if (reaps_) return Reap(ended);
    *ended = {};
    if (waitid(P_ALL, 0, ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended->si_pid == 0) return false;
    return sessions_.HasFailed(ended->si_pid) &&
           waitid(P_PID, static_cast<id_t>(ended->si_pid), ended, WEXITED) == 0;
}

void Monitor::HandleChildren() {
    struct signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    }
    siginfo_t ended;
    while (NextEnd(&ended)) {
        if (ended.si_pid == child_) {
            exit_.finished_ns = Now();
            if (ended.si_code == CLD_EXITED) {
                exit_.exit_code = ended.si_status;
            } else {
                exit_.signal = ended.si_status;
                exit_.exit_code = 128 + ended.si_status;
            }
            // Without its container a launcher has nothing to wait for at the gate; but one that starts it
            // goes by itself.
            if (launcher_pid_ != 0 && !gate_open_) kill(launcher_pid_, SIGKILL);
            // The last word of the child may still be on the line: a failure, or the end of file of a quick
            // execve.
            while (channel_.valid()) HandleChannel();
            exit_.pid = child_;
            exit_.start_ticks = start_ticks_;
            child_ = 0;
            child_gone_ = true;
        } else if (ended.si_pid == launcher_pid_) {
            launcher_pid_ = 0;
        } else if (!succession_.ports.Ended(ended.si_pid)) {
            (void)sessions_.Ended(ended);
        }
    }
}

// Tells those who wait for a healthcheck what came of it, and whether another run follows.
void Monitor::HandleHealth() {
    HealthVerdict verdict;
    if (!health_.TakeVerdict(&verdict)) return;
    if (verdict.action == HealthAction::kRestart) succession_.again = true;
    if (verdict.action == HealthAction::kStop) succession_.retired = true;
    uint8_t buffer[16];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(verdict.passed ? 1 : 0);
    writer.PutU32(static_cast<uint32_t>(verdict.status));
    for (int slot = 0; slot < kConnections; slot++) {
        Connection& connection = connections_[slot];
        bool waits = connection.open() && connection.awaited_check != 0;
        if (!waits || connection.awaited_check > verdict.number) continue;
        connection.awaited_check = 0;
        connection.Send(Message::kHealthChecked, writer);
        if (connection.open() && !connection.Flush()) CloseConnection(slot);
    }
}

// Whether every attached client has room for a chunk. At the end their queues grow instead.
bool Monitor::HasRoom() const {
    for (const Connection& connection : connections_) {
        if (connection.open() && connection.attached && !connection.HasRoom()) return false;
    }
    return true;
}

// Answers whether there is likely more: a whole chunk has come.
bool Monitor::HandleOutput(OwnedFd* stream, bool error_stream) {
    // The other stream, or the end of this one, may have come in the same breath as the last free room.
    if (!child_gone_ && !HasRoom()) return false;
    uint8_t buffer[kChunk];
    ssize_t count = read(stream->get(), buffer, sizeof buffer);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    // A terminal answers EIO once its last slave is closed, a pipe answers 0 without writers. The terminal
    // comes back when somebody opens it again, so only a pipe is closed for good.
    if (count <= 0) {
        if (stdio_.terminal && !child_gone_) {
            terminal_hung_up_ = true;
            return false;
        }
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stream->get(), nullptr);
        stream->Reset();
        return false;
    }
    size_t size = static_cast<size_t>(count);
    log_.Append(error_stream, buffer, size);
    for (int slot = 0; slot < kConnections; slot++) {
        Connection& connection = connections_[slot];
        if (!connection.open() || !connection.attached) continue;
        connection.SendData(error_stream ? Message::kStderr : Message::kStdout, buffer, size);
        if (!connection.Flush()) CloseConnection(slot);
    }
    return size == sizeof buffer && stream->valid();
}

// Some chunks at once, as to ask who has something to say costs as much as a chunk. Others wait for no longer
// than that takes.
void Monitor::HandleBurst(OwnedFd* stream, bool error_stream) {
    constexpr int kBurst = 8;
    int chunk = 0;
    while (chunk < kBurst && HandleOutput(stream, error_stream)) chunk++;
    // Whoever fills the pipe sleeps until some of it was read: with more room less often. A pipe that the
    // system lets grow no more stays as it is, and a terminal is none.
    constexpr int kUsualPipe = 64 * 1024;
    constexpr int kWidePipe = 4 * kUsualPipe;
    if (chunk * static_cast<int>(kChunk) < kUsualPipe || !stream->valid()) return;
    if (fcntl(stream->get(), F_GETPIPE_SZ) == kUsualPipe) (void)fcntl(stream->get(), F_SETPIPE_SZ, kWidePipe);
}

void Monitor::Accept() {
    int free = 1;
    while (free < kConnections && connections_[free].open()) free++;
    if (free == kConnections) {
        // The next one waits in the queue of the socket.
        full_ = true;
        epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
        return;
    }
    OwnedFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) return;
    // The socket's mode keeps others out already; this holds also if somebody changed it.
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid()) return;
    Connection& connection = connections_[free];
    if (!connection.Open(static_cast<OwnedFd&&>(fd))) return;
    SendHello(&connection);
    if (!connection.Flush()) CloseConnection(free);
}

void Monitor::SendHello(Connection* connection) {
    uint8_t buffer[64];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(kProtocolVersion);
    writer.PutU32(static_cast<uint32_t>(state_));
    writer.PutU32(static_cast<uint32_t>(child_));
    writer.PutU64(start_ticks_);
    writer.PutU64(exit_.started_ns);
    connection->Send(Message::kHello, writer);
}

void Monitor::Broadcast(Message type, const Writer& arguments) {
    for (int slot = 0; slot < kConnections; slot++) {
        if (!connections_[slot].open()) continue;
        connections_[slot].Send(type, arguments);
        if (quiet_ || !connections_[slot].open()) continue;
        if (!connections_[slot].Flush()) CloseConnection(slot);
    }
}

void Monitor::CloseConnection(int slot) {
    if (connections_[slot].has_input && stdio_.once) stdio_.input.Reset();
    connections_[slot].Close();
    if (full_) {
        full_ = false;
        Watch(listener_.get(), EPOLLIN, kListener);
    }
    if (slot == kBirth && kept_ && gated_) {
        leaves_ = true;
        return;
    }
    // Nobody has asked for this container to stay: undo it.
    if (slot == kBirth && !start_requested_ && !kept_ && child_pidfd_.valid()) {
        failed_ = true;
        sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
    } else if (slot == kBirth && tied_ && child_pidfd_.valid()) {
        sys::PidfdSendSignal(child_pidfd_.get(), SIGKILL);
    }
}

void Monitor::HandleConnection(int slot, uint32_t events) {
    Connection& connection = connections_[slot];
    if (!connection.open()) return;
    bool alive = true;
    // Its last words first, which may be a signal: it need not be there any more to be told of output.
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !connection.Fill()) alive = false;
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) alive = false;
    if ((events & EPOLLOUT) != 0 && !connection.Flush()) alive = false;
    Frame frame;
    while (connection.open() && connection.Peek(&frame) && HandleFrame(slot, frame)) connection.Consume();
    if (!connection.open()) {
        CloseConnection(slot);
    } else if (!alive) {
        EndConnection(slot);
    }
}

// The client is gone. What it has said for the container's input, and what of that is still on its way, waits
// for the container to take it.
void Monitor::EndConnection(int slot) {
    Connection& connection = connections_[slot];
    connection.attached = false;
    connection.leaving = true;
    Frame frame;
    bool more = true;
    while (more && connection.open()) {
        while (connection.open() && connection.Peek(&frame) && HandleFrame(slot, frame)) connection.Consume();
        if (connection.open() && connection.Peek(&frame)) return;
        // At the end of file it answers false, with the last words read.
        if (connection.open()) (void)connection.Fill();
        more = connection.open() && connection.Peek(&frame);
    }
    CloseConnection(slot);
}

// Whether the container has written what nobody has read yet.
bool Monitor::OutputWaits() const {
    struct pollfd ends[2] = {{stdio_.output.get(), POLLIN, 0}, {stdio_.error.get(), POLLIN, 0}};
    return poll(ends, 2, 0) > 0;
}

// Lets those go that hold everybody up for longer than they may: they have got no room, and the container has
// more to say. They stay connected, and hear of it when they read again.
void Monitor::CutOffStalled() {
    wait_ms_ = -1;
    for (Connection& connection : connections_) {
        if (!connection.open() || !connection.attached || connection.patience == 0) continue;
        if (connection.HasRoom()) {
            connection.stalled_since = 0;
            continue;
        }
        uint64_t now = Milliseconds();
        if (connection.stalled_since == 0) connection.stalled_since = now;
        uint64_t end = connection.stalled_since + connection.patience;
        if (now >= end && !OutputWaits()) {
            // Nobody is held up.
            connection.stalled_since = now;
            end = now + connection.patience;
        }
        if (now >= end) {
            connection.attached = false;
            connection.DropOutput();
            uint8_t nothing[1];
            connection.Send(Message::kCutOff, Writer(nothing, sizeof nothing));
            continue;
        }
        int left = static_cast<int>(end - now);
        if (wait_ms_ < 0 || left < wait_ms_) wait_ms_ = left;
    }
}

// False when the connection is to be closed.
bool Monitor::SayDone(Connection* connection, int error) {
    uint8_t buffer[8];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(error));
    connection->Send(Message::kDone, writer);
    return !connection->open() || connection->Flush();
}

// Answers whether the frame is done with; a frame of input may have to wait for the container to read.
bool Monitor::HandleFrame(int slot, const Frame& frame) {
    Connection& connection = connections_[slot];
    Reader reader(frame.arguments.data, frame.arguments.size);
    uint32_t first, second;
    Bytes data;
    switch (frame.type) {
        case Message::kStart:
            OpenGate();
            return true;
        case Message::kKeep:
            kept_ = true;
            return true;
        case Message::kTie:
            tied_ = slot == kBirth;
            return true;
        case Message::kNoRestart:
            succession_.retired = true;
            return true;
        case Message::kSubject: {
            Text members;
            if (!reader.Read(&members)) break;
            events_.SetSubject(members);
            return true;
        }
        case Message::kSignal: {
            if (!reader.Read(&first)) break;
            bool sent = child_pidfd_.valid() &&
                        sys::PidfdSendSignal(child_pidfd_.get(), static_cast<int>(first)) == 0;
            if (!SayDone(&connection, sent ? 0 : child_pidfd_.valid() ? errno : ESRCH)) break;
            return true;
        }
        case Message::kLeadPorts: {
            if (!reader.Read(&data) || !succession_.ports.LeadTo(data) || !SayDone(&connection, 0)) break;
            return true;
        }
        case Message::kAttach:
            if (!reader.Read(&first) || !reader.Read(&second)) break;
            connection.attached = !connection.leaving;
            connection.has_input = first != 0;
            connection.patience = second;
            connection.stalled_since = 0;
            return true;
        case Message::kDetach:
            connection.attached = connection.has_input = false;
            connection.DropOutput();
            return true;
        case Message::kStdin:
            if (!reader.Read(&data)) break;
            return HandleInput(&connection, data);
        case Message::kStdinClose:
            // A terminal has no end of input: its program reads what the user types, ^D included.
            stdio_.input.Reset();
            return true;
        case Message::kResize: {
            if (!reader.Read(&first) || !reader.Read(&second)) break;
            struct winsize size = {};
            size.ws_row = static_cast<unsigned short>(first);
            size.ws_col = static_cast<unsigned short>(second);
            window_ = size;
            if (stdio_.terminal && stdio_.output.valid()) ioctl(stdio_.output.get(), TIOCSWINSZ, &size);
            return true;
        }
        case Message::kHealthRun:
            connection.awaited_check = health_.Ask();
            if (connection.awaited_check == 0) break;
            return true;
        default:
            if ((slot == kBirth && !other_init_.valid()) || !Sessions::Speaks(frame.type)) break;
            sessions_.Adopt(&connection);
            return false;
    }
    connection.Close();
    return false;
}

bool Monitor::HandleInput(Connection* connection, const Bytes& data) {
    int fd = stdio_.terminal ? stdio_.output.get() : stdio_.input.get();
    while (connection->stdin_done < data.size) {
        // Nobody reads any more: the rest is dropped, as a closed pipe would have it.
        if (fd < 0) return true;
        ssize_t count = write(fd, data.data + connection->stdin_done, data.size - connection->stdin_done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return false;
        if (count < 0) {
            if (!stdio_.terminal) stdio_.input.Reset();
            return true;
        }
        connection->stdin_done += static_cast<size_t>(count);
    }
    return true;
}

// Decides anew, before each wait, what to listen to: this is where backpressure happens. Output is read only
// while every attached client has room for it; a client is read only while its last frame of input found its
// way.
void Monitor::UpdateInterest() {
    CutOffStalled();
    bool input_waits = false;
    for (int slot = 0; slot < kConnections; slot++) {
        Connection& connection = connections_[slot];
        if (!connection.open()) continue;
        Frame frame;
        while (connection.open() && connection.Peek(&frame) && HandleFrame(slot, frame)) connection.Consume();
        if (!connection.open()) {
            CloseConnection(slot);
            continue;
        }
        if (connection.Peek(&frame)) input_waits = true;
        if (connection.leaving) {
            SetInterest(epoll_.get(), connection.fd(), 0, 0, &connection.interest);
            if (!connection.Peek(&frame)) EndConnection(slot);
            if (connection.open()) input_waits = true;
            continue;
        }
        uint32_t events =
            (connection.wants_input() ? EPOLLIN : 0u) | (connection.HasPending() && !quiet_ ? EPOLLOUT : 0u);
        SetInterest(epoll_.get(), connection.fd(), events, kFirstConnection + static_cast<uint32_t>(slot),
                    &connection.interest);
    }
    // Not before everybody was told that it runs: an engine hands out streams after that, and who does not
    // read them yet would not hear of it.
    // A launcher is not told that it runs; its client attaches before it opens the gate.
    bool listens = (state_ == MonitorState::kRunning || gated_) && HasRoom();
    // Whoever writes the container's stdin waits for the pipe (or the terminal) to take more.
    if (stdio_.input.valid()) {
        SetInterest(epoll_.get(), stdio_.input.get(), input_waits ? EPOLLOUT : 0u, kInput,
                    &interest_[kInput]);
    }
    if (stdio_.output.valid()) {
        uint32_t events = (listens ? EPOLLIN : 0u) | (stdio_.terminal && input_waits ? EPOLLOUT : 0u);
        // Nobody has the terminal open: it would wake us without end.
        if (terminal_hung_up_) events = 0;
        SetInterest(epoll_.get(), stdio_.output.get(), events, kOutput, &interest_[kOutput]);
    }
    if (stdio_.error.valid())
        SetInterest(epoll_.get(), stdio_.error.get(), listens ? EPOLLIN : 0u, kError, &interest_[kError]);
}

void Monitor::ReportFailure(Section section, uint32_t index, const Status& status, const char* detail) {
    failed_ = true;
    snprintf(exit_.failure, sizeof exit_.failure, "%s", status.stage);
    exit_.failure_error = status.error;
    TellFailure(section, index, status, detail);
}

void Monitor::TellFailure(Section section, uint32_t index, const Status& status, const char* detail) {
    quiet_ = false;
    uint8_t buffer[kMostDetail + 256];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(section));
    writer.PutU32(index);
    writer.PutText(status.stage);
    writer.PutU32(static_cast<uint32_t>(status.error));
    writer.PutText(detail);
    Broadcast(Message::kFailed, writer);
}

}  // namespace libpod
