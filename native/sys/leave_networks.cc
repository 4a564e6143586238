#include "sys/leave_networks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/directory.h"
#include "sys/fd.h"

namespace libpod {
namespace {

constexpr size_t kIdSize = 64;
// What a container is known by among its neighbours: the digits of its ID that people use.
constexpr size_t kMarkSize = 12;

// A container may write to its own hosts file, so nobody reads it for ever.
constexpr off_t kMostHosts = 1 << 20;

struct Link {
    char target[kIdSize + 1];
};

bool ReadLink(int directory, const char* name, Link* link) {
    ssize_t size = readlinkat(directory, name, link->target, sizeof link->target);
    if (size != static_cast<ssize_t>(kIdSize)) return false;
    link->target[kIdSize] = '\0';
    return true;
}

// Calls `act` for each address of a network, with its link's name and the ID of its container.
template <typename Act>
void EachLease(int network, Act act) {
    Directory leases;
    if (!leases.Open(network, ".").ok()) return;
    DirectoryEntry entry;
    Link link;
    while (leases.Next(&entry)) {
        if (ReadLink(network, entry.name, &link)) act(entry.name, link.target);
    }
}

void LeaveNetwork(int network, int hosts, const char* id) {
    bool member = false;
    EachLease(network, [&](const char*, const char* owner) { member |= strcmp(owner, id) == 0; });
    if (!member) return;
    char mark[kMarkSize + 1];
    memcpy(mark, id, kMarkSize);
    mark[kMarkSize] = '\0';
    EachLease(network, [&](const char*, const char* owner) {
        if (strcmp(owner, id) == 0) return;
        // Not waiting for one who holds a lease of the file (fcntl(2), F_SETLEASE): it is the container's.
        OwnedFd file(openat(hosts, owner, O_RDWR | O_NONBLOCK | O_CLOEXEC));
        if (file.valid()) (void)CommentLines(file.get(), mark).ok();
    });
    // Last, as an address that is free may be given out.
    EachLease(network, [&](const char* name, const char* owner) {
        if (strcmp(owner, id) == 0) (void)!unlinkat(network, name, 0);
    });
}

}  // namespace

Status CommentLines(int file, const char* mark) {
    char buffer[4096];
    size_t size = strlen(mark);
    size_t matched = 0;  // of the tab and the mark, in which no other tab is
    off_t line = 0;
    for (off_t at = 0; at < kMostHosts;) {
        ssize_t count = pread(file, buffer, sizeof buffer, at);
        if (count < 0) return Fail("pread");
        if (count == 0) return Ok();
        for (ssize_t i = 0; i < count; i++) {
            char byte = buffer[i];
            char wanted = matched == 0 ? '\t' : mark[matched - 1];
            matched = byte == wanted ? matched + 1 : (byte == '\t' ? 1 : 0);
            if (byte == '\n') line = at + i + 1;
            if (matched <= size) continue;
            matched = 0;
            if (pwrite(file, "#", 1, line) != 1) return Fail("pwrite");
        }
        at += count;
    }
    return Ok();
}

Status LeaveNetworks(const char* networks, const char* hosts, const char* id) {
    if (strlen(id) != kIdSize) return FailWith("decode", EINVAL);
    OwnedFd files(open(hosts, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!files.valid()) return errno == ENOENT ? Ok() : Fail("open");
    char names[kIdSize + sizeof ".names"];
    memcpy(names, id, kIdSize);
    memcpy(names + kIdSize, ".names", sizeof ".names");
    // Made before the first address is taken: without it there is none.
    if (faccessat(files.get(), names, F_OK, 0) != 0) return Ok();
    Directory all;
    LIBPOD_TRY(all.Open(AT_FDCWD, networks));
    DirectoryEntry entry;
    while (all.Next(&entry)) {
        if (entry.name[0] == '.') continue;
        OwnedFd network(openat(all.fd(), entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (network.valid()) LeaveNetwork(network.get(), files.get(), id);
    }
    (void)!unlinkat(files.get(), id, 0);
    (void)!unlinkat(files.get(), names, 0);
    return all.status();
}

}  // namespace libpod
