// What a monitor tells of its container in the journal of events (sys/event_log.h), as lines of JSON that
// src/events/line.ts describes. Each bears a key that follows from what happened alone, so that an engine
// which finds that a killed monitor owed one knows whether it is there.
#ifndef LIBPOD_NATIVE_MONITOR_EVENTS_H_
#define LIBPOD_NATIVE_MONITOR_EVENTS_H_

#include <sys/types.h>

#include <cstdint>

#include "launch/launch.h"
#include "monitor/journal.h"
#include "sys/event_log.h"

namespace libpod {

class Events {
  public:
    // Without a journal nothing is told: a launch does not fail for want of it.
    void Open(const EventsOp& op);
    // The init of the run that is told of.
    void Begin(pid_t pid, uint64_t start_ticks);

    void Initialized();
    // With `initialized`, of a run that did not stop at the gate.
    // With `restarted`, of one that follows another by the restart policy.
    void Started(uint64_t started_ns, bool initialized, bool restarted);
    void Died(const ExitRecord& exit);
    void Removed();
    // A check of the run, by its number, has changed the status.
    void Health(const char* status, uint32_t number);
    // A session of the run, which a client asked for, has begun or ended.
    void ExecStarted(const char* session, uint64_t started_ns);
    void ExecDied(const char* session, uint64_t finished_ns, int exit_code);
    // Another one of the run: `more` are further members, each with a comma in front.
    void Tell(const char* event, uint64_t time_ns, const char* more);

    // Tells of the container so from now on: it was renamed.
    void SetSubject(const Text& members);

    Events() = default;
    ~Events();
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

  private:
    static constexpr int kLines = 3;

    // A line takes three parts: its own words, those about the container, and the end.
    void Add(const char* event, uint64_t time_ns, const char* more, const char* key_end = "");
    void Flush();

    EventLog log_;
    Text id_;
    Text subject_;
    char run_[48] = "";
    char words_[kLines][512];
    struct iovec parts_[3 * kLines];
    int lines_ = 0;
    // What SetSubject was given; the subject is else in the launch program.
    void* own_ = nullptr;
    size_t own_size_ = 0;
};

// Nanoseconds since 1970-01-01 UTC.
uint64_t Now();

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_EVENTS_H_
