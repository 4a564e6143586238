// The writer of trees: any entries in any order, with links that lead anywhere, may change nothing but what
// is beneath its directory. Beside that lies a file which must stay as it is.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "fuzz/input.h"
#include "sys/directory.h"
#include "sys/file.h"
#include "sys/syscalls.h"
#include "sys/tree_writer.h"

namespace {

constexpr char kKept[] = "kept";

// The place of all runs: BASE/tree, which is written, and BASE/victim/file, which is not.
struct Place {
    std::string base;
    std::string absolute;

    Place() {
        char name[] = "/tmp/fuzz-tree-XXXXXX";
        if (mkdtemp(name) == nullptr) abort();
        base = name;
        absolute = base + "/victim";
        if (mkdir(absolute.c_str(), 0700) != 0) abort();
        libpod::OwnedFd file(open((absolute + "/file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        if (!libpod::WriteAll(file.get(), kKept, sizeof kKept).ok()) abort();
    }
    ~Place() { (void)libpod::RemoveTree(AT_FDCWD, base.c_str()).ok(); }

    int Count(const std::string& path) const {
        libpod::Directory directory;
        if (!directory.Open(AT_FDCWD, path.c_str()).ok()) return -1;
        libpod::DirectoryEntry entry;
        int count = 0;
        while (directory.Next(&entry)) count++;
        return count;
    }

    void Check() const {
        if (Count(base) != 2 || Count(absolute) != 1) abort();
        struct stat info;
        if (lstat((absolute + "/file").c_str(), &info) != 0) abort();
        if (!S_ISREG(info.st_mode) || info.st_nlink != 1 || info.st_size != sizeof kKept) abort();
        if ((info.st_mode & 07777) != 0600 || info.st_uid != getuid()) abort();
        char text[sizeof kKept];
        libpod::OwnedFd file(open((absolute + "/file").c_str(), O_RDONLY | O_CLOEXEC));
        if (read(file.get(), text, sizeof text) != sizeof text || memcmp(text, kKept, sizeof text) != 0)
            abort();
    }
};

// Few names, so that entries meet each other.
class Input : public FuzzInput {
  public:
    using FuzzInput::FuzzInput;
    // A path of one to three names, without `.` and `..`, as the writer's contract has it.
    std::string Path() {
        static const char* const kNames[] = {"a", "b", "file", "victim"};
        uint8_t byte = Byte();
        std::string path = kNames[byte & 3];
        for (int at = 0; at < (byte >> 6) % 3; at++)
            path += std::string("/") + kNames[(byte >> (2 + 2 * at)) & 3];
        return path;
    }
    std::string Link(const Place& place) {
        const std::string links[] = {
            "a",
            "b/a",
            "..",
            "../victim",
            "../victim/file",
            "../../../../../../../.." + place.absolute,
            place.absolute,
            place.absolute + "/file",
            "/",
            "/proc/self/cwd",
            "/proc/self/root",
            "../../..",
        };
        return links[Byte() % (sizeof links / sizeof *links)];
    }
};

void Write(libpod::TreeWriter* writer, Input* input, const Place& place) {
    while (!input->empty()) {
        libpod::TreeAttributes attributes;
        attributes.mode = 0644;
        attributes.uid = getuid();
        attributes.gid = getgid();
        uint8_t op = input->Byte() % 9;
        std::string path = input->Path();
        switch (op) {
            case 0:
                attributes.mode = 0755;
                (void)writer->MakeDirectory(path, attributes).ok();
                break;
            case 1:
                if (writer->BeginFile(path, attributes).ok()) {
                    (void)writer->WriteFile("x", 1).ok();
                    (void)writer->EndFile().ok();
                }
                break;
            case 2:
                if (writer->BeginFile(path, attributes).ok()) writer->Abandon();
                break;
            case 3:
                (void)writer->MakeSymlink(path, input->Link(place), attributes).ok();
                break;
            case 4:
                (void)writer->MakeHardLink(path, input->Path()).ok();
                break;
            case 5:
                attributes.mode |= S_IFIFO;
                (void)writer->MakeNode(path, 0, 0, attributes).ok();
                break;
            case 6:
                (void)writer->MakeWhiteout(path).ok();
                break;
            case 7:
                (void)writer->MakeOpaque(path).ok();
                break;
            default:
                (void)writer->Remove(path).ok();
        }
    }
    writer->End();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const Place place;
    // Longer ones find nothing that short ones do not.
    if (size < 2 || size > 256) return -1;
    std::string tree = place.base + "/tree";
    if (mkdir(tree.c_str(), 0755) != 0) abort();
    Input input(data, size);
    uint8_t kind = input.Byte();
    {
        libpod::OwnedFd root(open(tree.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        libpod::TreeWriter writer;
        libpod::TreeWriter::Options options;
        options.resolve = ((kind & 1) != 0 ? RESOLVE_BENEATH : RESOLVE_IN_ROOT) | RESOLVE_NO_MAGICLINKS;
        options.replace = (kind & 2) != 0;
        if (!writer.Begin(root.get(), options).ok()) abort();
        Write(&writer, &input, place);
    }
    place.Check();
    if (!libpod::RemoveTree(AT_FDCWD, tree.c_str()).ok()) abort();
    return 0;
}
