#include "monitor/child.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "monitor/gate.h"

namespace libpod {

namespace {

// What only the process itself can be, and not whoever bears it.
bool IsOwn(Op op) {
    return op == Op::kSession || op == Op::kDeathSignal;
}

bool IsInherited(Op op) {
    return !IsOwn(op);
}

bool IsAny(Op) {
    return true;
}

}  // namespace

void Child::Run() {
    umask(0);  // the modes of the program are meant as they stand, until `umask` sets the container's
    if (birth_ == nullptr) {
        RunSection(Section::kEnter, IsAny);
        RunSection(Section::kInit, IsAny);
    } else {
        Check(Section::kClone, 0, birth_->KeepBack());
        // Out of the monitor's process group, to which the process could send signals else.
        if (setsid() < 0) Check(Section::kClone, 0, Fail("setsid"));
        RunSection(Section::kEnter, IsInherited);
        RunSection(Section::kInit, IsInherited);
        Check(Section::kClone, 0, birth_->Bear());
        RunSection(Section::kInit, IsOwn);
        Report report = {};
        report.kind = ReportKind::kBorn;
        if (!SendReport(channel_, report)) _exit(1);
    }
    RunSection(Section::kGate, IsAny);
    RunSection(Section::kExec, IsAny);
    _exit(0);
}

void Child::RunSection(Section section, bool (*has_turn)(Op)) {
    SectionCursor cursor = program_.Open(section);
    Instruction instruction;
    while (cursor.Next(&instruction)) {
        if (!has_turn(instruction.op)) continue;
        Reader reader(instruction.arguments.data, instruction.arguments.size);
        Check(section, instruction.index, RunOne(instruction.op, &reader));
    }
}

// Ends this process with a report, unless all is well.
void Child::Check(Section section, uint32_t index, const Status& status) {
    if (status.ok()) return;
    if (started_) {
        TellStarter(channel_, section, index, status, detail_);
        _exit(1);
    }
    Report report = {};
    report.kind = ReportKind::kFailure;
    report.section = static_cast<uint32_t>(section);
    report.index = index;
    report.error = status.error;
    snprintf(report.stage, sizeof report.stage, "%s", status.stage);
    memcpy(report.detail, detail_, sizeof report.detail);
    SendReport(channel_, report);
    _exit(1);
}

Status Child::RunOne(Op op, Reader* reader) {
    // An operation stands in one of the child's sections only, so its number picks the room.
    uint32_t init = 1u << static_cast<int>(Section::kInit) | 1u << static_cast<int>(Section::kGate) |
                    1u << static_cast<int>(Section::kExec);
    return (SectionsOf(op) & init) != 0 ? Init(op, reader) : Enter(op, reader);
}

Status Child::Await(ReportKind kind) {
    if (kind == ReportKind::kGo && go_) return Ok();
    for (;;) {
        Report report;
        int fd;
        // The end of the line: the monitor is gone, so nobody would supervise what comes next.
        if (!ReceiveReport(channel_, &report, &fd)) _exit(1);
        if (report.kind == kind) return Ok();
        if (report.kind != ReportKind::kGo) _exit(1);
        go_ = true;
    }
}

}  // namespace libpod
