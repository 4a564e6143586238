#include "sys/tree_size.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "sys/directory.h"

namespace libpod {
namespace {

constexpr size_t kMaxDepth = 256;

}  // namespace

Status TreeSize(const char* path, uint64_t* bytes) {
    *bytes = 0;
    // Files with several names, which count once.
    std::set<std::pair<dev_t, ino_t>> seen;
    std::vector<std::unique_ptr<Directory>> open;
    auto enter = [&open](int at, const char* name) {
        auto directory = std::make_unique<Directory>();
        Status status = directory->Open(at, name);
        if (status.ok()) open.push_back(std::move(directory));
        return status;
    };
    Status opened = enter(AT_FDCWD, path);
    if (!opened.ok()) return opened.error == ENOENT ? Ok() : opened;
    while (!open.empty()) {
        Directory& directory = *open.back();
        DirectoryEntry entry;
        if (!directory.Next(&entry)) {
            LIBPOD_TRY(directory.status());
            open.pop_back();
            continue;
        }
        struct stat info;
        if (fstatat(directory.fd(), entry.name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISDIR(info.st_mode)) {
            if (open.size() < kMaxDepth) (void)enter(directory.fd(), entry.name).ok();
        } else if (info.st_nlink == 1 || seen.emplace(info.st_dev, info.st_ino).second) {
            *bytes += static_cast<uint64_t>(info.st_size);
        }
    }
    return Ok();
}

}  // namespace libpod
