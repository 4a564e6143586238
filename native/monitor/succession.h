// What passes from one run of a container to the next, where its restart policy asks for one: the monitor
// keeps the lock, the control socket and the count, and all else is made anew.
#ifndef LIBPOD_NATIVE_MONITOR_SUCCESSION_H_
#define LIBPOD_NATIVE_MONITOR_SUCCESSION_H_

#include <cstdint>

#include "launch/launch.h"
#include "launch/program.h"
#include "monitor/held_ports.h"
#include "monitor/journal.h"
#include "sys/fd.h"

namespace libpod {

// As the instruction `restart` has it.
enum class RestartPolicy : uint32_t { kNo, kAlways, kOnFailure };

// A launch program in memory.
class LoadedProgram {
  public:
    LoadedProgram() = default;
    ~LoadedProgram() { Unload(); }
    LoadedProgram(const LoadedProgram&) = delete;
    LoadedProgram& operator=(const LoadedProgram&) = delete;

    // Takes the descriptor over. Answers what is wrong with it, or nullptr.
    const char* Load(OwnedFd fd);
    // Checks what was loaded. Answers what is wrong with it, or nullptr.
    const char* Parse() { return program_.Load(bytes(), size_); }
    void Unload();
    bool loaded() const { return bytes_ != nullptr; }
    void Swap(LoadedProgram* other);
    const Program& program() const { return program_; }
    const uint8_t* bytes() const { return static_cast<const uint8_t*>(bytes_); }
    size_t size() const { return size_; }

  private:
    void* bytes_ = nullptr;
    size_t size_ = 0;
    Program program_;
};

class Succession {
  public:
    // Whether another run is to follow one that ended so; reckons its delay then. An engine may have left a
    // program beside ours meanwhile: it holds for what follows, and so does its policy.
    bool Decide(const RestartOp& own, const ExitRecord& exit);
    // The program of the next run, if it is not that of the last.
    LoadedProgram& next() { return next_; }

    // How many runs came before this one, all by the policy.
    uint32_t restarts = 0;
    uint64_t delay_ms = 0;
    // Nobody wants another run: whoever stopped the container said so.
    bool retired = false;
    // Another one follows whatever the policy says: the healthcheck asks for it.
    bool again = false;
    // What the last run leaves to the next.
    bool pending = false;
    ExitRecord exit;
    Journal journal;
    OwnedFd listener;
    HeldPorts ports;

  private:
    LoadedProgram next_;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_SUCCESSION_H_
