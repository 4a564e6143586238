#include "monitor/intermediate.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "monitor/channel.h"
#include "sys/join.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

Status Join(const Program& program, uint32_t* index) {
    SectionCursor cursor = program.Open(Section::kClone);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        *index = instruction.index;
        if (instruction.op != Op::kIntermediateJoin) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        IntermediateJoinOp op;
        op.Decode(&reader);
        LIBPOD_TRY(JoinNamespace(op.path.c_str(), op.type, op.pid, op.start_ticks));
    }
    return Ok();
}

}  // namespace

Status CloneByIntermediate(const Program& program, struct clone_args arguments, int* pid, OwnedFd* pidfd,
                           uint32_t* index) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Fail("socketpair");
    OwnedFd mine(ends[0]), theirs(ends[1]);
    struct clone_args plain = {};
    plain.exit_signal = SIGCHLD;
    int intermediate = sys::Clone3(&plain);
    if (intermediate < 0) return Fail("clone3");
    if (intermediate == 0) {
        mine.Reset();
        Report report = {};
        Status status = Join(program, &report.index);
        int raw = -1;
        if (status.ok()) {
            // With CLONE_PARENT the child has the exit signal of whoever makes it (clone(2)).
            arguments.flags |= CLONE_PARENT;
            arguments.exit_signal = 0;
            arguments.pidfd = reinterpret_cast<uint64_t>(&raw);
            int child = sys::Clone3(&arguments);
            if (child == 0) {
                *pid = 0;
                return Ok();
            }
            if (child < 0) status = Fail("clone3");
            // Its number here is that in the monitor's PID namespace, in which this process still is.
            report.kind = ReportKind::kReady;
            report.error = child;
        }
        if (!status.ok()) {
            report.kind = ReportKind::kFailure;
            report.error = status.error;
            snprintf(report.stage, sizeof report.stage, "%s", status.stage);
        }
        SendReport(theirs.get(), report, raw);
        _exit(0);
    }
    theirs.Reset();
    Report report;
    int raw = -1;
    bool answered = ReceiveReport(mine.get(), &report, &raw);
    siginfo_t ended;
    (void)waitid(P_PID, static_cast<id_t>(intermediate), &ended, WEXITED);
    if (!answered) return FailWith("clone3", ESRCH);
    pidfd->Reset(raw);
    *index = report.index;
    if (report.kind != ReportKind::kFailure) {
        *pid = report.error;
        return Ok();
    }
    // A stage outlives whoever reads it.
    static char stage[sizeof report.stage];
    report.stage[sizeof report.stage - 1] = '\0';
    snprintf(stage, sizeof stage, "%s", report.stage);
    return FailWith(stage, report.error);
}

}  // namespace libpod
