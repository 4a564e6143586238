// The healthcheck of a container: a command that is run in it again and again, what came of the last runs,
// and what is done about a container that is not well.
//
//     starting -> healthy <-> unhealthy
//
// One check runs at a time, and the next one comes an interval after its end. With a startup check that one
// runs first, until it has succeeded often enough. What there is to know stands in a file that any engine
// reads (src/monitor/health-file.ts), replaced by rename, and each change of the status in the journal of
// events. A paused container is not checked, and a check that a pause has caught is given its time anew.
#ifndef LIBPOD_NATIVE_MONITOR_HEALTH_H_
#define LIBPOD_NATIVE_MONITOR_HEALTH_H_

#include <sys/types.h>

#include <cstdint>

#include "launch/launch.h"
#include "monitor/events.h"
#include "monitor/sessions.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// In the order of HEALTH_STATUSES in src/model/healthcheck.ts.
enum class HealthStatus : uint32_t { kStarting, kHealthy, kUnhealthy };

// As the instruction `healthcheck` has it.
enum class HealthAction : uint32_t { kNone, kKill, kRestart, kStop };

// What came of a check.
struct HealthVerdict {
    uint32_t number = 0;
    bool passed = false;
    HealthStatus status = HealthStatus::kStarting;
    // What was begun because of it.
    HealthAction action = HealthAction::kNone;
};

class Health {
  public:
    Health(Sessions* sessions, Events* events) : sessions_(*sessions), events_(*events) {}

    Status Open(const HealthcheckOp& op);
    void OpenStartup(const StartupHealthcheckOp& op);
    bool is_there() const { return timer_.valid(); }
    // To be watched, and its events handed to HandleTimer.
    int timer() const { return timer_.get(); }

    // The container's program runs.
    void Begin(pid_t init, uint64_t start_ticks, int init_pidfd, uint64_t started_ns);
    void HandleTimer();
    // Asks for a check that begins from now on; answers its number, 0 if none will.
    uint32_t Ask();
    // What the last check has come to, once.
    bool TakeVerdict(HealthVerdict* verdict);
    // The container has ended: what checks come to by that is nobody's health.
    void End() { phase_ = Phase::kOver; }

  private:
    // podman's: MaxHealthCheckNumberLogs, MaxHealthCheckLogLength.
    static constexpr int kEntries = 5;
    static constexpr size_t kOutput = 500;

    enum class Phase { kOver, kWaiting, kChecking, kStopping };

    struct Entry {
        uint64_t started_ns;
        uint64_t finished_ns;
        int exit_code;
        bool timed_out;
        // Of a command that did not start; else empty.
        char failed_stage[48];
        int failed_error;
        size_t size;
        uint8_t output[kOutput];
    };

    void Check();
    void Ended(const SessionResult& result);
    HealthAction Judge(bool passed);
    void Act(HealthAction action);
    void Keep(const SessionResult& result);
    void Write() const;
    void Wait();
    void Arm(uint64_t milliseconds);
    bool IsFrozen() const;
    bool InitEnds() const;
    bool starts_up() const { return has_startup_ && !started_up_; }

    Sessions& sessions_;
    Events& events_;
    HealthcheckOp op_;
    StartupHealthcheckOp startup_;
    bool has_startup_ = false;
    OwnedFd timer_;

    Phase phase_ = Phase::kOver;
    pid_t init_ = 0;
    uint64_t start_ticks_ = 0;
    int init_pidfd_ = -1;
    uint64_t container_started_ns_ = 0;

    HealthStatus status_ = HealthStatus::kStarting;
    uint32_t failing_streak_ = 0;
    bool was_healthy_ = false;
    bool started_up_ = false;
    uint32_t startup_failures_ = 0;
    uint32_t startup_successes_ = 0;

    // Of the check that runs, or else of the last one.
    uint32_t number_ = 0;
    uint64_t started_ns_ = 0;
    bool timed_out_ = false;
    uint8_t capture_[kOutput];
    bool asked_ = false;
    bool has_verdict_ = false;
    HealthVerdict verdict_;

    // The last ones, the oldest first.
    Entry entries_[kEntries];
    int count_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HEALTH_H_
