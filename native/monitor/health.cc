#include "monitor/health.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "monitor/log_format.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// No session of a client's has it: theirs are 64 digits.
constexpr char kSession[] = "healthcheck";
// How soon a check that was asked for is tried again while the container is paused.
constexpr uint64_t kLookAgainMs = 100;

constexpr const char* kNames[] = {"starting", "healthy", "unhealthy"};

}  // namespace

Status Health::Open(const HealthcheckOp& op) {
    op_ = op;
    timer_.Reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    return timer_.valid() ? Ok() : Fail("timerfd_create");
}

void Health::OpenStartup(const StartupHealthcheckOp& op) {
    startup_ = op;
    has_startup_ = true;
}

void Health::Begin(pid_t init, uint64_t start_ticks, int init_pidfd, uint64_t started_ns) {
    if (!is_there()) return;
    init_ = init;
    start_ticks_ = start_ticks;
    init_pidfd_ = init_pidfd;
    container_started_ns_ = started_ns;
    phase_ = Phase::kWaiting;
    Write();
    // The first one at once, as podman has it; without an interval none is run unasked.
    uint64_t interval = starts_up() ? startup_.interval_ms : op_.interval_ms;
    if (interval > 0 || asked_) Check();
}

void Health::Arm(uint64_t milliseconds) {
    struct itimerspec time = {};
    time.it_value.tv_sec = static_cast<time_t>(milliseconds / 1000);
    time.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
    timerfd_settime(timer_.get(), 0, &time, nullptr);
}

// Until the next check. Never from within the end of the last one, whose session is still there then.
void Health::Wait() {
    phase_ = Phase::kWaiting;
    Arm(asked_ ? 1 : starts_up() ? startup_.interval_ms : op_.interval_ms);
}

void Health::HandleTimer() {
    uint64_t times;
    if (read(timer_.get(), &times, sizeof times) != static_cast<ssize_t>(sizeof times)) return;
    switch (phase_) {
        case Phase::kWaiting:
            if (!IsFrozen()) {
                Check();
            } else if (asked_) {
                Arm(kLookAgainMs);
            } else {
                Wait();
            }
            break;
        case Phase::kChecking:
            if (IsFrozen()) {
                Arm(starts_up() ? startup_.timeout_ms : op_.timeout_ms);
            } else {
                timed_out_ = true;
                sessions_.KillOwn(kSession);
            }
            break;
        case Phase::kStopping:
            sys::PidfdSendSignal(init_pidfd_, SIGKILL);
            break;
        case Phase::kOver:
            break;
    }
}

uint32_t Health::Ask() {
    if (!is_there() || phase_ == Phase::kOver || phase_ == Phase::kStopping) return 0;
    asked_ = true;
    if (phase_ == Phase::kWaiting) Arm(1);
    return number_ + 1;
}

void Health::Check() {
    phase_ = Phase::kChecking;
    asked_ = false;
    timed_out_ = false;
    number_++;
    started_ns_ = Now();
    const Bytes& program = starts_up() ? startup_.program : op_.program;
    Arm(starts_up() ? startup_.timeout_ms : op_.timeout_ms);
    SessionHook hook;
    hook.context = this;
    hook.ended = [](void* self, const SessionResult& result) { static_cast<Health*>(self)->Ended(result); };
    // A failure comes by the hook as well.
    (void)sessions_.RunOwn(kSession, program.data, program.size, 0, capture_, sizeof capture_, hook).ok();
}

void Health::Ended(const SessionResult& result) {
    if (phase_ != Phase::kChecking) return;
    bool passed = result.started && result.exit_code == 0 && !timed_out_;
    // With the container's init all of its PID namespace is killed, and is reaped before it; nor does a
    // command start there any more.
    bool cut_short = !result.started || (result.signal == SIGKILL && !timed_out_);
    if (cut_short && InitEnds()) {
        Wait();
        return;
    }
    Keep(result);
    HealthStatus before = status_;
    verdict_ = {};
    verdict_.action = Judge(passed);
    // Before anybody sees that it is unhealthy.
    if (verdict_.action == HealthAction::kStop && !op_.stopped.empty())
        (void)WriteFile(AT_FDCWD, op_.stopped.c_str(), 0600, 0, "", 0).ok();
    verdict_.number = number_;
    verdict_.passed = passed;
    verdict_.status = status_;
    has_verdict_ = true;
    Write();
    if (status_ != before) events_.Health(kNames[static_cast<int>(status_)], number_);
    Wait();
    if (verdict_.action != HealthAction::kNone) Act(verdict_.action);
}

// The rules are podman's (podman-run(1), --health-*), but that a success ends the start period, as docker has
// it.
HealthAction Health::Judge(bool passed) {
    if (starts_up()) {
        if (!passed) {
            startup_failures_++;
            bool all = startup_.retries > 0 && startup_failures_ >= startup_.retries;
            return all ? HealthAction::kRestart : HealthAction::kNone;
        }
        started_up_ = ++startup_successes_ >= startup_.successes;
        // The check proper follows at once.
        if (started_up_ && op_.interval_ms > 0) asked_ = true;
        return HealthAction::kNone;
    }
    if (passed) {
        was_healthy_ = true;
        failing_streak_ = 0;
        status_ = HealthStatus::kHealthy;
        return HealthAction::kNone;
    }
    uint64_t end = container_started_ns_ + op_.start_period_ms * 1'000'000;
    if (!was_healthy_ && started_ns_ < end) return HealthAction::kNone;
    failing_streak_++;
    if (failing_streak_ < op_.retries) return HealthAction::kNone;
    status_ = HealthStatus::kUnhealthy;
    return static_cast<HealthAction>(op_.action);
}

void Health::Act(HealthAction action) {
    bool kill = action == HealthAction::kKill || op_.stop_timeout_ms == 0;
    phase_ = Phase::kStopping;
    Arm(kill ? 0 : op_.stop_timeout_ms);
    sys::PidfdSendSignal(init_pidfd_, kill ? SIGKILL : static_cast<int>(op_.stop_signal));
}

bool Health::TakeVerdict(HealthVerdict* verdict) {
    if (!has_verdict_) return false;
    has_verdict_ = false;
    *verdict = verdict_;
    return true;
}

void Health::Keep(const SessionResult& result) {
    if (count_ == kEntries) {
        memmove(entries_, entries_ + 1, sizeof(Entry) * (kEntries - 1));
        count_--;
    }
    Entry& entry = entries_[count_++];
    entry.started_ns = started_ns_;
    entry.finished_ns = Now();
    entry.exit_code = result.exit_code;
    entry.timed_out = timed_out_;
    snprintf(entry.failed_stage, sizeof entry.failed_stage, "%s", result.started ? "" : result.failure.stage);
    entry.failed_error = result.failure.error;
    entry.size = result.output_size;
    // What was cut off may have been cut within a character.
    if (entry.size == kOutput) entry.size -= IncompleteTail(capture_, entry.size);
    memcpy(entry.output, capture_, entry.size);
}

// What cannot be written is missing until the next check.
void Health::Write() const {
    constexpr size_t kAround = 512;
    uint8_t text[kEntries * (6 * kOutput + kAround) + kAround];
    auto* at = reinterpret_cast<char*>(text);
    auto left = [&] { return sizeof text - static_cast<size_t>(at - reinterpret_cast<char*>(text)); };
    // 64-bit numbers do not fit into those of JSON as JavaScript reads them: they are strings.
    at += snprintf(at, left(),
                   "{\"version\":1,\"pid\":%d,\"startTicks\":\"%" PRIu64
                   "\",\"status\":\"%s\",\"failingStreak\":%u,\"log\":[",
                   static_cast<int>(init_), start_ticks_, kNames[static_cast<int>(status_)], failing_streak_);
    for (int i = 0; i < count_; i++) {
        const Entry& entry = entries_[i];
        at += snprintf(at, left(),
                       "%s{\"startedNs\":\"%" PRIu64 "\",\"finishedNs\":\"%" PRIu64
                       "\",\"exitCode\":%d,\"timedOut\":%s",
                       i == 0 ? "" : ",", entry.started_ns, entry.finished_ns, entry.exit_code,
                       entry.timed_out ? "true" : "false");
        if (entry.failed_stage[0] != '\0') {
            at += snprintf(at, left(), ",\"failure\":{\"stage\":\"%s\",\"errno\":%d}", entry.failed_stage,
                           entry.failed_error);
        }
        at += snprintf(at, left(), ",\"output\":\"");
        at = reinterpret_cast<char*>(PutEscaped(reinterpret_cast<uint8_t*>(at), entry.output, entry.size));
        at += snprintf(at, left(), "\"}");
    }
    at += snprintf(at, left(), "]}\n");
    char next[PATH_MAX];
    if (snprintf(next, sizeof next, "%s.new", op_.file.c_str()) >= static_cast<int>(sizeof next)) return;
    bool written = WriteFile(AT_FDCWD, next, 0600, 0, text, sizeof text - left()).ok() &&
                   rename(next, op_.file.c_str()) == 0;
    if (!written) (void)!unlink(next);
}

// cgroup.freeze holds 1, freezer.state FREEZING or FROZEN.
bool Health::IsFrozen() const {
    char text[16];
    if (op_.frozen.empty() || ReadFile(AT_FDCWD, op_.frozen.c_str(), text, sizeof text) <= 0) return false;
    return text[0] == '1' || text[0] == 'F';
}

// Whether the init is on its way out: PF_EXITING among the flags of proc_pid_stat(5), the seventh field after
// the name.
bool Health::InitEnds() const {
    constexpr uint64_t kExiting = 4;
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(init_));
    char text[1024];
    if (ReadFile(AT_FDCWD, path, text, sizeof text) <= 0) return true;
    const char* field = strrchr(text, ')');
    for (int i = 0; i < 7 && field != nullptr; i++) field = strchr(field + 1, ' ');
    return field != nullptr && (ParseNumber(field + 1) & kExiting) != 0;
}

}  // namespace libpod
