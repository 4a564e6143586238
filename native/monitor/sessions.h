// The exec sessions of one container, and the connections that speak of them. Each session has its own
// streams and clients, so that one reader that stops holds up its session alone; an event costs the same
// however many sessions there are.
//
//     created -> starting -> running -> ended
//
// A session that was made to be kept stays when it has ended, until it is removed or the container ends; the
// others are forgotten. The end of a session is the end of its process: what it had said by then is passed
// on, and the streams end, whoever else holds them open.
#ifndef LIBPOD_NATIVE_MONITOR_SESSIONS_H_
#define LIBPOD_NATIVE_MONITOR_SESSIONS_H_

#include <signal.h>

#include "monitor/channel.h"
#include "monitor/events.h"
#include "monitor/session.h"
#include "sys/syscalls.h"

namespace libpod {

class Sessions {
  public:
    ~Sessions();

    // `events` is told of what clients ask for.
    explicit Sessions(Events* events) : events_(*events) {}
    // Before anything else: where events are waited for.
    void Open(int epoll) { epoll_ = epoll; }
    // The container's program runs: sessions may begin, in the namespaces of this process.
    void Admit(int init_pidfd) { init_ = init_pidfd; }

    // Whether a message is a session's, whose connection is then handed over.
    static bool Speaks(Message type);
    // Takes a connection over, with all that it has received.
    void Adopt(Connection* connection);

    // Runs a session of the monitor's own. `capture` gets the first of its output, and must stay until `hook`
    // is called, which is once, also if this answers a failure.
    Status RunOwn(const char* id, const uint8_t* program, size_t size, uint32_t timeout_ms, uint8_t* capture,
                  size_t capture_capacity, const SessionHook& hook);
    // Kills such a session.
    void KillOwn(const char* id);

    // Whether what epoll answered is a session's.
    static bool Owns(uint64_t tag) { return tag >= kPage; }
    void Handle(uint64_t tag, uint32_t events);
    // Tells of a child that was reaped; false if it is none of these.
    bool Ended(const siginfo_t& ended);
    // Whether an OCI runtime is at work for a session: an orphan that has ended may be what it was to make,
    // so only those who are known are waited for then.
    bool launching() const { return launching_ > 0; }
    // The next of those that has ended.
    bool NextEnd(siginfo_t* ended);
    // Whether the session of a child that has ended did not begin; of one that did, its client hears first.
    bool HasFailed(pid_t child);
    // After a batch of events: lets go of what ended in it.
    void Settle();

    // The container has ended: ends all sessions, and tells everybody. Their connections stay to be flushed.
    void Finish();
    size_t client_count() const;
    // Writes the addresses of the connections.
    void Connections(Connection** list) const;

  private:
    static constexpr uint64_t kPage = 4096;
    // As many as one answer can list.
    static constexpr int kMostSessions = 800;

    // sessions.cc
    Session* Find(const char* id) const;
    void HandleClient(SessionClient* client, uint32_t events);
    bool HandleFrame(SessionClient* client, const Frame& frame);
    bool HandleInput(SessionClient* client, const Bytes& data);
    void Create(SessionClient* client, const Text& id, bool kept, bool tied, uint64_t timeout_ms);
    void Describe(SessionClient* client);
    void List(SessionClient* client);
    void CloseClient(SessionClient* client);
    void Refuse(SessionClient* client, int error);
    void Done(SessionClient* client, int error);
    void Tell(Session* session, Message type, const Writer& arguments);
    void SendAndFlush(SessionClient* client, Message type, const Writer& arguments);
    void Update(Session* session);
    void UpdateClient(SessionClient* client);
    void Listen(SessionClient* client);
    void Push(SessionClient* client);
    // Closes a descriptor that epoll may watch. A child that was just made may still hold a copy of it, and
    // what is watched lives on with its last copy, so it is taken out first.
    void Drop(OwnedFd* fd);
    void SetInterest(int fd, uint32_t* now, uint32_t wanted, uint64_t tag);
    template <typename Visit>
    void EachClient(const Session* session, Visit visit) {
        for (SessionClient* client = clients_; client != nullptr; client = client->next) {
            if (client->session == session && !client->dead) visit(client);
        }
    }

    // session.cc
    Session* Make(const char* id, Mapping program, int* error);
    Status Start(Session* session);
    Status Prepare(Session* session, uint32_t* index);
    Status Clone(Session* session);
    int CloneChild(struct clone_args* arguments, bool outside, const char** stage);
    [[noreturn]] void BecomeChild(Session* session, int channel, const char* cgroup);
    void TakeBorn(Session* session);
    void TakeMade(Session* session, pid_t pid);
    void EndLaunch(Session* session);
    void Begun(Session* session);
    bool IsRefusedByFilter(const Session* session, const siginfo_t& ended) const;
    Status CgroupPath(const Session* session, char* path) const;
    void KeepFailure(Session* session, Section section, uint32_t index, const Status& status,
                     const char* detail);
    void TellEnd(Session* session);
    void HandleChannel(Session* session);
    void HandleTimer(Session* session);
    void KeepCommand(Session* session);
    bool HasRoom(const Session* session);
    // Answers whether more may be there.
    bool HandleOutput(Session* session, bool error_stream);
    void BeginDrain(Session* session);
    void Drain(Session* session);
    void Complete(Session* session);
    void Kill(Session* session);
    void Forget(Session* session);
    bool AwaitEnd(pid_t pid);
    void RemoveCgroups();

    Events& events_;
    int epoll_ = -1;
    int init_ = -1;
    Session* sessions_ = nullptr;
    SessionClient* clients_ = nullptr;
    int count_ = 0;
    bool has_dead_ = false;
    bool farewell_ = false;
    int launching_ = 0;
    // Whether a session was begun whose processes may trace those of others.
    bool tracers_ = false;
    // Where the cgroups of sessions are, once there was one, and whether some could not be removed yet.
    char cgroups_[PATH_MAX] = "";
    uint32_t cgroup_version_ = 0;
    bool cgroups_left_ = false;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_SESSIONS_H_
