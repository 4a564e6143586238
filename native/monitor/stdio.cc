#include "monitor/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/local_socket.h"
#include "sys/pass_fd.h"
#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// Only the monitor's end is non-blocking: the flag belongs to the open file, and a container's program does
// not expect EAGAIN on its own stdout. The owner is the container's user, who may open /dev/stdout again.
Status OpenPipe(const Stdio& stdio, bool to_child, OwnedFd* mine, OwnedFd* childs) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Fail("pipe2");
    mine->Reset(ends[to_child ? 1 : 0]);
    childs->Reset(ends[to_child ? 0 : 1]);
    if (fcntl(mine->get(), F_SETFL, O_NONBLOCK | (to_child ? O_WRONLY : O_RDONLY)) != 0) return Fail("fcntl");
    if (stdio.uid != 0 && fchown(childs->get(), stdio.uid, stdio.gid) != 0) return Fail("fchown");
    return Ok();
}

}  // namespace

Status Stdio::Open(const StdioOp& op) {
    terminal = op.terminal != 0;
    takes_input = terminal || op.stdin != 0;
    once = op.once != 0 && !terminal;
    uid = op.uid;
    gid = op.gid;
    if (terminal) return Ok();
    if (op.stdin != 0) LIBPOD_TRY(OpenPipe(*this, true, &input, &child_input));
    LIBPOD_TRY(OpenPipe(*this, false, &output, &child_output));
    return OpenPipe(*this, false, &error, &child_error);
}

Status Stdio::Take(const PassthroughOp& op) {
    OwnedFd process;
    LIBPOD_TRY(OpenProcess(op.pid, op.start_ticks, &process));
    OwnedFd* ends[] = {&child_input, &child_output, &child_error};
    for (int fd = op.stdin != 0 ? STDIN_FILENO : STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        ends[fd]->Reset(sys::PidfdGetfd(process.get(), fd));
        if (!ends[fd]->valid()) return Fail("pidfd_getfd");
    }
    return Ok();
}

Status Stdio::Preserve(const PreserveOp& op) {
    OwnedFd process;
    LIBPOD_TRY(OpenProcess(op.pid, op.start_ticks, &process));
    for (uint32_t i = 0; i < op.descriptors.count; i++) {
        if (preserved_count == kMostPreserved) return FailWith("pidfd_getfd", EMFILE);
        OwnedFd& mine = preserved[preserved_count++];
        if (op.descriptors[i] == kLeftFree) continue;
        mine.Reset(sys::PidfdGetfd(process.get(), static_cast<int>(op.descriptors[i])));
        if (!mine.valid()) return Fail("pidfd_getfd");
    }
    return Ok();
}

Status Stdio::ConsoleTo(const char* path) {
    terminal = true;
    return ConnectTo(path, &console_socket);
}

bool Stdio::HandOver(int master) {
    if (!console_socket.valid()) return false;
    OwnedFd mine(master);
    // With the name by which it was opened, as runc does; a receiver that has gone has no use for it.
    constexpr char kName[] = "/dev/ptmx";
    (void)SendWithFd(console_socket.get(), kName, sizeof kName - 1, mine.get());
    console_socket.Reset();
    return true;
}

void Stdio::CloseChildEnds() {
    child_input.Reset();
    child_output.Reset();
    child_error.Reset();
    for (int i = 0; i < preserved_count; i++) preserved[i].Reset();
}

}  // namespace libpod
