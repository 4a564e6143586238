// The processes of sessions: how they begin, what they say, how they end.
#include "monitor/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "monitor/child.h"
#include "monitor/sessions.h"
#include "monitor/tag.h"
#include "sys/cgroup.h"
#include "sys/directory.h"
#include "sys/process.h"
#include "sys/reap.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

constexpr char kCgroupPrefix[] = "exec-";
// How often the processes of a session are looked for again that is killed without cgroup.kill, and how long.
constexpr uint32_t kKillPauseMs = 10;
constexpr uint32_t kKillAttempts = 200;
// What a terminal holds at most for its reader, with room to spare (pty(7) has 4096 and its flip buffers).
constexpr size_t kMostTerminal = 256 * 1024;

// Leaves no descriptor open but the standard ones and these: what the monitor holds is out of the container's
// reach before anything of the container's is joined.
void LeaveOpen(const int* kept, int count) {
    sys::CloseAllBut(3, [=](unsigned from) {
        unsigned next = ~0u;
        for (int i = 0; i < count; i++) {
            auto fd = static_cast<unsigned>(kept[i]);
            if (fd >= from && fd < next) next = fd;
        }
        return next;
    });
}

void Arm(Session* session, uint32_t milliseconds) {
    struct itimerspec time = {};
    time.it_value.tv_sec = milliseconds / 1000;
    time.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
    timerfd_settime(session->timer.get(), 0, &time, nullptr);
}

SessionCloneOp CloneOf(const Program& program) {
    SessionCloneOp op = {};
    SectionCursor cursor = program.Open(Section::kClone);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kSessionClone) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        op.Decode(&reader);
    }
    return op;
}

bool HasLauncher(const Program& program) {
    SectionCursor cursor = program.Open(Section::kClone);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op == Op::kLauncher) return true;
    }
    return false;
}

// A process that somebody of the container may have traced before it said this.
void KeepToLetters(char* text) {
    for (; *text != '\0'; text++) {
        bool usual = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("_()", *text) != nullptr;
        if (!usual) *text = '?';
    }
}

}  // namespace

Mapping& Mapping::operator=(Mapping&& other) noexcept {
    if (this == &other) return *this;
    Reset();
    data_ = other.data_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.data_ = nullptr;
    other.size_ = other.capacity_ = 0;
    return *this;
}

bool Mapping::Append(const void* bytes, size_t size) {
    if (size == 0) return true;
    if (size > capacity_ - size_) {
        size_t wanted = capacity_ == 0 ? 4096 : capacity_;
        while (wanted - size_ < size) wanted *= 2;
        void* moved = data_ == nullptr
                          ? mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                          : mremap(data_, capacity_, wanted, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED) return false;
        data_ = static_cast<uint8_t*>(moved);
        capacity_ = wanted;
    }
    memcpy(data_ + size_, bytes, size);
    size_ += size;
    return true;
}

void Mapping::Reset() {
    if (data_ != nullptr) munmap(data_, capacity_);
    data_ = nullptr;
    size_ = capacity_ = 0;
}

Session* Sessions::Make(const char* id, Mapping program, int* error) {
    *error = Find(id) != nullptr ? EEXIST : init_ < 0 ? ESRCH : count_ >= kMostSessions ? EAGAIN : 0;
    if (*error != 0) return nullptr;
    auto* session = NewMapped<Session>();
    if (session == nullptr) {
        *error = ENOMEM;
        return nullptr;
    }
    session->program_bytes = static_cast<Mapping&&>(program);
    if (session->program.Load(session->program_bytes.data(), session->program_bytes.size()) != nullptr) {
        *error = EINVAL;
        DeleteMapped(session);
        return nullptr;
    }
    snprintf(session->id, sizeof session->id, "%s", id);
    session->created_ns = Now();
    KeepCommand(session);
    session->next = sessions_;
    sessions_ = session;
    count_++;
    return session;
}

void Sessions::KeepCommand(Session* session) {
    SectionCursor cursor = session->program.Open(Section::kExec);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        Texts command;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        if (instruction.op == Op::kExec) {
            ExecOp op;
            op.Decode(&reader);
            command = op.arguments;
        } else if (instruction.op == Op::kRuntimeCreate) {
            RuntimeCreateOp op;
            op.Decode(&reader);
            command = op.command;
        }
        for (Text word : command) {
            // A word that does not fit into memory is missing from a description, no more.
            if (!session->command.Append(&word.size, sizeof word.size) ||
                !session->command.Append(word.c_str(), word.size + 1))
                return;
        }
    }
}

Status Sessions::RunOwn(const char* id, const uint8_t* program, size_t size, uint32_t timeout_ms,
                        uint8_t* capture, size_t capture_capacity, const SessionHook& hook) {
    Mapping bytes;
    int error = ENOMEM;
    Session* session =
        bytes.Append(program, size) ? Make(id, static_cast<Mapping&&>(bytes), &error) : nullptr;
    if (session == nullptr) {
        SessionResult result;
        result.failure = FailWith("session", error);
        hook.ended(hook.context, result);
        return result.failure;
    }
    session->hook = hook;
    session->capture = capture;
    session->capture_capacity = capture_capacity;
    session->timeout_ms = timeout_ms;
    Status status = Start(session);
    Update(session);
    return status;
}

void Sessions::KillOwn(const char* id) {
    Session* session = Find(id);
    if (session != nullptr) Kill(session);
}

Status Sessions::Start(Session* session) {
    uint32_t index = 0;
    Section section = Section::kPrepare;
    Status status = Prepare(session, &index);
    if (status.ok()) {
        section = Section::kClone;
        index = 0;
        status = Clone(session);
    }
    session->stdio.CloseChildEnds();
    if (!status.ok()) {
        KeepFailure(session, section, index, status, "");
        session->state = SessionState::kEnded;
        Complete(session);
        return status;
    }
    session->state = SessionState::kStarting;
    struct epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u64 = Tag(session, Kind::kChannel);
    epoll_ctl(epoll_, EPOLL_CTL_ADD, session->channel.get(), &event);
    if (session->timeout_ms > 0 && session->timer.valid()) Arm(session, session->timeout_ms);
    return Ok();
}

Status Sessions::Prepare(Session* session, uint32_t* index) {
    SectionCursor cursor = session->program.Open(Section::kPrepare);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        *index = instruction.index;
        if (instruction.op == Op::kStdio) {
            StdioOp op;
            op.Decode(&reader);
            LIBPOD_TRY(session->stdio.Open(op));
        } else if (instruction.op == Op::kPassthrough) {
            PassthroughOp op;
            op.Decode(&reader);
            LIBPOD_TRY(session->stdio.Take(op));
        } else if (instruction.op == Op::kConsoleSocket) {
            ConsoleSocketOp op;
            op.Decode(&reader);
            LIBPOD_TRY(session->stdio.ConsoleTo(op.path.c_str()));
        } else if (instruction.op == Op::kPreserve) {
            PreserveOp op;
            op.Decode(&reader);
            LIBPOD_TRY(session->stdio.Preserve(op));
        } else if (instruction.op == Op::kSessionCgroup) {
            SessionCgroupOp op;
            op.Decode(&reader);
            if (op.directory.size >= sizeof cgroups_) return FailWith("mkdir", ENAMETOOLONG);
            memcpy(cgroups_, op.directory.c_str(), op.directory.size + 1);
            cgroup_version_ = op.version;
            char path[PATH_MAX];
            LIBPOD_TRY(CgroupPath(session, path));
            bool launcher = HasLauncher(session->program);
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                // Another OCI runtime may have the container elsewhere: what kills the session is then its
                // first process's.
                if (launcher) continue;
                return Fail("mkdir");
            }
            session->has_cgroup = true;
            // A launcher is none of the container's: what it has made is moved.
            session->born_in_cgroup = op.version == 2 && !launcher;
        } else {
            return FailWith("decode", ENOSYS);
        }
    }
    return Ok();
}

Status Sessions::CgroupPath(const Session* session, char* path) const {
    int size = snprintf(path, PATH_MAX, "%s/%s%s", cgroups_, kCgroupPrefix, session->id);
    return size < PATH_MAX ? Ok() : FailWith("mkdir", ENAMETOOLONG);
}

Status Sessions::Clone(Session* session) {
    if (init_ < 0) return FailWith("setns", ESRCH);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Fail("socketpair");
    session->channel.Reset(ends[0]);
    OwnedFd child_channel(ends[1]);
    session->timer.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!session->timer.valid()) return Fail("timerfd_create");
    struct epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u64 = Tag(session, Kind::kTimer);
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, session->timer.get(), &event) != 0) return Fail("epoll_ctl");
    char path[PATH_MAX] = "";
    OwnedFd cgroup;
    int pidfd = -1;
    struct clone_args arguments = {};
    arguments.flags = CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    if (session->has_cgroup) LIBPOD_TRY(CgroupPath(session, path));
    if (session->born_in_cgroup) {
        cgroup.Reset(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!cgroup.valid()) return Fail("open");
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<uint64_t>(cgroup.get());
    }
    session->by_launcher = HasLauncher(session->program);
    SessionCloneOp op = CloneOf(session->program);
    if (!session->by_launcher && (op.late != 0 || tracers_)) LIBPOD_TRY(session->birth.Open());
    if (op.tracer != 0) tracers_ = true;
    const char* stage = "clone3";
    int pid = CloneChild(&arguments, session->by_launcher || session->birth.open(), &stage);
    if (pid < 0) return Fail(stage);
    if (pid == 0) BecomeChild(session, child_channel.get(), path);
    session->pid = pid;
    session->pidfd.Reset(pidfd);
    session->start_ticks = StartTicks(pid);
    if (session->by_launcher) {
        session->launching = true;
        launching_++;
    }
    return Ok();
}

// In the container's PID namespace, or in our own: that of children to come (setns(2)) may be the one that
// the container joined. Back to our own at once, whose entry in /proc is ours. As clone3(2) answers; with -1
// `stage` and errno say what failed.
int Sessions::CloneChild(struct clone_args* arguments, bool outside, const char** stage) {
    *stage = "open";
    OwnedFd own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own.valid()) return -1;
    *stage = "setns";
    if (setns(outside ? own.get() : init_, CLONE_NEWPID) != 0) return -1;
    *stage = "clone3";
    int pid = sys::Clone3(arguments);
    if (pid == 0) return 0;
    int error = errno;
    (void)setns(own.get(), CLONE_NEWPID);
    errno = error;
    return pid;
}

void Sessions::BecomeChild(Session* session, int channel, const char* cgroup) {
    const Stdio& stdio = session->stdio;
    int kept[5 + kMostPreserved] = {channel, init_, stdio.child_input.get(), stdio.child_output.get(),
                                    stdio.child_error.get()};
    int count = 5;
    for (int i = 0; i < stdio.preserved_count; i++) kept[count++] = stdio.preserved[i].get();
    LeaveOpen(kept, count);
    Child child(session->program, channel, &session->stdio);
    child.JoinWith(init_, cgroup);
    if (session->birth.open()) child.BornLate(&session->birth);
    child.Run();
}

// What was born late takes the place of its bearer. It is our child and was not reaped, so its PID is its
// own.
void Sessions::TakeBorn(Session* session) {
    pid_t born = session->birth.pid();
    if (born == 0 || session->born) return;
    session->born = true;
    session->bearer = session->pid;
    session->pid = born;
    session->start_ticks = StartTicks(born);
    int pidfd = sys::PidfdOpen(born);
    if (pidfd >= 0) {
        session->pidfd.Reset(pidfd);
    } else {
        (void)kill(born, SIGKILL);
    }
}

// The same of what an OCI runtime has made.
void Sessions::TakeMade(Session* session, pid_t pid) {
    EndLaunch(session);
    siginfo_t ended = {};
    OwnedFd pidfd(sys::PidfdOpen(pid));
    if (!pidfd.valid() || waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
        KeepFailure(session, Section::kExec, 0, Fail("pidfd_open"), "");
        return;
    }
    session->born = true;
    session->bearer = session->pid;
    session->pid = pid;
    session->pidfd = static_cast<OwnedFd&&>(pidfd);
    session->start_ticks = StartTicks(pid);
    char path[PATH_MAX];
    if (session->has_cgroup && CgroupPath(session, path).ok()) (void)MoveTree(path, pid).ok();
    if (session->killing) Kill(session);
}

void Sessions::EndLaunch(Session* session) {
    if (!session->launching) return;
    session->launching = false;
    launching_--;
    // Ends were passed over meanwhile, of which the next signal may tell late.
    kill(getpid(), SIGCHLD);
}

bool Sessions::NextEnd(siginfo_t* ended) {
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (session->dead) continue;
        TakeBorn(session);
        if (session->bearer != 0 && ReapOne(session->bearer, ended)) return true;
        if (session->pidfd.valid() && ReapOne(session->pid, ended)) return true;
    }
    return false;
}

// It is told when nothing of the session is left.
void Sessions::KeepFailure(Session* session, Section section, uint32_t index, const Status& status,
                           const char* detail) {
    session->failed = true;
    session->failed_section = section;
    session->failed_index = index;
    session->failed_error = status.error;
    snprintf(session->failed_stage, sizeof session->failed_stage, "%s", status.stage);
    snprintf(session->failed_detail, sizeof session->failed_detail, "%s", detail);
    // As a shell says it: not there, or not to be executed.
    session->exit_code = status.error == ENOENT || status.error == ENOTDIR ? 127 : 126;
}

void Sessions::HandleChannel(Session* session) {
    Report report;
    int fd;
    bool heard = ReceiveReport(session->channel.get(), &report, &fd);
    TakeBorn(session);
    if (!heard) {
        Drop(&session->channel);
        session->program_bytes.Reset();
        if (session->by_launcher && !session->born && !session->failed)
            KeepFailure(session, Section::kExec, 0, FailWith("waitid", ECHILD), "");
        // Of one that ended before it bore a process, its end tells more.
        if (!session->failed && (!session->birth.open() || session->born)) Begun(session);
        return;
    }
    // Whoever traces a process that was born late may put words into its mouth: there is nothing to gain by
    // these. The terminal was sent before it was born, so the first one is ours.
    Stdio& stdio = session->stdio;
    if (report.kind == ReportKind::kConsole && fd >= 0 && stdio.terminal && !stdio.output.valid()) {
        if (stdio.HandOver(fd)) return;
        stdio.output.Reset(fd);
        fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
        if (session->window.ws_row != 0) ioctl(fd, TIOCSWINSZ, &session->window);
        return;
    }
    if (fd >= 0) close(fd);
    if (report.kind == ReportKind::kBorn && session->launching)
        TakeMade(session, report.pid);
    else if (report.kind == ReportKind::kBorn)
        session->leads = true;
    if (report.kind == ReportKind::kFailure) {
        report.stage[sizeof report.stage - 1] = '\0';
        report.detail[sizeof report.detail - 1] = '\0';
        if (session->born) {
            KeepToLetters(report.stage);
            report.detail[0] = '\0';
        }
        KeepFailure(session, static_cast<Section>(report.section), report.index,
                    FailWith(report.stage, report.error), report.detail);
    }
}

void Sessions::Begun(Session* session) {
    session->state = SessionState::kRunning;
    session->started_ns = Now();
    uint8_t buffer[32];
    Writer writer(buffer, sizeof buffer);
    writer.PutU32(static_cast<uint32_t>(session->pid));
    writer.PutU64(session->start_ticks);
    writer.PutU64(session->started_ns);
    if (session->hook.ended == nullptr) events_.ExecStarted(session->id, session->started_ns);
    Tell(session, Message::kSessionStarted, writer);
}

bool Sessions::HasRoom(const Session* session) {
    if (farewell_) return true;
    for (SessionClient* client = clients_; client != nullptr; client = client->next) {
        if (client->session == session && !client->dead && client->attached && !client->connection.HasRoom())
            return false;
    }
    return true;
}

bool Sessions::HandleOutput(Session* session, bool error_stream) {
    OwnedFd& stream = error_stream ? session->stdio.error : session->stdio.output;
    bool ended = session->state == SessionState::kEnded;
    size_t& left = error_stream ? session->error_left : session->output_left;
    if (!stream.valid() || (ended && left == 0) || !HasRoom(session)) return false;
    uint8_t buffer[kChunk];
    size_t wanted = ended && left < sizeof buffer ? left : sizeof buffer;
    ssize_t count = read(stream.get(), buffer, wanted);
    if (count < 0 && errno == EINTR) return true;
    if (count < 0 && errno == EAGAIN) {
        left = 0;
        return false;
    }
    if (count <= 0) {
        left = 0;
        // A terminal answers EIO once its last slave is closed, and would wake us without end.
        if (session->stdio.terminal && !ended) {
            session->hung_up = true;
            return false;
        }
        Drop(&stream);
        return false;
    }
    size_t size = static_cast<size_t>(count);
    if (ended) left -= size;
    if (session->capture != nullptr) {
        size_t room = session->capture_capacity - session->capture_size;
        size_t taken = size < room ? size : room;
        memcpy(session->capture + session->capture_size, buffer, taken);
        session->capture_size += taken;
    }
    EachClient(session, [&](SessionClient* client) {
        if (!client->attached) return;
        client->connection.SendData(error_stream ? Message::kStderr : Message::kStdout, buffer, size);
        Push(client);
    });
    return true;
}

bool Sessions::HasFailed(pid_t child) {
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (session->dead) continue;
        TakeBorn(session);
        if (session->bearer != 0 && session->bearer == child) return true;
        if (session->pid != child || !session->pidfd.valid()) continue;
        if (session->born && session->channel.valid())
            fcntl(session->channel.get(), F_SETFL, O_RDWR | O_NONBLOCK);
        while (session->channel.valid()) HandleChannel(session);
        return session->failed;
    }
    return true;
}

bool Sessions::Ended(const siginfo_t& ended) {
    Session* session = sessions_;
    for (; session != nullptr; session = session->next) {
        if (!session->dead) TakeBorn(session);
        // What a launcher has said before it ended.
        if (!session->dead && session->launching && session->pid == ended.si_pid) {
            while (session->channel.valid()) HandleChannel(session);
            EndLaunch(session);
        }
        if (session->bearer != 0 && session->bearer == ended.si_pid) {
            session->bearer = 0;
            return true;
        }
        if (!session->dead && session->pid == ended.si_pid && session->pidfd.valid()) break;
    }
    if (session == nullptr) return false;
    session->finished_ns = Now();
    // Nothing more is to be heard from a bearer, which may not have got as far as to end.
    if (session->born && session->channel.valid())
        fcntl(session->channel.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    // The last word of the child may still be on the line: a failure, or the end of file of a quick execve.
    while (session->channel.valid()) HandleChannel(session);
    session->pidfd.Reset();
    if (!session->failed && IsRefusedByFilter(session, ended))
        KeepFailure(session, Section::kClone, 0, FailWith(session->born ? "setsid" : "clone", EPERM), "");
    if (!session->failed && session->started_ns == 0) Begun(session);
    session->state = SessionState::kEnded;
    if (!session->failed) {
        bool exited = ended.si_code == CLD_EXITED;
        session->signal = exited ? 0 : ended.si_status;
        session->exit_code = exited ? ended.si_status : 128 + ended.si_status;
        BeginDrain(session);
    }
    Drain(session);
    return true;
}

// Whether the container's filter, which a process that is born late has before it is born, killed it for
// that.
bool Sessions::IsRefusedByFilter(const Session* session, const siginfo_t& ended) const {
    return session->birth.open() && !session->leads && ended.si_code != CLD_EXITED &&
           ended.si_status == SIGSYS;
}

// What the streams hold now was said by the process before it ended, or by a child of it that keeps them
// open, and nobody can tell which: that much is passed on, and no more is waited for.
void Sessions::BeginDrain(Session* session) {
    Stdio& stdio = session->stdio;
    auto held = [](int fd) {
        int count = 0;
        return fd >= 0 && ioctl(fd, FIONREAD, &count) == 0 ? static_cast<size_t>(count) : 0;
    };
    // A terminal passes bytes on in its own time, and is asked until it has none.
    session->output_left = stdio.terminal ? kMostTerminal : held(stdio.output.get());
    session->error_left = held(stdio.error.get());
}

void Sessions::Drain(Session* session) {
    while (HandleOutput(session, false)) {
    }
    while (HandleOutput(session, true)) {
    }
    bool said_all = (session->output_left == 0 || !session->stdio.output.valid()) &&
                    (session->error_left == 0 || !session->stdio.error.valid());
    if (!said_all || session->dead) return;
    // Without cgroup.kill those who were forked meanwhile are looked for until there are none.
    if (session->killing && session->has_cgroup && cgroup_version_ != 2) {
        char path[PATH_MAX];
        int count = 0;
        if (CgroupPath(session, path).ok()) (void)KillCgroupOnce(path, &count).ok();
        if (count > 0 && session->kill_attempts++ < kKillAttempts && !farewell_) {
            Arm(session, kKillPauseMs);
            return;
        }
    }
    Complete(session);
}

void Sessions::HandleTimer(Session* session) {
    uint64_t times;
    (void)!read(session->timer.get(), &times, sizeof times);
    if (session->state == SessionState::kEnded) return;  // Update drains
    if (!session->killing) session->timed_out = true;
    Kill(session);
}

void Sessions::Kill(Session* session) {
    if (session->state == SessionState::kCreated || session->state == SessionState::kEnded) return;
    session->killing = true;
    TakeBorn(session);
    // What an OCI runtime makes would outlive a launcher that is killed now: it is killed once it is known.
    if (session->launching && !farewell_) return;
    char path[PATH_MAX];
    int count = 0;
    if (session->has_cgroup && CgroupPath(session, path).ok()) (void)KillCgroupOnce(path, &count).ok();
    // A child that has not entered the cgroup of version 1 yet is not in its list.
    if (session->pidfd.valid()) sys::PidfdSendSignal(session->pidfd.get(), SIGKILL);
}

// All is said: tells of the end, once, and lets go of what the session held.
void Sessions::Complete(Session* session) {
    if (session->dead || (session->finished_ns != 0 && !session->timer.valid())) return;
    if (session->finished_ns == 0) session->finished_ns = Now();
    for (OwnedFd* fd : {&session->channel, &session->stdio.input, &session->stdio.output,
                        &session->stdio.error, &session->timer})
        Drop(fd);
    session->program_bytes.Reset();
    session->birth.Reset();
    session->output_interest = session->error_interest = session->input_interest = 0;
    if (session->has_cgroup) {
        char path[PATH_MAX];
        if (CgroupPath(session, path).ok() && rmdir(path) != 0 && errno != ENOENT) cgroups_left_ = true;
        if (cgroups_left_ && !farewell_) RemoveCgroups();
    }
    TellEnd(session);
    if (!session->kept) Forget(session);
}

void Sessions::TellEnd(Session* session) {
    uint8_t buffer[kMostDetail + 256];
    Writer writer(buffer, sizeof buffer);
    if (session->failed) {
        writer.PutU32(static_cast<uint32_t>(session->failed_section));
        writer.PutU32(session->failed_index);
        writer.PutText(session->failed_stage);
        writer.PutU32(static_cast<uint32_t>(session->failed_error));
        writer.PutText(session->failed_detail);
        Tell(session, Message::kSessionFailed, writer);
    } else {
        writer.PutU32(static_cast<uint32_t>(session->exit_code));
        writer.PutU32(static_cast<uint32_t>(session->signal));
        writer.PutU32(session->timed_out ? 1 : 0);
        writer.PutU64(session->finished_ns);
        // Told first, so that it is there for whoever has seen the end.
        if (session->hook.ended == nullptr && session->started_ns != 0)
            events_.ExecDied(session->id, session->finished_ns, session->exit_code);
        Tell(session, Message::kSessionExited, writer);
    }
    if (session->hook.ended == nullptr) return;
    SessionResult result;
    result.started = !session->failed;
    if (session->failed) result.failure = FailWith(session->failed_stage, session->failed_error);
    result.exit_code = session->exit_code;
    result.signal = session->signal;
    result.timed_out = session->timed_out;
    result.output = session->capture;
    result.output_size = session->capture_size;
    session->hook.ended(session->hook.context, result);
}

void Sessions::Forget(Session* session) {
    session->dead = has_dead_ = true;
    EachClient(session, [](SessionClient* client) { client->session = nullptr; });
}

// Those whose processes were still ending, or lived on in the background, when their session ended. One that
// is in use refuses.
void Sessions::RemoveCgroups() {
    cgroups_left_ = false;
    Directory contents;
    if (!contents.Open(AT_FDCWD, cgroups_).ok()) return;
    DirectoryEntry entry;
    while (contents.Next(&entry)) {
        if (entry.type != DT_DIR || strstr(entry.name, kCgroupPrefix) != entry.name) continue;
        // Of version 1, one that starts is empty until its child has entered it.
        const Session* session = Find(entry.name + strlen(kCgroupPrefix));
        if (session != nullptr && session->state != SessionState::kEnded) continue;
        char path[PATH_MAX];
        if (snprintf(path, sizeof path, "%s/%s", cgroups_, entry.name) >= static_cast<int>(sizeof path))
            continue;
        if (rmdir(path) != 0 && errno == EBUSY) cgroups_left_ = true;
    }
}

void Sessions::Finish() {
    farewell_ = true;
    for (SessionClient* client = clients_; client != nullptr; client = client->next) {
        if (!client->dead) client->connection.BeginFarewell();
    }
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (session->dead) continue;
        if (session->pidfd.valid()) {
            // Of one that is born late two processes may be to be waited for.
            do {
                Kill(session);
            } while (AwaitEnd(session->pid) && session->pidfd.valid());
        } else if (session->state == SessionState::kEnded) {
            Drain(session);
        }
    }
    for (Session* session = sessions_; session != nullptr; session = session->next) {
        if (session->bearer != 0) (void)AwaitEnd(session->bearer);
    }
    tracers_ = false;
    init_ = -1;
}

// Waits for a child that ends, and tells of it. False: it is none of ours.
bool Sessions::AwaitEnd(pid_t pid) {
    siginfo_t ended;
    if (!ReapKilled(pid, &ended)) return false;
    (void)Ended(ended);
    return true;
}

}  // namespace libpod
