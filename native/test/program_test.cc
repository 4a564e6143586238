// The decoder of launch programs (launch/program.h, launch/reader.h).
#include "launch/program.h"

#include <cstring>
#include <string>

#include "test/harness.h"
#include "test/program_bytes.h"

namespace libpod::test {
namespace {

// What Load says: "" if the program is fine. The bytes lie in a block of exactly their size, so that the
// sanitizer sees a read past the end.
std::string LoadBytes(const std::vector<uint8_t>& bytes) {
    std::vector<uint8_t> exact(bytes.begin(), bytes.end());
    Program program;
    const char* wrong = program.Load(exact.data(), exact.size());
    return wrong == nullptr ? "" : wrong;
}

std::vector<uint8_t> Mkdir(const char* path, uint32_t mode) {
    return Join(String(path), Word(mode));
}

ProgramBytes Sample() {
    ProgramBytes program;
    program.Put<uint32_t>(2)
        .Instruction(Op::kMkdir, Mkdir("/a", 0755))
        .Instruction(Op::kMkdir, Mkdir("/b", 0700));
    program.Put<uint32_t>(0);                                     // clone
    program.Put<uint32_t>(1).Instruction(Op::kReleaseChild, {});  // parent
    program.EmptyFrom(3);
    return program;
}

TEST(ProgramLoadsAndIsWalked) {
    ProgramBytes sample = Sample();
    Program program;
    REQUIRE(program.Load(sample.bytes().data(), sample.bytes().size()) == nullptr);
    SectionCursor cursor = program.Open(Section::kPrepare);
    Instruction instruction;
    REQUIRE(cursor.Next(&instruction));
    CHECK(instruction.op == Op::kMkdir && instruction.index == 0);
    REQUIRE(cursor.Next(&instruction));
    CHECK(instruction.index == 1);
    Reader reader(instruction.arguments.data, instruction.arguments.size);
    MkdirOp op;
    REQUIRE(op.Decode(&reader));
    CHECK(strcmp(op.path.c_str(), "/b") == 0 && op.mode == 0700);
    CHECK(!cursor.Next(&instruction));
    CHECK(!program.Open(Section::kTeardown).Next(&instruction));
}

TEST(ProgramRefusesEveryPrefix) {
    const std::vector<uint8_t> whole = Sample().bytes();
    for (size_t size = 0; size < whole.size(); size++) {
        CHECK(
            !LoadBytes(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<long>(size))).empty());
    }
    CHECK(LoadBytes(whole).empty());
}

TEST(ProgramRefusesWhatIsNotOne) {
    std::vector<uint8_t> bytes = Sample().bytes();
    bytes[0] = 'X';
    CHECK(LoadBytes(bytes) == "not a launch program");
    CHECK(LoadBytes(ProgramBytes(kProgramVersion + 1).EmptyFrom(0).bytes()) == "of another version");
    CHECK(LoadBytes(Sample().Put<uint8_t>(0).bytes()) == "longer than it says");
}

TEST(ProgramRefusesWrongSections) {
    ProgramBytes exec_in_prepare;
    exec_in_prepare.Put<uint32_t>(1).Instruction(Op::kExec, Join(Word(0), Word(0))).EmptyFrom(1);
    CHECK(LoadBytes(exec_in_prepare.bytes()) == "an instruction in a wrong section");
    ProgramBytes unknown;
    unknown.Put<uint32_t>(1).Instruction(static_cast<Op>(60000), {}).EmptyFrom(1);
    CHECK(LoadBytes(unknown.bytes()) == "an instruction in a wrong section");
    ProgramBytes zero;
    zero.Put<uint32_t>(1).Instruction(static_cast<Op>(0), {}).EmptyFrom(1);
    CHECK(LoadBytes(zero.bytes()) == "an instruction in a wrong section");
}

// One `mkdir` with these bytes for arguments.
std::string LoadMkdir(const std::vector<uint8_t>& arguments) {
    ProgramBytes program;
    program.Put<uint32_t>(1).Instruction(Op::kMkdir, arguments).EmptyFrom(1);
    return LoadBytes(program.bytes());
}

TEST(ProgramRefusesWrongArguments) {
    CHECK(LoadMkdir(Mkdir("/a", 0755)).empty());
    CHECK(LoadMkdir({}) == "wrong arguments");
    CHECK(LoadMkdir(String("/a")) == "wrong arguments");                      // no mode
    CHECK(LoadMkdir(Join(Mkdir("/a", 0755), {0})) == "wrong arguments");      // a byte too many
    CHECK(LoadMkdir(Join(Word(0xffffffff), {'/', 0})) == "wrong arguments");  // longer than all there is
    CHECK(LoadMkdir(Join(Join(Word(2), {'/', 'a', 'b'}), Word(0))) ==
          "wrong arguments");                                                          // no NUL at the end
    CHECK(LoadMkdir(Join(Join(Word(2), {'/', 0, 0}), Word(0))) == "wrong arguments");  // a NUL within
}

// Lists: an exec with these bytes for arguments, the only instruction of its section.
std::string LoadExec(const std::vector<uint8_t>& arguments) {
    ProgramBytes program;
    for (int section = 0; section < static_cast<int>(Section::kExec); section++) program.Put<uint32_t>(0);
    program.Put<uint32_t>(1).Instruction(Op::kExec, arguments);
    program.EmptyFrom(static_cast<int>(Section::kExec) + 1);
    return LoadBytes(program.bytes());
}

TEST(ProgramReadsLists) {
    std::vector<uint8_t> two = Join(Word(2), Join(String("sh"), String("")));
    CHECK(LoadExec(Join(two, Word(0))).empty());
    CHECK(LoadExec(Join(Join(Word(3), Join(String("sh"), String(""))), Word(0))) == "wrong arguments");
    CHECK(LoadExec(Join(Word(0xffffffff), Word(0))) == "wrong arguments");
    Reader reader(two.data(), two.size());
    Texts texts;
    REQUIRE(reader.Read(&texts));
    std::string joined;
    for (Text text : texts) joined += std::string(text.c_str()) + "|";
    CHECK(joined == "sh||" && texts.count() == 2);
}

TEST(ReaderReadsWordsThatAreNotAligned) {
    std::vector<uint8_t> bytes = Join({0}, Join(Word(2), Join(Word(7), Word(0xfffffffe))));
    Reader reader(bytes.data() + 1, bytes.size() - 1);
    Words words;
    REQUIRE(reader.Read(&words));
    CHECK(words.count == 2 && words[0] == 7 && words[1] == 0xfffffffe);
    std::vector<uint8_t> short_of_one = Join(Word(2), Word(7));
    Reader second(short_of_one.data(), short_of_one.size());
    CHECK(!second.Read(&words));
}

TEST(ReaderReadsNothingAfterAFailure) {
    std::vector<uint8_t> bytes = Join(Word(100), Word(1));
    Reader reader(bytes.data(), bytes.size());
    Bytes data;
    CHECK(!reader.Read(&data));
    uint8_t byte;
    CHECK(!reader.Read(&byte));
    CHECK(reader.left() == 0);
}

}  // namespace
}  // namespace libpod::test
