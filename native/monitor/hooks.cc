#include "monitor/hooks.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/run_program.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

bool IsFor(const HookOp& op, bool poststart) {
    return (op.point == static_cast<uint32_t>(HookPoint::kPoststart)) == poststart;
}

bool HasHooks(const Program& program, bool poststart) {
    SectionCursor cursor = program.Open(Section::kParent);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kHook) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        HookOp op;
        op.Decode(&reader);
        if (IsFor(op, poststart)) return true;
    }
    return false;
}

[[noreturn]] void RunAll(const Program& program, bool poststart, pid_t container, int channel) {
    prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL), 0, 0, 0);
    // Nothing of the monitor's is kept: not its lock, which would outlive it, nor its clients.
    if (dup2(channel, 3) < 0 || sys::CloseRange(4, ~0u, 0) != 0) _exit(1);
    Report report = {};
    SectionCursor cursor = program.Open(Section::kParent);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (instruction.op != Op::kHook) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        HookOp op;
        op.Decode(&reader);
        if (!IsFor(op, poststart)) continue;
        Status status = RunHook(op, container, report.detail, sizeof report.detail);
        if (status.ok()) continue;
        report.kind = ReportKind::kFailure;
        report.section = static_cast<uint32_t>(Section::kParent);
        report.index = instruction.index;
        report.error = status.error;
        snprintf(report.stage, sizeof report.stage, "%s", status.stage);
        SendReport(3, report);
        _exit(1);
    }
    report.kind = ReportKind::kRelease;
    SendReport(3, report);
    _exit(0);
}

}  // namespace

Status RunHook(const HookOp& op, pid_t pid, char* detail, size_t capacity) {
    size_t hole = op.pid_at <= op.input.size ? op.pid_at : op.input.size;
    constexpr size_t kMostDigits = 16;
    size_t room = op.input.size + kMostDigits;
    void* memory = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Fail("mmap");
    auto* state = static_cast<char*>(memory);
    memcpy(state, op.input.data, hole);
    size_t size = hole;
    if (hole != 0)
        size += static_cast<size_t>(snprintf(state + hole, kMostDigits, "%d", static_cast<int>(pid)));
    memcpy(state + size, op.input.data + hole, op.input.size - hole);
    size += op.input.size - hole;
    ProgramRun run = {op.path.c_str(), op.arguments, op.environment, state, size, op.timeout_ms};
    Status status = RunProgram(run, detail, capacity);
    munmap(memory, room);
    return status;
}

Status LeaveJoinedPidNamespace() {
    OwnedFd own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own.valid()) return Fail("open");
    return setns(own.get(), CLONE_NEWPID) == 0 ? Ok() : Fail("setns");
}

Status HookRunner::Start(const Program& program, bool poststart, pid_t container) {
    if (!HasHooks(program, poststart)) return Ok();
    LIBPOD_TRY(LeaveJoinedPidNamespace());
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Fail("socketpair");
    OwnedFd ours(ends[0]), theirs(ends[1]);
    pid_ = fork();
    if (pid_ < 0) return Fail("fork");
    if (pid_ == 0) RunAll(program, poststart, container, theirs.get());
    channel_ = static_cast<OwnedFd&&>(ours);
    return Ok();
}

bool HookRunner::Take(Report* failure) {
    int fd = -1;
    *failure = {};
    bool told = ReceiveReport(channel_.get(), failure, &fd);
    if (fd >= 0) close(fd);
    channel_.Reset();
    if (told) {
        failure->stage[sizeof failure->stage - 1] = '\0';
        failure->detail[sizeof failure->detail - 1] = '\0';
        return failure->kind == ReportKind::kRelease;
    }
    // It was killed before it could say anything.
    failure->section = static_cast<uint32_t>(Section::kParent);
    failure->error = ECHILD;
    snprintf(failure->stage, sizeof failure->stage, "%s", "waitid");
    return false;
}

void HookRunner::Abort() {
    if (!running()) return;
    channel_.Reset();
    kill(pid_, SIGKILL);
    siginfo_t ended;
    while (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED) != 0 && errno == EINTR) {
    }
}

}  // namespace libpod
