#include "sys/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "sys/directory.h"
#include "sys/process.h"

namespace libpod {

Status EventLog::Open(const char* directory) {
    file_.Reset();
    directory_.Reset(open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return directory_.valid() ? Ok() : Fail("open");
}

uint64_t EventLog::Scan(uint64_t oldest) {
    Directory entries;
    if (!entries.Open(directory_.get(), ".").ok()) return 0;
    uint64_t newest = 0;
    DirectoryEntry entry;
    while (entries.Next(&entry)) {
        uint64_t number = ParseNumber(entry.name);
        if (number > newest) newest = number;
        if (number != 0 && number < oldest) (void)!unlinkat(directory_.get(), entry.name, 0);
    }
    return newest;
}

Status EventLog::OpenFile(uint64_t full) {
    for (uint64_t newest = Scan(0);;) {
        uint64_t wanted = newest > full ? newest : full + 1;
        char name[24];
        snprintf(name, sizeof name, "%" PRIu64, wanted);
        file_.Reset(
            openat(directory_.get(), name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file_.valid()) return Fail("openat");
        number_ = wanted;
        if (wanted == newest) return Ok();
        // Whoever was held up since it looked may have made anew what had come and gone meanwhile.
        newest = Scan(wanted > kEventFilesKept ? wanted - kEventFilesKept + 1 : 0);
        if (newest <= wanted) return Ok();
    }
}

Status EventLog::Append(const struct iovec* parts, int count) {
    ssize_t size = 0;
    for (int i = 0; i < count; i++) size += static_cast<ssize_t>(parts[i].iov_len);
    if (!file_.valid()) LIBPOD_TRY(OpenFile(0));
    for (;;) {
        ssize_t written = writev(file_.get(), parts, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return Fail("writev");
        off_t end = lseek(file_.get(), 0, SEEK_CUR);
        if (end < 0) return Fail("lseek");
        if (end - written < kEventFileSize) return written == size ? Ok() : FailWith("writev", ENOSPC);
        LIBPOD_TRY(OpenFile(number_));
    }
}

}  // namespace libpod
