// The entries of an archive, applied beneath a root. Neither is trusted: every path is resolved beneath the
// root's descriptor (openat2(2)), the last component is always made anew and never followed, and whoever
// moves directories about meanwhile only moves what is made, within the root.
#ifndef LIBPOD_NATIVE_SYS_TREE_WRITER_H_
#define LIBPOD_NATIVE_SYS_TREE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

struct TreeAttributes {
    unsigned mode = 0;  // the lower twelve bits; of a node its type too
    uint32_t uid = 0, gid = 0;
    int64_t seconds = 0;  // of the last change
    uint32_t nanoseconds = 0;
    std::vector<std::pair<std::string, std::string>> xattrs;
};

// Paths are relative, without `.` and `..`, and not empty. Directories on the way that are missing are made.
class TreeWriter {
  public:
    struct Options {
        std::string prefix = ".";  // where in the root the paths begin
        uint64_t resolve = 0;      // RESOLVE_* of openat2(2)
        // Let a directory take the place of something else, and the reverse; else that is EEXIST or EISDIR.
        bool replace = false;
    };
    Status Begin(int root, const Options& options);

    // One that is there stays, and gets the attributes.
    Status MakeDirectory(const std::string& path, const TreeAttributes& attributes);
    // A file in three steps. What has the name goes, but a file that is a mount point of its own is written.
    Status BeginFile(const std::string& path, const TreeAttributes& attributes);
    Status WriteFile(const void* data, size_t size);
    Status EndFile();
    Status MakeSymlink(const std::string& path, const std::string& text, const TreeAttributes& attributes);
    // `target` is a path as those of the entries are.
    Status MakeHardLink(const std::string& path, const std::string& target);
    Status MakeNode(const std::string& path, uint32_t device_major, uint32_t device_minor,
                    const TreeAttributes& attributes);

    // What layers of an overlay have beside files (overlayfs.rst, "whiteouts and opaque directories"): a name
    // that hides what is below; nothing where something is already, which hides it too, but a directory then
    // becomes opaque.
    Status MakeWhiteout(const std::string& path);
    // A directory, made if it is missing, through which nothing of below is seen; '' is the root itself.
    Status MakeOpaque(const std::string& path);
    // Takes away what has the name, and all that is beneath; nothing there is fine.
    Status Remove(const std::string& path);

    // Directories get their times last, as each entry changes them. What goes wrong here is passed over.
    void End();
    // Takes a file that is not finished away.
    void Abandon();

  private:
    Status Open(const std::string& path, uint64_t flags, OwnedFd* out);
    Status OpenParent(const std::string& path, bool make, const char** name);
    // Sees to it that the name is free; or `in_place`, for a file at which another one is mounted.
    Status MakeRoom(const char* name, bool for_directory, bool* in_place);

    OwnedFd root_;
    Options options_;
    std::string parent_path_;  // of the parent that was opened last
    OwnedFd parent_;
    OwnedFd file_;
    std::string file_name_;  // in parent_; empty for one that is written in place
    TreeAttributes file_attributes_;
    // What directories get at the end: of each its path, and after it the lengths and numbers of Times.
    // Packed, and in pieces that are freed one by one, as there may be a million.
    struct Times {
        int64_t seconds;
        uint32_t nanoseconds, path_size;
    };
    std::deque<char> directories_;
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TREE_WRITER_H_
