// The reader of trees, and the headers that it writes: whatever a tree holds, and in pieces of any size, the
// archive is whole blocks with sums that are right, and nothing is in it of what links lead to.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "fuzz/input.h"
#include "sys/directory.h"
#include "sys/file.h"
#include "sys/tar_header.h"
#include "sys/tar_source.h"

namespace {

constexpr char kSecret[] = "nobody is to read this";

// The place of all runs: BASE/tree, which is read, and BASE/secret, which is not.
struct Place {
    std::string base;

    Place() {
        char name[] = "/tmp/fuzz-tar-XXXXXX";
        if (mkdtemp(name) == nullptr) abort();
        base = name;
        libpod::OwnedFd file(open((base + "/secret").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (!libpod::WriteAll(file.get(), kSecret, sizeof kSecret).ok()) abort();
    }
    ~Place() { (void)libpod::RemoveTree(AT_FDCWD, base.c_str()).ok(); }
};

class Input : public FuzzInput {
  public:
    using FuzzInput::FuzzInput;
    uint64_t Number() {
        uint64_t number = 0;
        for (int at = Byte() % 9; at > 0; at--) number = number << 8 | Byte();
        return number;
    }
    // Any bytes but a NUL, and as long as ustar's fields or longer.
    std::string Text() {
        std::string text;
        for (int at = Byte() + (Byte() & 1) * 256; at > 0; at--) text += static_cast<char>(Byte() | 1);
        return text;
    }
    // A file's name.
    std::string Name() {
        std::string name;
        for (int at = Byte() % 200; at >= 0; at--) {
            char letter = static_cast<char>(Byte() | 1);
            name += letter == '/' ? '_' : letter;
        }
        return name == "." || name == ".." ? "dot" : name;
    }
};

// The sum of a header: the bytes, its own field taken for blanks.
void CheckHeader(const char* block) {
    unsigned sum = 0;
    for (size_t at = 0; at < libpod::kTarBlock; at++)
        sum += at >= 148 && at < 156 ? ' ' : static_cast<unsigned char>(block[at]);
    if (strtoul(block + 148, nullptr, 8) != sum) abort();
    if (memcmp(block + 257, "ustar", 6) != 0) abort();
}

void WriteHeader(Input* input) {
    static const libpod::TarType kTypes[] = {libpod::TarType::kFile,      libpod::TarType::kHardLink,
                                             libpod::TarType::kSymlink,   libpod::TarType::kCharacterDevice,
                                             libpod::TarType::kDirectory, libpod::TarType::kFifo};
    libpod::TarEntry entry;
    entry.type = kTypes[input->Byte() % (sizeof kTypes / sizeof *kTypes)];
    entry.path = input->Text();
    entry.link = input->Text();
    entry.mode = static_cast<unsigned>(input->Number()) & 07777;
    entry.uid = static_cast<uint32_t>(input->Number());
    entry.gid = static_cast<uint32_t>(input->Number());
    entry.size = input->Number() >> 1;
    entry.seconds = static_cast<int64_t>(input->Number());
    entry.nanoseconds = static_cast<uint32_t>(input->Number()) % 1'000'000'000;
    entry.device_major = static_cast<uint32_t>(input->Number());
    entry.device_minor = static_cast<uint32_t>(input->Number());
    if ((input->Byte() & 1) != 0) entry.xattrs.emplace_back("user." + input->Text(), input->Text());
    std::string head;
    libpod::AppendTarHeader(entry, &head);
    if (head.size() % libpod::kTarBlock != 0 || head.empty()) abort();
    CheckHeader(head.data());
    CheckHeader(head.data() + head.size() - libpod::kTarBlock);
}

void MakeTree(const std::string& tree, const std::string& base, Input* input) {
    std::string directory = tree;
    while (!input->empty()) {
        uint8_t kind = input->Byte();
        std::string path = directory + "/" + input->Name();
        switch (kind % 6) {
            case 0:
                if (mkdir(path.c_str(), 0755) == 0) directory = path;
                break;
            case 1:
                (void)!symlink((base + "/secret").c_str(), path.c_str());
                break;
            case 2:
                (void)mkfifo(path.c_str(), 0600);
                break;
            case 3:
                directory = tree;
                break;
            default: {
                libpod::OwnedFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600));
                if (!file.valid()) break;
                (void)!ftruncate(file.get(), kind * 7);
                std::string value = input->Text();
                (void)fsetxattr(file.get(), "user.x", value.data(), value.size(), 0);
                if ((kind & 1) != 0) (void)!link(path.c_str(), (tree + "/" + input->Name()).c_str());
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const Place place;
    if (size < 2 || size > 4096) return -1;
    Input input(data, size);
    const size_t piece = static_cast<size_t>(input.Byte()) * 16 + 1;
    const uint8_t kind = input.Byte();
    if ((kind & 1) != 0) {
        WriteHeader(&input);
        return 0;
    }
    std::string tree = place.base + "/tree";
    if (mkdir(tree.c_str(), 0755) != 0) abort();
    MakeTree(tree, place.base, &input);
    std::string archive;
    {
        libpod::OwnedFd start(open(tree.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        libpod::TarSource source;
        libpod::TarSource::Options options;
        options.layer = (kind & 2) != 0;
        if (!source.Begin(start.get(), (kind & 4) != 0 ? "name" : "", options).ok()) abort();
        std::string buffer(piece, '\0');
        size_t count = 0;
        do {
            if (!source.Read(reinterpret_cast<uint8_t*>(buffer.data()), piece, &count).ok()) break;
            if (count > piece) abort();
            archive.append(buffer.data(), count);
        } while (count > 0);
        if (count == 0 && archive.size() % libpod::kTarBlock != 0) abort();
    }
    if (archive.find(kSecret) != std::string::npos) abort();
    if (!libpod::RemoveTree(AT_FDCWD, tree.c_str()).ok()) abort();
    return 0;
}
