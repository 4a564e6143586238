// The monitor of one container: runs its side of the launch program, then an epoll loop that moves output,
// serves the control socket, and records the end. One thread; bounded buffers; it owes nothing to the process
// that started it.
//
// Ends of the launch, seen from the process that holds the birth connection:
//     failed             an instruction failed; everything was undone
//     created, started   the container runs and the monitor stays, whoever leaves
//     created, then the birth connection closes without `start` or `keep`: nobody asked for it; it is undone
#ifndef LIBPOD_NATIVE_MONITOR_MONITOR_H_
#define LIBPOD_NATIVE_MONITOR_MONITOR_H_

#include <sys/ioctl.h>
#include <sys/types.h>

#include "launch/program.h"
#include "monitor/channel.h"
#include "monitor/company.h"
#include "monitor/connection.h"
#include "monitor/events.h"
#include "monitor/handed_mounts.h"
#include "monitor/health.h"
#include "monitor/hooks.h"
#include "monitor/journal.h"
#include "monitor/log.h"
#include "monitor/sessions.h"
#include "monitor/stdio.h"
#include "monitor/succession.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class Monitor {
  public:
    // A succession that is pending makes this the next run of a container, after its delay.
    Monitor(const Program& program, OwnedFd birth, Succession* succession)
        : program_(program),
          birth_(static_cast<OwnedFd&&>(birth)),
          succession_(*succession),
          journal_(succession->journal),
          listener_(succession->listener) {}

    // Runs to the end of the container, or of its run if the succession is pending then; answers the
    // monitor's own exit status.
    int Run();
    // After Run: the birth connection, if nothing of the container is left in this process, and whoever holds
    // the other end was told that it may serve another one.
    OwnedFd TakeBirth() { return static_cast<OwnedFd&&>(birth_); }

  private:
    static constexpr int kConnections = 128;
    static constexpr int kBirth = 0;  // the slot of the process that started us
    // What an epoll event is about; connections follow from kFirstConnection.
    enum Token : uint32_t {
        kOutput,
        kError,
        kInput,
        kChannel,
        kSignals,
        kListener,
        kTimer,
        kHealth,
        kHooks,
        kCompany,
        kCompanyTimer,
        kPorts,
        kFirstConnection
    };

    // launch.cc
    Status Prepare();
    Status Clone(const CloneOp& op);
    Status Parent();
    Status RunSection(Section section);
    Status RunOne(const Instruction& instruction, Reader* reader);
    Status Netlink(const NetlinkOp& op);

    // monitor.cc
    bool Watch(int fd, uint32_t events, uint32_t token);
    void Loop();
    void HandleChannel();
    bool NextEnd(siginfo_t* ended);
    void HandleChildren();
    void HandleHealth();
    bool Over() const { return child_gone_ && !hooks_.running(); }
    void BeginHooks();
    void TakeBorn(pid_t pid);
    void HandleHooks();
    void HooksDone();
    bool HasRoom() const;
    bool HandleOutput(OwnedFd* stream, bool error_stream);
    void HandleBurst(OwnedFd* stream, bool error_stream);
    void Accept();
    void HandleConnection(int slot, uint32_t events);
    static bool SayDone(Connection* connection, int error);
    bool HandleFrame(int slot, const Frame& frame);
    bool HandleInput(Connection* connection, const Bytes& data);
    void CloseConnection(int slot);
    void EndConnection(int slot);
    void CutOffStalled();
    bool OutputWaits() const;
    void UpdateInterest();
    void Broadcast(Message type, const Writer& arguments);
    void SendHello(Connection* connection);
    void OpenGate();
    void TellFailure(Section section, uint32_t index, const Status& status, const char* detail);
    void ReportFailure(Section section, uint32_t index, const Status& status, const char* detail);
    void Abandon();
    void KillLeft();

    // restart.cc
    bool AwaitNext();
    void Retire();

    // finish.cc
    void Finish();
    void DrainOutput();
    void Record();
    void Leave();
    void Teardown();
    bool IsClean();
    void Linger();
    void OfferAgain();

    const Program& program_;
    OwnedFd birth_;
    Succession& succession_;
    MonitorState state_ = MonitorState::kCreating;
    Stdio stdio_;
    struct winsize window_ = {};
    bool terminal_hung_up_ = false;
    // The events that the container's streams are listened to for, by token.
    uint32_t interest_[3] = {};
    // Milliseconds until somebody's patience is at its end; -1 for never.
    int wait_ms_ = -1;
    Log log_;
    Journal& journal_;
    Events events_;
    bool init_told_ = false;
    const char* oom_path_ = nullptr;
    // What `restart` says; a container without it is run once.
    RestartOp restart_;
    uint32_t timeout_ = 0;  // seconds, with `timer_`
    OwnedFd timer_;

    OwnedFd& listener_;
    OwnedFd signals_;
    OwnedFd epoll_;
    OwnedFd channel_;
    OwnedFd child_channel_;
    Connection connections_[kConnections];
    // Whether the listener waits for a connection to be given back.
    bool full_ = false;
    Sessions sessions_{&events_};
    Health health_{&sessions_, &events_};
    HookRunner hooks_;
    Company company_;

    // The container's init; where a launcher makes it, the launcher until then.
    pid_t child_ = 0;
    OwnedFd child_pidfd_;
    // Whether an OCI runtime makes the container, and starts it (child_runtime.cc); then also whether it has.
    bool launcher_ = false;
    bool born_ = false;
    bool runtime_started_ = false;
    pid_t launcher_pid_ = 0;
    uint64_t start_ticks_ = 0;
    bool start_requested_ = false;
    bool gate_open_ = false;
    bool kept_ = false;
    // Where the child waits by itself, if this process does not stay.
    // The child's, which alone has it open after the clone: whether somebody listens there tells what it
    // does.
    OwnedFd gate_;
    bool gated_ = false;
    // The init of another's container, for sessions beside it.
    OwnedFd other_init_;
    // Whether the ends of processes are waited for; else only those of sessions that did not begin are.
    bool reaps_ = true;
    // Whether it is time to go, and to leave all processes to whoever reaps.
    bool leaves_ = false;
    // Whether the container ends with the birth connection.
    bool tied_ = false;
    bool failed_ = false;
    // Whether another monitor, or a removal, has the container: then nothing of it is ours to undo.
    bool shut_out_ = false;
    // Whether small messages wait for the next that somebody waits for, so that an engine is woken once.
    bool quiet_ = false;
    bool child_gone_ = false;
    // Whether a netlink message of ours was carried out. The first is the one that others can be in the way
    // of: as long as it was not, what the teardown would take back is theirs.
    bool networked_ = false;
    // Whether this process is in a namespace of others', which it cannot leave.
    bool joined_ = false;
    // What the child is given, and whether an intermediate makes it.
    HandedMounts handed_;
    bool intermediate_ = false;
    // What the kernel says of the instruction that failed.
    char detail_[kMostDetail] = "";
    // Whether it ends with the container, whatever becomes of the birth connection.
    bool serves_once_ = true;
    uint32_t failed_index_ = 0;
    ExitRecord exit_;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_MONITOR_H_
