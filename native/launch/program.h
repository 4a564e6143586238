// A launch program as the monitor sees it: bytes that are checked whole before the first instruction runs.
#ifndef LIBPOD_NATIVE_LAUNCH_PROGRAM_H_
#define LIBPOD_NATIVE_LAUNCH_PROGRAM_H_

#include <cstddef>
#include <cstdint>

#include "launch/launch.h"

namespace libpod {

struct Instruction {
    Op op;
    uint32_t index;  // in its section
    Bytes arguments;
};

// A cursor over the instructions of one section.
class SectionCursor {
  public:
    SectionCursor(Bytes bytes, uint32_t count) : reader_(bytes.data, bytes.size), count_(count) {}
    bool Next(Instruction* instruction);

  private:
    Reader reader_;
    uint32_t count_;
    uint32_t index_ = 0;
};

class Program {
  public:
    // Checks magic, version, every section and every argument. Answers nullptr, or what is wrong.
    const char* Load(const uint8_t* data, size_t size);

    SectionCursor Open(Section section) const {
        const SectionView& view = sections_[static_cast<int>(section)];
        return SectionCursor(view.bytes, view.count);
    }

  private:
    struct SectionView {
        Bytes bytes;
        uint32_t count = 0;
    };
    SectionView sections_[kSectionCount];
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_LAUNCH_PROGRAM_H_
