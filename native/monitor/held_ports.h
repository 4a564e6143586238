// Ports of the host that a container has published: sockets that are bound and nothing more, so that no
// program of the host comes to listen there, where it would never hear of anybody.
#ifndef LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_
#define LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_

#include <cstddef>

#include "launch/launch.h"
#include "sys/result.h"

namespace libpod {

class HeldPorts {
  public:
    HeldPorts() = default;
    ~HeldPorts() { LetGo(); }
    HeldPorts(const HeldPorts&) = delete;
    HeldPorts& operator=(const HeldPorts&) = delete;

    // EADDRINUSE if somebody has it. A protocol that the kernel does not speak has no programs to keep away.
    Status Hold(const HoldPortOp& op);
    void LetGo();

  private:
    int* sockets_ = nullptr;
    size_t count_ = 0;
    size_t size_ = 0;  // of the memory, in bytes
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_
