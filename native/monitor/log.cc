#include "monitor/log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace libpod {
namespace {

// Copies whole words: `to` and `from` have room for seven bytes more. Most lines are so short that to set
// memcpy going costs more than the copy.
void CopyWords(uint8_t* to, const void* from, size_t size) {
    auto* in = static_cast<const uint8_t*>(from);
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) __builtin_memcpy(to + at, in + at, 8);
}

constexpr size_t kShort = 256;
constexpr size_t kSlack = 8;

// PATH.NUMBER, or PATH itself for 0.
bool NumberedPath(char* out, size_t size, const char* path, uint32_t number) {
    int count = number == 0 ? snprintf(out, size, "%s", path) : snprintf(out, size, "%s.%u", path, number);
    return count > 0 && static_cast<size_t>(count) < size;
}

const char* NameOf(int error) {
    return error == ENOSPC ? "ENOSPC" : error == EDQUOT ? "EDQUOT" : error == EFBIG ? "EFBIG" : "EIO";
}

}  // namespace

Log::~Log() {
    if (buffer_ != nullptr) munmap(buffer_, kBuffer + 2 * kJsonLine + kSlack);
}

Status Log::Open(const LogOp& op) {
    path_ = op.path.c_str();
    format_ = static_cast<LogFormat>(op.format);
    attributes_ = op.attributes;
    max_size_ = op.max_size;
    max_files_ = op.max_files == 0 ? 1 : op.max_files;
    if (JsonCapacity(kJsonLine, attributes_.size) > kBuffer) return FailWith("attributes", E2BIG);
    file_.Reset(open(path_, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_.valid()) return Fail("open");
    struct stat info;
    if (fstat(file_.get(), &info) == 0) size_ = static_cast<uint64_t>(info.st_size);
    // Pages are taken as they are used.
    void* memory = mmap(nullptr, kBuffer + 2 * kJsonLine + kSlack, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Fail("mmap");
    buffer_ = static_cast<uint8_t*>(memory);
    begun_[0].data = buffer_ + kBuffer + kSlack;
    begun_[1].data = begun_[0].data + kJsonLine;
    return Ok();
}

void Log::Append(bool error_stream, const uint8_t* data, size_t size) {
    if (!file_.valid() || size == 0) return;
    time_.Now();
    if (format_ == LogFormat::kJsonFile) {
        AppendLines(error_stream, data, size);
    } else {
        AppendPieces(error_stream, data, size);
    }
    Flush();
}

void Log::End() {
    if (!file_.valid()) return;
    time_.Now();
    for (int stream = 0; stream < 2; stream++) {
        if (begun_[stream].size > 0) PutBegun(stream == 1);
    }
    Flush();
    if (hole_ > 0 && marker_ == 0) (void)Mark(hole_error_);
}

void Log::AppendPieces(bool error_stream, const uint8_t* data, size_t size) {
    K8sPrefix prefix(time_, error_stream);
    char& kind = prefix.text[K8sPrefix::kSize - 2];
    const uint8_t* end = data + size;
    for (const uint8_t* at = data; at < end;) {
        auto* newline = static_cast<const uint8_t*>(memchr(at, '\n', static_cast<size_t>(end - at)));
        kind = newline == nullptr ? 'P' : 'F';
        const uint8_t* stop = newline == nullptr ? end : newline;
        size_t text = static_cast<size_t>(stop - at);
        MakeRoom(K8sPrefix::kSize + text + 1);
        size_t entry = used_;
        CopyWords(buffer_ + used_, prefix.text, K8sPrefix::kSize);
        used_ += K8sPrefix::kSize;
        // Whole words must not be read beyond the end of the data.
        if (text <= kShort && end - stop >= static_cast<ptrdiff_t>(kSlack)) {
            CopyWords(buffer_ + used_, at, text);
        } else {
            memcpy(buffer_ + used_, at, text);
        }
        used_ += text;
        buffer_[used_++] = '\n';
        const uint8_t* next = newline == nullptr ? end : newline + 1;
        Commit(entry, static_cast<size_t>(next - at));
        at = next;
    }
}

void Log::AppendLines(bool error_stream, const uint8_t* data, size_t size) {
    Begun& begun = begun_[error_stream ? 1 : 0];
    const uint8_t* end = data + size;
    for (const uint8_t* at = data; at < end;) {
        size_t left = static_cast<size_t>(end - at);
        size_t room = kJsonLine - begun.size;
        size_t look = left < room ? left : room;
        auto* newline = static_cast<const uint8_t*>(memchr(at, '\n', look));
        size_t text = newline == nullptr ? look : static_cast<size_t>(newline - at);
        if (newline != nullptr && begun.size == 0) {
            PutJsonEntry(error_stream, at, text, true);
        } else {
            memcpy(begun.data + begun.size, at, text);
            begun.size += text;
            if (newline != nullptr) {
                PutJsonEntry(error_stream, begun.data, begun.size, true);
                begun.size = 0;
            } else if (begun.size == kJsonLine) {
                PutBegun(error_stream);
            }
        }
        at += newline == nullptr ? text : text + 1;
    }
}

// Writes what there is of a line, but for the beginning of a character at its end, if more may follow.
void Log::PutBegun(bool error_stream) {
    Begun& begun = begun_[error_stream ? 1 : 0];
    size_t kept = begun.size == kJsonLine ? IncompleteTail(begun.data, begun.size) : 0;
    PutJsonEntry(error_stream, begun.data, begun.size - kept, false);
    memmove(begun.data, begun.data + begun.size - kept, kept);
    begun.size = kept;
}

void Log::PutJsonEntry(bool error_stream, const uint8_t* data, size_t size, bool newline) {
    MakeRoom(JsonCapacity(size, attributes_.size));
    size_t entry = used_;
    used_ += PutJson(buffer_ + used_, time_, error_stream, data, size, newline, attributes_);
    Commit(entry, size + (newline ? 1 : 0));
}

void Log::MakeRoom(size_t size) {
    if (kBuffer - used_ < size) Flush();
}

// The buffer has a new entry, which holds this many bytes of output. One that would make the file too large
// begins the next.
void Log::Commit(size_t entry, size_t output) {
    if (max_size_ > 0 && size_ + used_ > max_size_ && size_ + entry > 0) {
        size_t size = used_ - entry;
        used_ = entry;
        Flush();
        Rotate();
        memmove(buffer_, buffer_ + entry, size);
        used_ = size;
    }
    output_ += output;
}

void Log::Flush() {
    if (used_ == 0) return;
    // What the entry about a hole had no room for, this one may have.
    bool marked = hole_ == 0 || marker_ > 0 || Mark(hole_error_);
    if (Write(buffer_, used_)) {
        if (marked) hole_ = 0;
        marker_ = 0;
    } else {
        Lose(output_, errno);
    }
    used_ = output_ = 0;
}

// Appends all, or nothing.
bool Log::Write(const void* data, size_t size) {
    ssize_t written = write(file_.get(), data, size);
    if (written == static_cast<ssize_t>(size)) {
        size_ += size;
        return true;
    }
    // A disk that fills up takes a part first, and tells why only when asked again.
    int error = written < 0 ? errno : ENOSPC;
    if (written > 0) {
        size_ += static_cast<uint64_t>(written);
        CutBack(static_cast<size_t>(written));
    }
    errno = error;
    return false;
}

// Takes away what was appended last.
void Log::CutBack(size_t size) {
    struct stat info;
    if (fstat(file_.get(), &info) != 0 || info.st_size < static_cast<off_t>(size)) return;
    if (ftruncate(file_.get(), info.st_size - static_cast<off_t>(size)) == 0) size_ -= size;
}

void Log::Lose(size_t output, int error) {
    lost_ += output;
    hole_ += output;
    hole_error_ = error;
    if (marker_ > 0) CutBack(marker_);
    (void)Mark(error);
}

// Writes the entry that tells of the hole.
bool Log::Mark(int error) {
    char text[96];
    int count = snprintf(text, sizeof text, "[libpod: %llu bytes of output were lost here: %s]",
                         static_cast<unsigned long long>(hole_), NameOf(error));
    auto* data = reinterpret_cast<const uint8_t*>(text);
    size_t size = static_cast<size_t>(count);
    // Beside the buffer, whose entries come after it.
    uint8_t entry[512];
    size_t used;
    if (format_ == LogFormat::kJsonFile) {
        used = PutJson(entry, time_, true, data, size, true, Bytes{});
    } else {
        K8sPrefix prefix(time_, true);
        memcpy(entry, prefix.text, K8sPrefix::kSize);
        memcpy(entry + K8sPrefix::kSize, text, size);
        used = K8sPrefix::kSize + size;
        entry[used++] = '\n';
    }
    marker_ = Write(entry, used) ? used : 0;
    return marker_ > 0;
}

// Makes the file PATH.1, that one PATH.2 and so on, the oldest going, and begins a new one. A reader who has
// the old one open finds its last byte there. One that cannot be made leaves the old one in use.
void Log::Rotate() {
    size_ = 0;
    char from[PATH_MAX], to[PATH_MAX];
    if (snprintf(from, sizeof from, "%s.new", path_) >= static_cast<int>(sizeof from)) return;
    OwnedFd fresh(open(from, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fresh.valid()) return;
    for (uint32_t number = max_files_ - 1; number > 0; number--) {
        if (NumberedPath(from, sizeof from, path_, number - 1) &&
            NumberedPath(to, sizeof to, path_, number)) {
            (void)!rename(from, to);
        }
    }
    snprintf(from, sizeof from, "%s.new", path_);
    (void)!rename(from, path_);
    file_ = static_cast<OwnedFd&&>(fresh);
    marker_ = 0;
}

}  // namespace libpod
