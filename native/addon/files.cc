// Files, and paths beneath a root.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/cgroup.h"
#include "sys/event_log.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/root.h"
#include "sys/tree_size.h"

namespace libpod {
namespace {

// The operations of a list of file steps, by the numbers of FILE_OPS in src/native/index.ts.
enum FileOp : uint32_t {
    kMkdir,
    kMkdirs,
    kWrite,
    kSymlink,
    kRename,
    kChmod,
    kRemove,
    kDiscard,
    kFsync,
    kTell
};

// One step of a list of file operations that is done in one trip to a worker thread.
struct FileStep {
    uint32_t op = 0;
    std::string path, other;
    unsigned mode = 0;

    Status Run() const {
        const char* at = path.c_str();
        switch (op) {
            case kMkdir:
                return mkdir(at, mode) == 0 ? Ok() : Fail("mkdir");
            case kMkdirs:
                return CreateCgroup(at);
            case kWrite:
                return WriteFile(AT_FDCWD, at, mode, 0, other.data(), other.size());
            case kSymlink:
                return symlink(other.c_str(), at) == 0 ? Ok() : Fail("symlink");
            case kRename:
                return rename(at, other.c_str()) == 0 ? Ok() : Fail("rename");
            case kChmod:
                return chmod(at, mode) == 0 ? Ok() : Fail("chmod");
            case kRemove:
                return RemoveTree(AT_FDCWD, at);
            case kDiscard:
                return DiscardTree(at);
            case kFsync: {
                OwnedFd fd(open(at, O_RDONLY | O_CLOEXEC));
                if (!fd.valid()) return Fail("open");
                return fsync(fd.get()) == 0 ? Ok() : Fail("fsync");
            }
            case kTell: {
                // One that finds no room is owed: whoever brings the container up to date tells it.
                EventLog log;
                struct iovec line = {const_cast<char*>(other.data()), other.size()};
                if (log.Open(at).ok()) (void)log.Append(&line, 1).ok();
                return Ok();
            }
            default:
                return FailWith("files", ENOSYS);
        }
    }
};

struct FileList : AsyncState {
    std::vector<FileStep> steps;
    uint32_t failed = 0;

    Status Run() {
        for (const FileStep& step : steps) {
            LIBPOD_TRY(step.Run());
            failed++;
        }
        return Ok();
    }
    Napi::Value Failure(Napi::Env env, const Status& status) { return ToFailure(env, status, failed); }
};

// files(steps): Promise<undefined | {stage, errno, index}>; four elements a step: operation, path, text or
// other path, mode. Flat, since looking a property up by name costs as much as a short system call.
std::unique_ptr<FileList> ReadSteps(const Napi::CallbackInfo& info) {
    auto list = info[0].As<Napi::Array>();
    auto state = std::make_unique<FileList>();
    uint32_t count = list.Length() / 4;
    state->steps.resize(count);
    for (uint32_t i = 0; i < count; i++) {
        Napi::HandleScope scope(info.Env());
        FileStep& step = state->steps[i];
        step.op = Napi::Value(list.Get(4 * i)).As<Napi::Number>().Uint32Value();
        step.path = ToText(list.Get(4 * i + 1));
        step.other = ToText(list.Get(4 * i + 2));
        step.mode = Napi::Value(list.Get(4 * i + 3)).As<Napi::Number>().Uint32Value();
    }
    return state;
}
Napi::Value Files(const Napi::CallbackInfo& info) {
    return Async(info.Env(), ReadSteps(info));
}

// filesAtOnce(steps): undefined | {stage, errno, index}; the same on the main thread
Napi::Value FilesAtOnce(const Napi::CallbackInfo& info) {
    auto state = ReadSteps(info);
    Status status = state->Run();
    return status.ok() ? info.Env().Undefined() : state->Failure(info.Env(), status);
}

// The text of an open file; EFBIG for more than 1 MiB.
Napi::Value ReadWhole(Napi::Env env, int fd) {
    constexpr size_t kMaxRecord = 1 << 20;
    std::string text;
    char piece[8192];
    for (;;) {
        ssize_t size = read(fd, piece, sizeof piece);
        if (size < 0 && errno == EINTR) continue;
        // A FIFO has no writer, or one that has not written yet.
        if (size < 0) return ToFailure(env, errno == EAGAIN ? FailWith("read", EINVAL) : Fail("read"));
        text.append(piece, static_cast<size_t>(size));
        if (size == 0) return Napi::String::New(env, text);
        if (text.size() > kMaxRecord) return ToFailure(env, FailWith("read", EFBIG));
    }
}

// Non-blocking: opening a FIFO would wait for a writer for ever, and the event loop with it.
constexpr int kReadText = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// readText(path): string, undefined if there is no such file, or a failure: EISDIR for a directory, EINVAL
// for what is neither that nor a regular file, EFBIG for more than 1 MiB.
Napi::Value ReadText(const Napi::CallbackInfo& info) {
    OwnedFd fd(open(ToText(info[0]).c_str(), kReadText));
    if (!fd.valid() && errno == ENOENT) return info.Env().Undefined();
    if (!fd.valid()) return ToFailure(info.Env(), Fail("open"));
    return ReadWhole(info.Env(), fd.get());
}

// readLockFile(path): [whether a monitor lives, text], undefined if there is no such file, or a failure; a
// symbolic link is refused. In this order: what a monitor that has let go had to say is in the text.
Napi::Value ReadLockFile(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    OwnedFd fd(open(ToText(info[0]).c_str(), kReadText | O_NOFOLLOW));
    if (!fd.valid() && errno == ENOENT) return env.Undefined();
    if (!fd.valid()) return ToFailure(env, Fail("open"));
    LockHolder holder;
    Status status = FindLockHolder(fd.get(), kMonitorLock, &holder);
    if (!status.ok()) return ToFailure(env, status);
    Napi::Value text = ReadWhole(env, fd.get());
    if (!text.IsString()) return text;
    Napi::Array answer = Napi::Array::New(env, 2);
    answer.Set(0u, Napi::Boolean::New(env, holder.held));
    answer.Set(1u, text);
    return answer;
}

// fileStamps(paths): a buffer with what tells whether the file of each path is the one that it was, and
// unchanged: its inode, the time of its last change in nanoseconds and its size, eight bytes each; zeros for
// a path where nothing can be seen.
Napi::Value FileStamps(const Napi::CallbackInfo& info) {
    constexpr size_t kFields = 3;
    auto paths = info[0].As<Napi::Array>();
    uint32_t count = paths.Length();
    auto stamps = Napi::Buffer<int64_t>::New(info.Env(), kFields * count);
    int64_t* at = stamps.Data();
    for (uint32_t i = 0; i < count; i++, at += kFields) {
        Napi::HandleScope scope(info.Env());
        struct stat facts = {};
        if (stat(ToText(paths.Get(i)).c_str(), &facts) != 0) facts = {};
        at[0] = static_cast<int64_t>(facts.st_ino);
        at[1] = facts.st_ctim.tv_sec * int64_t{1000000000} + facts.st_ctim.tv_nsec;
        at[2] = facts.st_size;
    }
    return stamps;
}

struct SizeState : AsyncState {
    std::string path;
    uint64_t bytes = 0;
    Status Run() { return TreeSize(path.c_str(), &bytes); }
    Napi::Value Result(Napi::Env env) { return Napi::BigInt::New(env, bytes); }
};

// treeSize(path): Promise<bigint | failure>
Napi::Value Size(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<SizeState>();
    state->path = ToText(info[0]);
    return Async(info.Env(), std::move(state));
}

// openBeneath(directory fd or -1 for the working directory, path, flags, mode, resolve): fd | failure;
// openat2(2)
Napi::Value OpenBeneath(const Napi::CallbackInfo& info) {
    auto bits = [](const Napi::Value& value) {
        return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
    };
    OwnedFd fd;
    int directory = ToInt(info[0]);
    Status status =
        OpenResolving(directory, ToText(info[1]).c_str(), bits(info[2]), bits(info[3]), bits(info[4]), &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

// openInRoot(root fd, path, flags): fd | failure
Napi::Value OpenIn(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    Status status = OpenInRoot(info[0].As<Napi::Number>().Int32Value(), ToText(info[1]).c_str(),
                               info[2].As<Napi::Number>().Int32Value(), &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

// readInRoot(root directory, path beneath it): the text of a regular file of up to 1 MiB, undefined if there
// is none, or a failure; EINVAL for anything but a regular file, EFBIG for a larger one.
Napi::Value ReadIn(const Napi::CallbackInfo& info) {
    constexpr off_t kMaxText = 1 << 20;
    OwnedFd root(open(ToText(info[0]).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root.valid()) return ToFailure(info.Env(), Fail("open"));
    OwnedFd file;
    // Non-blocking: a hostile root may hold a FIFO here, whose opening would wait for a writer for ever.
    Status status = OpenInRoot(root.get(), ToText(info[1]).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, &file);
    if (!status.ok()) {
        bool missing = status.error == ENOENT || status.error == ENOTDIR || status.error == ELOOP;
        return missing ? info.Env().Undefined() : ToFailure(info.Env(), status);
    }
    struct stat facts;
    if (fstat(file.get(), &facts) != 0) return ToFailure(info.Env(), Fail("fstat"));
    if (!S_ISREG(facts.st_mode)) return ToFailure(info.Env(), FailWith("fstat", EINVAL));
    if (facts.st_size > kMaxText) return ToFailure(info.Env(), FailWith("fstat", EFBIG));
    std::string text(static_cast<size_t>(facts.st_size), '\0');
    ssize_t size = read(file.get(), text.data(), text.size());
    if (size < 0) return ToFailure(info.Env(), Fail("read"));
    return Napi::String::New(info.Env(), text.data(), static_cast<size_t>(size));
}

}  // namespace

void ExportFiles(Napi::Env env, Napi::Object exports) {
    exports.Set("files", Napi::Function::New(env, Files));
    exports.Set("filesAtOnce", Napi::Function::New(env, FilesAtOnce));
    exports.Set("treeSize", Napi::Function::New(env, Size));
    exports.Set("readText", Napi::Function::New(env, ReadText));
    exports.Set("readLockFile", Napi::Function::New(env, ReadLockFile));
    exports.Set("fileStamps", Napi::Function::New(env, FileStamps));
    exports.Set("readInRoot", Napi::Function::New(env, ReadIn));
    exports.Set("openBeneath", Napi::Function::New(env, OpenBeneath));
    exports.Set("openInRoot", Napi::Function::New(env, OpenIn));
}

}  // namespace libpod
