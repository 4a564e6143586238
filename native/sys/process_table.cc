#include "sys/process_table.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/directory.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"

namespace libpod {
namespace {

bool IsPid(const char* name) {
    return name[0] >= '1' && name[0] <= '9';
}

// The inode in a link such as `net:[4026531840]`.
double LinkedInode(int directory, const char* path) {
    char target[64];
    ssize_t size = readlinkat(directory, path, target, sizeof target - 1);
    if (size <= 0) return 0;
    target[size] = '\0';
    const char* bracket = strchr(target, '[');
    return bracket == nullptr ? 0 : static_cast<double>(ParseNumber(bracket + 1));
}

}  // namespace

const char* const kNamespaceNames[kNamespaceTypes] = {"cgroup", "ipc",  "mnt",  "net",
                                                      "pid",    "time", "user", "uts"};

Status ReadProcessStats(std::string* out) {
    Directory proc;
    LIBPOD_TRY(proc.Open(AT_FDCWD, "/proc"));
    DirectoryEntry entry;
    char path[64], text[2048];
    while (proc.Next(&entry)) {
        if (!IsPid(entry.name)) continue;
        snprintf(path, sizeof path, "%s/stat", entry.name);
        long size = ReadFile(proc.fd(), path, text, sizeof text);
        if (size > 0) out->append(text, static_cast<size_t>(size) + 1);
    }
    return proc.status();
}

Status ReadProcessNamespaces(std::vector<double>* out) {
    Directory proc;
    LIBPOD_TRY(proc.Open(AT_FDCWD, "/proc"));
    DirectoryEntry entry;
    char path[64];
    while (proc.Next(&entry)) {
        if (!IsPid(entry.name)) continue;
        struct stat info;
        if (fstatat(proc.fd(), entry.name, &info, 0) != 0) continue;
        double row[kNamespaceColumns] = {static_cast<double>(ParseNumber(entry.name)),
                                         static_cast<double>(info.st_uid)};
        bool any = false;
        snprintf(path, sizeof path, "%s/ns", entry.name);
        OwnedFd links(openat(proc.fd(), path, O_PATH | O_DIRECTORY | O_CLOEXEC));
        for (int i = 0; i < kNamespaceTypes && links.valid(); i++) {
            row[2 + i] = LinkedInode(links.get(), kNamespaceNames[i]);
            any = any || row[2 + i] != 0;
        }
        if (any) out->insert(out->end(), row, row + kNamespaceColumns);
    }
    return proc.status();
}

}  // namespace libpod
