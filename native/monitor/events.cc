#include "monitor/events.h"

#include <sys/mman.h>
#include <time.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace libpod {

// A dot, an ID of up to 64 characters, and a NUL.
constexpr size_t kSessionKey = 66;

uint64_t Now() {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

void Events::Open(const EventsOp& op) {
    (void)log_.Open(op.directory.c_str()).ok();
    id_ = op.id;
    subject_ = op.subject;
}

Events::~Events() {
    if (own_ != nullptr) munmap(own_, own_size_);
}

void Events::SetSubject(const Text& members) {
    size_t size = members.size + 1;
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    memcpy(memory, members.c_str(), size);
    if (own_ != nullptr) munmap(own_, own_size_);
    own_ = memory;
    own_size_ = size;
    subject_ = Text{static_cast<char*>(memory), members.size};
}

void Events::Begin(pid_t pid, uint64_t start_ticks) {
    snprintf(run_, sizeof run_, ".%d-%" PRIu64, static_cast<int>(pid), start_ticks);
}

void Events::Initialized() {
    Tell("init", Now(), "");
}

void Events::Started(uint64_t started_ns, bool initialized, bool restarted) {
    if (restarted) Add("restart", started_ns, "");
    if (initialized) Add("init", started_ns, "");
    Add("start", started_ns, "");
    Flush();
}

void Events::Died(const ExitRecord& exit) {
    if (exit.oom_killed) Add("oom", exit.finished_ns, "");
    char more[64];
    snprintf(more, sizeof more, ",\"exitCode\":%d", exit.exit_code);
    Add("died", exit.finished_ns, more);
    Flush();
}

void Events::Removed() {
    run_[0] = '\0';
    Tell("remove", Now(), "");
}

void Events::Health(const char* status, uint32_t number) {
    char more[64], key_end[16];
    snprintf(more, sizeof more, ",\"healthStatus\":\"%s\"", status);
    snprintf(key_end, sizeof key_end, "-%u", number);
    Add("health_status", Now(), more, key_end);
    Flush();
}

void Events::ExecStarted(const char* session, uint64_t started_ns) {
    char key_end[kSessionKey];
    snprintf(key_end, sizeof key_end, ".%s", session);
    Add("exec", started_ns, "", key_end);
    Flush();
}

void Events::ExecDied(const char* session, uint64_t finished_ns, int exit_code) {
    char more[64], key_end[kSessionKey];
    snprintf(more, sizeof more, ",\"exitCode\":%d", exit_code);
    snprintf(key_end, sizeof key_end, ".%s", session);
    Add("exec_died", finished_ns, more, key_end);
    Flush();
}

void Events::Tell(const char* event, uint64_t time_ns, const char* more) {
    Add(event, time_ns, more);
    Flush();
}

void Events::Add(const char* event, uint64_t time_ns, const char* more, const char* key_end) {
    if (!log_.valid()) return;
    char* words = words_[lines_];
    int size = snprintf(words, sizeof words_[0],
                        "{\"version\":1,\"time\":\"%" PRIu64 "\",\"event\":\"%s\",\"key\":\"%s%s.%s%s\"%s,",
                        time_ns, event, id_.c_str(), run_, event, key_end, more);
    if (size >= static_cast<int>(sizeof words_[0])) return;
    static char end[] = "}\n";
    struct iovec* parts = parts_ + 3 * lines_++;
    parts[0] = {words, static_cast<size_t>(size)};
    parts[1] = {const_cast<char*>(subject_.c_str()), subject_.size};
    parts[2] = {end, 2};
}

// What finds no room is owed: the next engine that brings the container up to date tells it.
void Events::Flush() {
    if (lines_ > 0) (void)log_.Append(parts_, 3 * lines_).ok();
    lines_ = 0;
}

}  // namespace libpod
