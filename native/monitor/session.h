// An exec session: a further process inside the container, with streams of its own and a cgroup of its own
// beneath the container's, so that its whole tree can be killed. One page each, plus what its buffers touch.
#ifndef LIBPOD_NATIVE_MONITOR_SESSION_H_
#define LIBPOD_NATIVE_MONITOR_SESSION_H_

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "launch/program.h"
#include "monitor/birth.h"
#include "monitor/channel.h"
#include "monitor/connection.h"
#include "monitor/stdio.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

constexpr size_t kMaxSessionId = 64;

enum class SessionState : uint32_t { kCreated, kStarting, kRunning, kEnded };

// A memory mapping that grows, for bytes of which nobody knows the size before.
class Mapping {
  public:
    Mapping() = default;
    Mapping(Mapping&& other) noexcept { *this = static_cast<Mapping&&>(other); }
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { Reset(); }

    bool Append(const void* bytes, size_t size);
    void Reset();
    const uint8_t* data() const { return data_; }
    size_t size() const { return size_; }

  private:
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

// How a session that the monitor itself began has ended.
struct SessionResult {
    bool started = false;  // false: `failure` says why
    Status failure;
    int exit_code = 0;  // as a shell counts: 128 + signal after a signal
    int signal = 0;
    bool timed_out = false;
    const uint8_t* output = nullptr;  // the first of what came on both streams
    size_t output_size = 0;
};

// Who is told of the end of a session that no client began.
struct SessionHook {
    void* context = nullptr;
    void (*ended)(void* context, const SessionResult& result) = nullptr;
};

struct Session;

// A connection that speaks of sessions.
struct SessionClient {
    Connection connection;
    SessionClient* next = nullptr;
    Session* session = nullptr;  // the one that it speaks of
    Mapping upload;
    uint32_t interest = 0;  // what epoll watches for it
    bool attached = false;
    bool tied = false;  // the session ends with it
    bool dead = false;
};

struct Session {
    char id[kMaxSessionId + 1] = "";
    SessionState state = SessionState::kCreated;
    Session* next = nullptr;
    bool kept = false;
    bool dead = false;
    bool failed = false;
    bool killing = false;
    bool timed_out = false;
    bool drains_terminal = false;
    Mapping program_bytes;  // until it runs
    Program program;
    Mapping command;  // the strings of `exec`, laid out as there
    uint32_t command_count = 0;
    Stdio stdio;
    struct winsize window = {};
    bool hung_up = false;  // nobody has the terminal open
    OwnedFd channel;
    OwnedFd pidfd;
    OwnedFd timer;
    pid_t pid = 0;
    uint64_t start_ticks = 0;
    // Of a process that is born late: until then `pid` is its bearer's, which is named here after.
    Birth birth;
    bool born = false;
    bool leads = false;  // the process has said that it is on its own
    pid_t bearer = 0;
    // Whether a launcher has an OCI runtime make the process (child_runtime.cc), and is at it.
    bool by_launcher = false;
    bool launching = false;
    uint32_t timeout_ms = 0;
    uint32_t kill_attempts = 0;
    // What failed, if `failed`.
    Section failed_section = Section::kPrepare;
    uint32_t failed_index = 0;
    int failed_error = 0;
    char failed_stage[48] = "";
    char failed_detail[kMostDetail] = "";
    uint64_t created_ns = 0;
    uint64_t started_ns = 0;
    uint64_t finished_ns = 0;
    int exit_code = 0;
    int signal = 0;
    // Once the process has ended: what is still to be read of what it said.
    size_t output_left = 0;
    size_t error_left = 0;
    // What epoll watches.
    uint32_t output_interest = 0;
    uint32_t error_interest = 0;
    uint32_t input_interest = 0;
    bool has_cgroup = false;
    bool born_in_cgroup = false;
    // A session of the monitor's own: where its output goes.
    SessionHook hook;
    uint8_t* capture = nullptr;
    size_t capture_capacity = 0;
    size_t capture_size = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_SESSION_H_
