// The headers of a tar archive in the POSIX pax format: pax(1), "pax Interchange Format" and "ustar
// Interchange Format". Paths and values are bytes, as the kernel has them.
#ifndef LIBPOD_NATIVE_SYS_TAR_HEADER_H_
#define LIBPOD_NATIVE_SYS_TAR_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace libpod {

constexpr size_t kTarBlock = 512;

// The typeflag field.
enum class TarType : char {
    kFile = '0',
    kHardLink = '1',
    kSymlink = '2',
    kCharacterDevice = '3',
    kBlockDevice = '4',
    kDirectory = '5',
    kFifo = '6',
};

struct TarEntry {
    TarType type = TarType::kFile;
    std::string path;  // of a directory with a slash at its end
    std::string link;
    unsigned mode = 0;  // the lower twelve bits
    uint32_t uid = 0, gid = 0;
    uint64_t size = 0;
    int64_t seconds = 0;  // of the last change
    uint32_t nanoseconds = 0;
    uint32_t device_major = 0, device_minor = 0;
    std::vector<std::pair<std::string, std::string>> xattrs;
};

// Appends the header of an entry; an extended header comes before it if the fields of ustar cannot hold it.
void AppendTarHeader(const TarEntry& entry, std::string* out);

// How many zeros fill the last block of a file of this size.
inline size_t TarPadding(uint64_t size) {
    return static_cast<size_t>(-size & (kTarBlock - 1));
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_TAR_HEADER_H_
