#include "sys/name_link.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstring>

#include "sys/directory.h"

namespace libpod {
namespace {

bool UnlinkIfOf(int at, const char* path, const char* id) {
    char target[128];
    ssize_t size = readlinkat(at, path, target, sizeof target);
    bool ours = size >= 0 && static_cast<size_t>(size) == strlen(id) && memcmp(target, id, strlen(id)) == 0;
    return ours && unlinkat(at, path, 0) == 0;
}

}  // namespace

void UnlinkName(const char* path, const char* id) {
    if (UnlinkIfOf(AT_FDCWD, path, id)) return;
    const char* slash = strrchr(path, '/');
    char parent[PATH_MAX];
    auto length = slash == nullptr ? sizeof parent : static_cast<size_t>(slash - path);
    if (length >= sizeof parent) return;
    memcpy(parent, path, length);
    parent[length] = '\0';
    Directory names;
    if (!names.Open(AT_FDCWD, parent).ok()) return;
    DirectoryEntry entry;
    while (names.Next(&entry)) {
        if (UnlinkIfOf(names.fd(), entry.name, id)) return;
    }
}

}  // namespace libpod
