// The formats of a container's log, one line an entry.
//
// k8s-file, which keeps all bytes but the newlines (the Kubernetes CRI log format):
//
//     2018-05-01T10:00:00.123456789+00:00 stdout F the line
//     |- RFC 3339, nanoseconds, UTC -|    |stream |F: full, P: the line goes on in the stream's next entry
//
// json-file, as docker writes it (moby, daemon/logger/jsonfilelog). A full line ends in \n; what is no UTF-8
// becomes U+FFFD; `attrs` is there if the container has any:
//
//     {"log":"the line\n","stream":"stdout","attrs":{"tag":"web"},"time":"2018-05-01T10:00:00.123456789Z"}
#ifndef LIBPOD_NATIVE_MONITOR_LOG_FORMAT_H_
#define LIBPOD_NATIVE_MONITOR_LOG_FORMAT_H_

#include <cstddef>
#include <cstdint>

#include "launch/reader.h"

namespace libpod {

// The numbers of the launch program.
enum class LogFormat : uint32_t { kK8sFile, kJsonFile };

// A moment, written out. The date and the second are worked out once a second.
class Timestamp {
  public:
    void Now();
    static constexpr size_t kSecond = sizeof "2018-05-01T10:00:00" - 1;
    // `yyyy-mm-ddThh:mm:ss`
    const char* second() const { return second_; }
    uint32_t nanosecond() const { return nanosecond_; }

  private:
    int64_t at_ = -1;
    uint32_t nanosecond_ = 0;
    char second_[64];
};

// The prefix of an entry of k8s-file, with room behind it for copies in whole words.
struct K8sPrefix {
    static constexpr size_t kSize = sizeof "2018-05-01T10:00:00.123456789+00:00 stdout F " - 1;
    char text[48];
    K8sPrefix(const Timestamp& time, bool error_stream);
};

// The most that an entry of json-file with so many bytes of output takes.
constexpr size_t JsonCapacity(size_t size, size_t attributes) {
    return size * 6 + attributes + 128;
}

// Writes an entry of json-file; answers its size.
size_t PutJson(uint8_t* out, const Timestamp& time, bool error_stream, const uint8_t* text, size_t size,
               bool newline, const Bytes& attributes);

// Writes text as the inside of a string of JSON, at most six bytes for each of its own; answers its end.
uint8_t* PutEscaped(uint8_t* out, const uint8_t* text, size_t size);

// How many bytes at the end of a text begin a character of UTF-8 that is not whole yet.
size_t IncompleteTail(const uint8_t* text, size_t size);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_LOG_FORMAT_H_
