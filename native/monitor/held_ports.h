// Ports of the host that a container has published: sockets that are bound and nothing more, so that no
// program of the host comes to listen there, where it would never hear of anybody. Those of the loopback of
// IPv6 listen, and what comes there is passed on (forwarder.h).
#ifndef LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_
#define LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "launch/launch.h"
#include "monitor/forwarder.h"
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
    // Passes what comes from the loopback of IPv6 on to this address from now on; false for what is none.
    bool LeadTo(const Bytes& to);

    // Waits for the first who comes from there.
    void Watch(int epoll, uint32_t token);
    // Somebody has come.
    void Forward();
    // A child has ended; false if it is none of this.
    bool Ended(pid_t child);
    // The container has ended: nobody is led to it any more.
    void StopForwarding();
    void LetGo();

  private:
    Status Keep(const HeldPort& port);
    void SetInterest(bool waits);

    HeldPort* ports_ = nullptr;
    size_t count_ = 0;
    size_t size_ = 0;  // of the memory, in bytes
    uint8_t to_[16] = {};
    uint32_t to_size_ = 0;
    int epoll_ = -1;
    uint32_t token_ = 0;
    pid_t forwarder_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_HELD_PORTS_H_
