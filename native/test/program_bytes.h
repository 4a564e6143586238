// Lays a launch program out in bytes, also a wrong one.
#ifndef LIBPOD_NATIVE_TEST_PROGRAM_BYTES_H_
#define LIBPOD_NATIVE_TEST_PROGRAM_BYTES_H_

#include <cstdint>
#include <vector>

#include "launch/launch.h"

namespace libpod::test {

class ProgramBytes {
  public:
    explicit ProgramBytes(uint16_t version = kProgramVersion) {
        for (char letter : {'L', 'P', 'O', 'D'}) bytes_.push_back(static_cast<uint8_t>(letter));
        Put(version);
    }

    template <typename T>
    ProgramBytes& Put(T value) {
        auto* at = reinterpret_cast<const uint8_t*>(&value);
        bytes_.insert(bytes_.end(), at, at + sizeof value);
        return *this;
    }
    ProgramBytes& Raw(const std::vector<uint8_t>& more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    ProgramBytes& Instruction(Op op, const std::vector<uint8_t>& arguments) {
        Put(static_cast<uint16_t>(op));
        Put(static_cast<uint32_t>(arguments.size()));
        return Raw(arguments);
    }
    // Sections from `first` on without instructions.
    ProgramBytes& EmptyFrom(int first) {
        for (int section = first; section < kSectionCount; section++) Put<uint32_t>(0);
        return *this;
    }
    const std::vector<uint8_t>& bytes() const { return bytes_; }

  private:
    std::vector<uint8_t> bytes_;
};

inline std::vector<uint8_t> Word(uint32_t value) {
    auto* at = reinterpret_cast<const uint8_t*>(&value);
    return std::vector<uint8_t>(at, at + sizeof value);
}

inline std::vector<uint8_t> Join(std::vector<uint8_t> first, const std::vector<uint8_t>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// A string as an argument: length, bytes, NUL.
inline std::vector<uint8_t> String(const char* text) {
    uint32_t size = static_cast<uint32_t>(strlen(text));
    return Join(Word(size), std::vector<uint8_t>(text, text + size + 1));
}

}  // namespace libpod::test

#endif  // LIBPOD_NATIVE_TEST_PROGRAM_BYTES_H_
