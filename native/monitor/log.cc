#include "monitor/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace libpod {
namespace {

constexpr size_t kEntries = 128;  // entries a writev(2): three parts each, below IOV_MAX (1024)

// The civil date of a day count since 1970-01-01, proleptic Gregorian. gmtime(3) would do, but reads the time
// zone.
struct Date {
    int64_t year;
    unsigned month, day;
};
Date CivilDate(int64_t days) {
    days += 719468;  // from 0000-03-01: a year that starts in March has its leap day last
    int64_t era = days / 146097;
    unsigned day_of_era = static_cast<unsigned>(days - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
    return Date{year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
                day_of_year - (153 * shifted + 2) / 5 + 1};
}

size_t FormatPrefix(char* out, size_t size, bool error_stream) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    Date date = CivilDate(now.tv_sec / 86400);
    unsigned second = static_cast<unsigned>(now.tv_sec % 86400);
    int count = snprintf(out, size, "%04lld-%02u-%02uT%02u:%02u:%02u.%09ld+00:00 %s ",
                         static_cast<long long>(date.year), date.month, date.day, second / 3600,
                         second / 60 % 60, second % 60, now.tv_nsec, error_stream ? "stderr" : "stdout");
    return static_cast<size_t>(count);
}

}  // namespace

Status Log::Open(const char* path) {
    file_.Reset(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    return file_.valid() ? Ok() : Fail("open");
}

void Log::Append(bool error_stream, const uint8_t* data, size_t size) {
    if (!file_.valid() || size == 0) return;
    char full[64], partial[64];
    size_t prefix = FormatPrefix(full, sizeof full - 2, error_stream);
    memcpy(partial, full, prefix);
    memcpy(full + prefix, "F ", 2);
    memcpy(partial + prefix, "P ", 2);
    prefix += 2;
    char newline = '\n';

    const uint8_t* at = data;
    const uint8_t* end = data + size;
    while (at < end) {
        struct iovec parts[kEntries * 3];
        int count = 0;
        size_t bytes = 0;
        const uint8_t* start = at;
        while (at < end && count < static_cast<int>(kEntries * 3)) {
            auto* line_end = static_cast<const uint8_t*>(memchr(at, '\n', static_cast<size_t>(end - at)));
            const uint8_t* stop = line_end == nullptr ? end : line_end;
            parts[count++] = {line_end == nullptr ? partial : full, prefix};
            parts[count++] = {const_cast<uint8_t*>(at), static_cast<size_t>(stop - at)};
            parts[count++] = {&newline, 1};
            bytes += prefix + static_cast<size_t>(stop - at) + 1;
            at = line_end == nullptr ? end : line_end + 1;
        }
        ssize_t written = writev(file_.get(), parts, count);
        if (written == static_cast<ssize_t>(bytes)) continue;
        lost_ += static_cast<uint64_t>(at - start);
        struct stat info;
        if (written > 0 && fstat(file_.get(), &info) == 0) {
            (void)!ftruncate(file_.get(), info.st_size - written);
        }
    }
}

}  // namespace libpod
