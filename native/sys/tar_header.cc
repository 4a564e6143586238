#include "sys/tar_header.h"

#include <cstdio>
#include <cstring>

namespace libpod {
namespace {

// The ustar header; numbers are octal digits with a NUL at the end.
struct Ustar {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char rest[12];
};
static_assert(sizeof(Ustar) == kTarBlock);

// What `digits` octal digits hold.
constexpr uint64_t Most(unsigned digits) {
    return (uint64_t{1} << (3 * digits)) - 1;
}

template <size_t kSize>
void PutNumber(char (&field)[kSize], uint64_t value) {
    field[kSize - 1] = '\0';
    for (size_t at = kSize - 1; at-- > 0; value >>= 3) field[at] = static_cast<char>('0' + (value & 7));
}

// A name of ASCII letters that fits is held by the header itself; anything else by an extended one, as only
// there the encoding is said.
bool Fits(const std::string& text, size_t size) {
    if (text.size() > size) return false;
    for (char letter : text)
        if (static_cast<unsigned char>(letter) >= 0x80) return false;
    return true;
}

// For readers that know no extended headers: the end of the name, in ASCII.
void PutText(char* field, size_t size, const std::string& text) {
    size_t from = text.size() > size ? text.size() - size : 0;
    for (size_t i = 0; from + i < text.size(); i++) {
        char letter = text[from + i];
        field[i] = static_cast<unsigned char>(letter) < 0x80 ? letter : '_';
    }
}

// A record: its own length in decimal, a space, the keyword, `=`, the value, a newline.
void AppendRecord(const std::string& key, const std::string& value, std::string* records) {
    size_t rest = key.size() + value.size() + 3;
    size_t length = rest + 1;
    while (rest + std::to_string(length).size() != length) length = rest + std::to_string(length).size();
    *records += std::to_string(length) + ' ' + key + '=' + value + '\n';
}

std::string TimeText(const TarEntry& entry) {
    // Before 1970 the fraction counts up from a second that is further back.
    int64_t seconds = entry.seconds;
    uint32_t nanoseconds = entry.nanoseconds;
    bool negative = seconds < 0;
    if (negative && nanoseconds > 0) {
        seconds++;
        nanoseconds = 1000000000 - nanoseconds;
    }
    char text[48];
    int size = snprintf(text, sizeof text, "%s%lld", negative ? "-" : "",
                        static_cast<long long>(negative ? -seconds : seconds));
    if (nanoseconds > 0) snprintf(text + size, sizeof text - static_cast<size_t>(size), ".%09u", nanoseconds);
    return text;
}

void AppendBlock(const TarEntry& entry, char type, std::string* out) {
    Ustar header = {};
    PutText(header.name, sizeof header.name, entry.path);
    PutNumber(header.mode, entry.mode);
    PutNumber(header.uid, entry.uid <= Most(7) ? entry.uid : 0);
    PutNumber(header.gid, entry.gid <= Most(7) ? entry.gid : 0);
    PutNumber(header.size, entry.size <= Most(11) ? entry.size : 0);
    bool plain = entry.seconds >= 0 && static_cast<uint64_t>(entry.seconds) <= Most(11);
    PutNumber(header.mtime, plain ? static_cast<uint64_t>(entry.seconds) : 0);
    header.type = type;
    PutText(header.link, sizeof header.link, entry.link);
    memcpy(header.magic, "ustar", sizeof header.magic);
    memcpy(header.version, "00", sizeof header.version);
    PutNumber(header.major, entry.device_major);
    PutNumber(header.minor, entry.device_minor);
    // The sum is counted as if its own field were blank; it ends with a NUL and a space.
    memset(header.checksum, ' ', sizeof header.checksum);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof header; i++) sum += reinterpret_cast<const unsigned char*>(&header)[i];
    snprintf(header.checksum, sizeof header.checksum, "%06o", sum & 0777777);
    out->append(reinterpret_cast<const char*>(&header), sizeof header);
}

}  // namespace

void AppendTarHeader(const TarEntry& entry, std::string* out) {
    std::string records;
    if (!Fits(entry.path, sizeof Ustar::name)) AppendRecord("path", entry.path, &records);
    if (!Fits(entry.link, sizeof Ustar::link)) AppendRecord("linkpath", entry.link, &records);
    if (entry.size > Most(11)) AppendRecord("size", std::to_string(entry.size), &records);
    if (entry.uid > Most(7)) AppendRecord("uid", std::to_string(entry.uid), &records);
    if (entry.gid > Most(7)) AppendRecord("gid", std::to_string(entry.gid), &records);
    bool plain = entry.seconds >= 0 && static_cast<uint64_t>(entry.seconds) <= Most(11);
    if (!plain || entry.nanoseconds > 0) AppendRecord("mtime", TimeText(entry), &records);
    for (const auto& [name, value] : entry.xattrs) AppendRecord("SCHILY.xattr." + name, value, &records);
    if (!records.empty()) {
        TarEntry extended;
        size_t slash = entry.path.rfind('/', entry.path.empty() ? 0 : entry.path.size() - 2);
        extended.path =
            "PaxHeaders/" + (slash == std::string::npos ? entry.path : entry.path.substr(slash + 1));
        if (extended.path.size() > sizeof Ustar::name) extended.path.resize(sizeof Ustar::name);
        extended.mode = 0644;
        extended.size = records.size();
        AppendBlock(extended, 'x', out);
        out->append(records);
        out->append(TarPadding(records.size()), '\0');
    }
    AppendBlock(entry, static_cast<char>(entry.type), out);
}

}  // namespace libpod
