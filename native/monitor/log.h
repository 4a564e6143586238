// The container's log: a file of entries (log_format.h) that is replaced by a new one when it has grown.
//
// What a disk refuses is counted, and the file is cut back to whole entries. An entry of ours takes the place
// of what is missing and says how much that is, as soon as there is room for it: on most file systems at
// once, in what is left of the last block.
#ifndef LIBPOD_NATIVE_MONITOR_LOG_H_
#define LIBPOD_NATIVE_MONITOR_LOG_H_

#include <cstddef>
#include <cstdint>

#include "launch/launch.h"
#include "monitor/log_format.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

class Log {
  public:
    Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    // Opens the file that `op` names, and appends to what is there. The strings of `op` must outlive the log.
    Status Open(const LogOp& op);
    // Appends what was read from a stream.
    void Append(bool error_stream, const uint8_t* data, size_t size);
    // Nothing follows: writes what still waits for the end of its line.
    void End();
    // Bytes of output that are not in the log.
    uint64_t lost() const { return lost_; }

  private:
    // docker cuts lines at this size.
    static constexpr size_t kJsonLine = 16 * 1024;
    static constexpr size_t kBuffer = 128 * 1024;

    // The beginning of a line of json-file, whose end has not come yet.
    struct Begun {
        uint8_t* data;
        size_t size;
    };

    void AppendPieces(bool error_stream, const uint8_t* data, size_t size);
    void AppendLines(bool error_stream, const uint8_t* data, size_t size);
    void PutJsonEntry(bool error_stream, const uint8_t* data, size_t size, bool newline);
    void PutBegun(bool error_stream);
    void MakeRoom(size_t size);
    void Commit(size_t entry, size_t output);
    void Flush();
    void Rotate();
    bool Write(const void* data, size_t size);
    void Lose(size_t output, int error);
    void CutBack(size_t size);
    bool Mark(int error);

    OwnedFd file_;
    const char* path_ = nullptr;
    LogFormat format_ = LogFormat::kK8sFile;
    Bytes attributes_ = {};
    uint64_t max_size_ = 0;  // 0: it may grow
    uint32_t max_files_ = 1;
    uint64_t size_ = 0;

    Timestamp time_;
    uint8_t* buffer_ = nullptr;  // entries on their way to the file
    size_t used_ = 0;
    size_t output_ = 0;  // the bytes of output in them
    Begun begun_[2] = {};

    uint64_t lost_ = 0;
    uint64_t hole_ = 0;  // of these, since the last entry that could be written
    size_t marker_ = 0;  // the size of the entry at the end of the file that tells of the hole
    int hole_error_ = 0;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_MONITOR_LOG_H_
