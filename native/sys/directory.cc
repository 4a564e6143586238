#include "sys/directory.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace libpod {
namespace {

// struct linux_dirent64 of getdents64(2).
struct RawEntry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

}  // namespace

Status Directory::Open(int at, const char* path) {
    fd_.Reset(openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return fd_.valid() ? Ok() : Fail("openat");
}

bool Directory::Next(DirectoryEntry* entry) {
    for (;;) {
        if (at_ == size_) {
            long count = syscall(SYS_getdents64, fd_.get(), buffer_, sizeof buffer_);
            // ENOENT: somebody has removed the directory itself meanwhile, so nothing is left in it.
            if (count < 0 && errno != ENOENT) status_ = Fail("getdents64");
            if (count <= 0) return false;
            size_ = static_cast<size_t>(count);
            at_ = 0;
        }
        auto* raw = reinterpret_cast<RawEntry*>(buffer_ + at_);
        at_ += raw->length;
        if (strcmp(raw->name, ".") == 0 || strcmp(raw->name, "..") == 0) continue;
        *entry = DirectoryEntry{raw->name, raw->type};
        return true;
    }
}

}  // namespace libpod
