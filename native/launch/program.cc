#include "launch/program.h"

#include <cstring>

namespace libpod {

bool SectionCursor::Next(Instruction* instruction) {
    if (index_ == count_) return false;
    uint16_t op;
    if (!reader_.Read(&op) || !reader_.Read(&instruction->arguments)) return false;
    instruction->op = static_cast<Op>(op);
    instruction->index = index_++;
    return true;
}

const char* Program::Load(const uint8_t* data, size_t size) {
    if (size < 6 || memcmp(data, "LPOD", 4) != 0) return "not a launch program";
    Reader reader(data + 4, size - 4);
    uint16_t version;
    if (!reader.Read(&version)) return "cut short";
    if (version != kProgramVersion) return "of another version";
    for (int section = 0; section < kSectionCount; section++) {
        uint32_t count;
        if (!reader.Read(&count)) return "cut short";
        const uint8_t* begin = reader.at();
        for (uint32_t i = 0; i < count; i++) {
            uint16_t op;
            Bytes arguments;
            if (!reader.Read(&op) || !reader.Read(&arguments)) return "cut short";
            if ((SectionsOf(static_cast<Op>(op)) & (1u << section)) == 0)
                return "an instruction in a wrong section";
            Reader inner(arguments.data, arguments.size);
            if (!CanDecode(static_cast<Op>(op), &inner) || inner.left() != 0) return "wrong arguments";
        }
        sections_[section].bytes = Bytes{begin, static_cast<uint32_t>(reader.at() - begin)};
        sections_[section].count = count;
    }
    return reader.left() == 0 ? nullptr : "longer than it says";
}

}  // namespace libpod
