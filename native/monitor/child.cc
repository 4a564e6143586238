#include "monitor/child.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace libpod {

void Child::Run() {
    umask(0);  // the modes of the program are meant as they stand, until `umask` sets the container's
    for (Section section : {Section::kEnter, Section::kInit, Section::kGate, Section::kExec}) {
        SectionCursor cursor = program_.Open(section);
        Instruction instruction;
        while (cursor.Next(&instruction)) {
            Reader reader(instruction.arguments.data, instruction.arguments.size);
            Status status = RunOne(instruction.op, &reader);
            if (status.ok()) continue;
            Report report = {};
            report.kind = ReportKind::kFailure;
            report.section = static_cast<uint32_t>(section);
            report.index = instruction.index;
            report.error = status.error;
            snprintf(report.stage, sizeof report.stage, "%s", status.stage);
            memcpy(report.detail, detail_, sizeof report.detail);
            SendReport(channel_, report);
            _exit(1);
        }
    }
    _exit(0);
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
