#include "sys/place.h"

#include <fcntl.h>

#include "sys/root.h"

namespace libpod {
namespace {

std::string ProcPath(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

// The descriptor of the root of a place, opened if it is given by its path.
Status OpenRoot(const Place& place, OwnedFd* opened, int* root) {
    if (place.root.empty()) {
        *root = place.fd;
        return Ok();
    }
    opened->Reset(open(place.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    *root = opened->get();
    return opened->valid() ? Ok() : Fail("open");
}

}  // namespace

Status ResolvedPlace::Resolve(const Place& place, bool follow) {
    switch (place.kind) {
        case Place::kPath:
            directory_ = AT_FDCWD;
            path_ = place.path;
            return Ok();
        case Place::kDescriptor:
            directory_ = place.fd;
            return Ok();
        case Place::kInRoot:
            break;
    }
    OwnedFd opened;
    int root;
    LIBPOD_TRY(OpenRoot(place, &opened, &root));
    LIBPOD_TRY(OpenInRoot(root, place.path.c_str(), O_PATH | (follow ? 0 : O_NOFOLLOW), &owned_));
    directory_ = owned_.get();
    return Ok();
}

Status NamePlace(const Place& place, OwnedFd* parent, std::string* name) {
    switch (place.kind) {
        case Place::kPath:
            *name = place.path;
            return Ok();
        case Place::kDescriptor:
            *name = ProcPath(place.fd);
            return Ok();
        case Place::kInRoot:
            break;
    }
    OwnedFd opened;
    int root;
    LIBPOD_TRY(OpenRoot(place, &opened, &root));
    size_t slash = place.path.rfind('/');
    std::string directory = slash == std::string::npos ? "" : place.path.substr(0, slash);
    LIBPOD_TRY(OpenInRoot(root, directory.c_str(), O_PATH | O_DIRECTORY, parent));
    *name = ProcPath(parent->get()) + "/" + place.path.substr(slash + 1);
    return Ok();
}

Status ReachPlace(const Place& place, bool follow, ResolvedPlace* resolved, std::string* name) {
    LIBPOD_TRY(resolved->Resolve(place, follow));
    *name = place.kind == Place::kPath ? place.path : ProcPath(resolved->directory());
    return Ok();
}

}  // namespace libpod
