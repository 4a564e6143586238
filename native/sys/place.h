// Where an operation on a path looks: a path, a descriptor itself, or a path beneath a root that may be
// hostile.
#ifndef LIBPOD_NATIVE_SYS_PLACE_H_
#define LIBPOD_NATIVE_SYS_PLACE_H_

#include <string>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct Place {
    enum Kind : int { kPath, kDescriptor, kInRoot };
    Kind kind = kPath;
    int fd = -1;       // the descriptor; or that of the root, if `root` is empty
    std::string root;  // the root by its path
    std::string path;
};

// A place as the pair that the *at calls with AT_EMPTY_PATH take; what had to be opened lives as long as
// this.
class ResolvedPlace {
  public:
    // A link as the last component beneath a root is followed, within the root, if `follow`.
    Status Resolve(const Place& place, bool follow);
    int directory() const { return directory_; }
    const char* path() const { return path_.c_str(); }

  private:
    OwnedFd owned_;
    int directory_ = -1;
    std::string path_;
};

// A path of the last component of a place that holds nothing open in what is mounted there: for umount2(2),
// to which an open descriptor is a mount in use. It is to be used while `parent` lives; a descriptor's own
// place is named by /proc.
Status NamePlace(const Place& place, OwnedFd* parent, std::string* name);

// A path by which calls without descriptors reach the place itself.
Status ReachPlace(const Place& place, bool follow, ResolvedPlace* resolved, std::string* name);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_PLACE_H_
