// A tree of files as a tar archive, piece by piece. The tree may be hostile, and change while it is read:
// every entry is opened by its name in a directory that is open, without following links, and what it is is
// asked of what was opened. Only regular files are ever opened for reading, so that no device is touched and
// no FIFO waited for.
#ifndef LIBPOD_NATIVE_SYS_TAR_SOURCE_H_
#define LIBPOD_NATIVE_SYS_TAR_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sys/fd.h"
#include "sys/result.h"
#include "sys/tar_header.h"

namespace libpod {

// A line of an ID map (user_namespaces(7)): the first ID inside, the first outside, how many.
struct IdRun {
    uint32_t inside = 0, outside = 0, size = 0;
};

class TarSource {
  public:
    struct Options {
        int64_t uid = -1;  // the owner of all entries; -1 for their own
        int64_t gid = -1;
        // Owners as a user namespace with these maps has them, nobody (65534) for one that is not mapped;
        // empty for the host's.
        std::vector<IdRun> uids, gids;
        // Leave out what is mounted in the tree; else it is part of it, but for the kernel's own file
        // systems.
        bool one_mount = false;
        // The tree is the upper layer of an overlay, and becomes a layer of an image: whiteouts and opaque
        // directories get the form of the image specification (layer.md, "Whiteouts").
        bool layer = false;
        // Paths in the archive, without slashes around them, at which nothing is taken.
        std::set<std::string> left_out;
        // Paths for which the archive begins with whiteouts: of a tree that has no marks of its own.
        std::vector<std::string> gone;
    };

    // `start` is a descriptor of what to archive, of any kind (O_PATH); `name` is its path in the archive. An
    // empty name stands for the contents of a directory, whose paths then begin there.
    Status Begin(int start, const std::string& name, const Options& options);

    // Writes the next bytes of the archive, at most `capacity`; 0 at its end. What a file shrinks by
    // meanwhile is filled with zeros, what it grows by is left out: its size was written before it.
    Status Read(uint8_t* buffer, size_t capacity, size_t* size);

    // The path at which Read failed.
    const std::string& path() const { return entry_.path; }

  private:
    // A directory that is being walked, with the names that are still to come, in reverse order.
    struct Level {
        OwnedFd directory;
        std::vector<std::string> names;
        std::string prefix;
    };

    Status Next();
    Status Add(int handle, const std::string& path);
    Status Enter(int handle, const std::string& prefix);
    Status ReadXattrs(int file);
    void AppendMarker(const std::string& path);
    void AppendWhiteout(const std::string& path);

    Options options_;
    OwnedFd start_;
    std::string name_;
    std::vector<Level> levels_;
    // The archive's paths of files with several names.
    std::map<std::pair<uint64_t, uint64_t>, std::string> linked_;
    uint64_t mount_ = 0;
    TarEntry entry_;
    std::string head_;  // bytes that are to come before the file's
    size_t head_at_ = 0;
    OwnedFd file_;
    uint64_t file_left_ = 0;
    uint64_t zeros_ = 0;
    bool ended_ = false;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TAR_SOURCE_H_
