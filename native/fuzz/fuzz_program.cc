// The decoder of launch programs. What Load accepts, the monitor walks without further checks: so do we,
// reading every byte that an argument names. The bytes lie in a block of exactly their size, so that a read
// past the end is seen.
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "launch/program.h"

namespace {

using libpod::Bytes;
using libpod::Op;
using libpod::Reader;
using libpod::Text;
using libpod::Texts;
using libpod::Words;

volatile uint64_t sink;  // what is added to it, the compiler cannot leave out

// Reads all that the bytes hold as each kind of argument: the readers must stay inside whatever they are
// told.
template <typename T>
void ReadAll(const Bytes& bytes) {
    Reader reader(bytes.data, bytes.size);
    T value;
    while (reader.left() > 0 && reader.Read(&value)) {
        if constexpr (std::is_same_v<T, Text>) {
            sink = sink + strlen(value.c_str());
            if (strlen(value.c_str()) != value.size) abort();
        } else if constexpr (std::is_same_v<T, Texts>) {
            uint32_t count = 0;
            for (Text text : value) {
                if (strlen(text.c_str()) != text.size) abort();
                count++;
            }
            if (count != value.count()) abort();
        } else if constexpr (std::is_same_v<T, Words>) {
            for (uint32_t i = 0; i < value.count; i++) sink = sink + value[i];
        } else if constexpr (std::is_same_v<T, Bytes>) {
            for (uint32_t i = 0; i < value.size; i++) sink = sink + value.data[i];
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint8_t* exact = static_cast<uint8_t*>(malloc(size == 0 ? 1 : size));
    if (size > 0) memcpy(exact, data, size);
    libpod::Program program;
    if (program.Load(exact, size) == nullptr) {
        for (int section = 0; section < libpod::kSectionCount; section++) {
            libpod::SectionCursor cursor = program.Open(static_cast<libpod::Section>(section));
            libpod::Instruction instruction;
            uint32_t count = 0;
            while (cursor.Next(&instruction)) {
                if (instruction.index != count++) abort();
                if ((libpod::SectionsOf(instruction.op) & (1u << section)) == 0) abort();
                Reader reader(instruction.arguments.data, instruction.arguments.size);
                if (!libpod::CanDecode(instruction.op, &reader) || reader.left() != 0) abort();
                ReadAll<Text>(instruction.arguments);
                ReadAll<Texts>(instruction.arguments);
                ReadAll<Words>(instruction.arguments);
                ReadAll<Bytes>(instruction.arguments);
            }
        }
    }
    free(exact);
    return 0;
}
