#include "sys/local_socket.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace libpod {
namespace {

// Enters the directory of a path, and puts its last name into an address.
Status EnterDirectoryOf(const char* path, struct sockaddr_un* address) {
    const char* slash = strrchr(path, '/');
    address->sun_family = AF_UNIX;
    if (slash == nullptr || strlen(slash + 1) >= sizeof address->sun_path) return FailWith("bind", EINVAL);
    strcpy(address->sun_path, slash + 1);
    char directory[PATH_MAX];
    size_t length = static_cast<size_t>(slash - path) + 1;
    if (length >= sizeof directory) return FailWith("chdir", ENAMETOOLONG);
    memcpy(directory, path, length);
    directory[length] = '\0';
    return chdir(directory) == 0 ? Ok() : Fail("chdir");
}

}  // namespace

Status ListenAt(const char* path, int flags, OwnedFd* out) {
    struct sockaddr_un address = {};
    OwnedFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!listener.valid()) return Fail("socket");
    LIBPOD_TRY(EnterDirectoryOf(path, &address));
    if (unlink(address.sun_path) != 0 && errno != ENOENT) return Fail("unlink");
    mode_t before = umask(0177);
    int bound = bind(listener.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address);
    umask(before);
    if (bound != 0) return Fail("bind");
    if (chdir("/") != 0) return Fail("chdir");
    // More than any limit of the kernel's: as long a queue as there may be.
    constexpr int kQueue = 4096;
    if (listen(listener.get(), kQueue) != 0) return Fail("listen");
    *out = static_cast<OwnedFd&&>(listener);
    return Ok();
}

Status ConnectTo(const char* path, OwnedFd* out) {
    struct sockaddr_un address = {};
    OwnedFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!client.valid()) return Fail("socket");
    LIBPOD_TRY(EnterDirectoryOf(path, &address));
    if (connect(client.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) != 0)
        return Fail("connect");
    if (chdir("/") != 0) return Fail("chdir");
    *out = static_cast<OwnedFd&&>(client);
    return Ok();
}

}  // namespace libpod
