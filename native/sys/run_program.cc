#include "sys/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// How often one is looked for whose end no descriptor tells.
constexpr int kLookAgainMs = 10;
constexpr size_t kMostWords = 160;

uint64_t Milliseconds() {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

// The list that execve(2) takes, with one place more in front of it.
class Pointers {
  public:
    explicit Pointers(const Texts& texts, const char* const* more = nullptr)
        : size_((texts.count() + Count(more) + 2) * sizeof(char*)) {
        void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return;
        items_ = static_cast<char**>(memory);
        size_t index = 1;
        for (Text text : texts) items_[index++] = const_cast<char*>(text.c_str());
        for (; more != nullptr && *more != nullptr; more++) items_[index++] = const_cast<char*>(*more);
    }
    ~Pointers() {
        if (items_ != nullptr) munmap(items_, size_);
    }
    Pointers(const Pointers&) = delete;
    Pointers& operator=(const Pointers&) = delete;

    bool valid() const { return items_ != nullptr; }
    char** all() const { return items_; }
    char** list() const { return items_ + 1; }

  private:
    static size_t Count(const char* const* texts) {
        size_t count = 0;
        while (texts != nullptr && texts[count] != nullptr) count++;
        return count;
    }

    size_t size_;
    char** items_ = nullptr;
};

Status InputFile(const ProgramRun& run, OwnedFd* out) {
    out->Reset(static_cast<int>(syscall(SYS_memfd_create, "input", 1u /* MFD_CLOEXEC */)));
    if (!out->valid()) return Fail("memfd_create");
    LIBPOD_TRY(WriteAll(out->get(), run.input, run.input_size));
    return lseek(out->get(), 0, SEEK_SET) == 0 ? Ok() : Fail("lseek");
}

// In the child: becomes the program, or tells the errno.
[[noreturn]] void Become(const char* path, char** arguments, char** environment, const int* streams,
                         int failure) {
    prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL), 0, 0, 0);
    setsid();
    bool placed = true;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        placed = placed && (streams[fd] < 0 || dup2(streams[fd], fd) >= 0);
    placed = placed && dup2(failure, 3) >= 0 && fcntl(3, F_SETFD, FD_CLOEXEC) == 0 &&
             sys::CloseRange(4, ~0u, 0) == 0;
    int error = errno;
    if (placed) {
        umask(022);
        ResetSignals();
        execve(path, arguments, environment);
        error = errno;
        failure = 3;
    }
    (void)!write(failure, &error, sizeof error);
    _exit(127);
}

struct FirstWords {
    char text[kMostWords + 1] = "";
    size_t size = 0;
    OwnedFd from;

    // Takes what there is to read; what does not fit is lost.
    void Collect() {
        char buffer[1024];
        while (from.valid()) {
            ssize_t count = read(from.get(), buffer, sizeof buffer);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return;
            if (count <= 0) {
                from.Reset();
                return;
            }
            size_t room = kMostWords - size;
            size_t taken = static_cast<size_t>(count) < room ? static_cast<size_t>(count) : room;
            memcpy(text + size, buffer, taken);
            size += taken;
            text[size] = '\0';
        }
    }
};

// Waits for the end of the program, or of the time that it has. False for the latter.
bool Await(int pid, uint64_t timeout_ms, FirstWords* words, siginfo_t* ended) {
    uint64_t deadline = Milliseconds() + timeout_ms;
    // A system call filter of the container's may refuse it.
    OwnedFd pidfd(sys::PidfdOpen(pid));
    for (;;) {
        *ended = {};
        int answer = waitid(P_PID, static_cast<id_t>(pid), ended, WEXITED | WNOHANG);
        words->Collect();
        if (ended->si_pid != 0 || (answer != 0 && errno != EINTR)) return true;
        int patience = pidfd.valid() ? -1 : kLookAgainMs;
        if (timeout_ms != 0) {
            uint64_t now = Milliseconds();
            if (now >= deadline) return false;
            uint64_t left = deadline - now;
            if (patience < 0 || left < static_cast<uint64_t>(patience))
                patience = left > 1'000'000 ? 1'000'000 : static_cast<int>(left);
        }
        struct pollfd ends[2] = {{pidfd.get(), POLLIN, 0}, {words->from.get(), POLLIN, 0}};
        poll(ends, 2, patience);
    }
}

}  // namespace

Status RunProgram(const ProgramRun& run, char* said, size_t capacity) {
    said[0] = '\0';
    OwnedFd input;
    LIBPOD_TRY(InputFile(run, &input));
    Pointers arguments(run.arguments, run.more_arguments), environment(run.environment);
    if (!arguments.valid() || !environment.valid()) return FailWith("mmap", ENOMEM);
    bool named = run.arguments.count() > 0;
    if (!named) arguments.all()[0] = const_cast<char*>(run.path);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Fail("pipe2");
    FirstWords words;
    words.from.Reset(ends[0]);
    OwnedFd output(ends[1]);
    if (pipe2(ends, O_CLOEXEC) != 0) return Fail("pipe2");
    OwnedFd told(ends[0]), failure(ends[1]);
    int pid = fork();
    if (pid < 0) return Fail("fork");
    if (pid == 0) {
        const int streams[] = {input.get(), output.get(), output.get()};
        Become(run.path, named ? arguments.list() : arguments.all(), environment.list(),
               run.streams == nullptr ? streams : run.streams, failure.get());
    }
    output.Reset();
    failure.Reset();
    fcntl(words.from.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
    int error = 0;
    ssize_t count;
    do {
        count = read(told.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    siginfo_t ended;
    bool in_time = Await(pid, run.timeout_ms, &words, &ended);
    if (count == static_cast<ssize_t>(sizeof error)) return FailWith("execve", error);
    const char* mark = words.size > 0 ? ": " : "";
    if (!in_time) {
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
        while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED) != 0 && errno == EINTR) {
        }
        snprintf(said, capacity, "killed after %llu ms%s%s", static_cast<unsigned long long>(run.timeout_ms),
                 mark, words.text);
        return FailWith("waitid", ETIMEDOUT);
    }
    if (ended.si_code == CLD_EXITED && ended.si_status == 0) return Ok();
    const char* how = ended.si_code == CLD_EXITED ? "exit status" : "killed by signal";
    snprintf(said, capacity, "%s %d%s%s", how, ended.si_status, mark, words.text);
    return FailWith("waitid", ECANCELED);
}

}  // namespace libpod
