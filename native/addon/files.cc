// Files, locks and cgroup directories.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/root.h"

namespace libpod {
namespace {

// One step of a list of file operations that is done in one trip to a worker thread.
struct FileStep {
    std::string op, path, other;
    std::vector<uint8_t> data;
    unsigned mode = 0;

    Status Run() const {
        const char* at = path.c_str();
        if (op == "mkdir") return mkdir(at, mode) == 0 ? Ok() : Fail("mkdir");
        if (op == "mkdirs") return CreateCgroup(at);
        if (op == "write") return WriteFile(AT_FDCWD, at, mode, 0, data.data(), data.size());
        if (op == "symlink") return symlink(other.c_str(), at) == 0 ? Ok() : Fail("symlink");
        if (op == "rename") return rename(at, other.c_str()) == 0 ? Ok() : Fail("rename");
        if (op == "chmod") return chmod(at, mode) == 0 ? Ok() : Fail("chmod");
        if (op == "remove") return RemoveTree(AT_FDCWD, at);
        if (op == "discard") return DiscardTree(at);
        if (op == "fsync") {
            OwnedFd fd(open(at, O_RDONLY | O_CLOEXEC));
            if (!fd.valid()) return Fail("open");
            return fsync(fd.get()) == 0 ? Ok() : Fail("fsync");
        }
        return FailWith("files", ENOSYS);
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

std::string Text(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }

// files(steps): Promise<undefined | {stage, errno, index}>
Napi::Value Files(const Napi::CallbackInfo& info) {
    auto list = info[0].As<Napi::Array>();
    auto state = std::make_unique<FileList>();
    state->steps.reserve(list.Length());
    for (uint32_t i = 0; i < list.Length(); i++) {
        Napi::HandleScope scope(info.Env());
        auto item = list.Get(i).As<Napi::Object>();
        FileStep step;
        step.op = Text(item.Get("op"));
        step.path = Text(item.Get("path"));
        if (item.Has("to")) step.other = Text(item.Get("to"));
        if (item.Has("mode")) step.mode = item.Get("mode").As<Napi::Number>().Uint32Value();
        if (item.Has("data")) {
            auto data = item.Get("data").As<Napi::Uint8Array>();
            step.data.assign(data.Data(), data.Data() + data.ByteLength());
        }
        state->steps.push_back(std::move(step));
    }
    return Async(info.Env(), std::move(state));
}

struct LockState : AsyncState {
    std::string path;
    OwnedFd fd;
    Status Run() { return LockFile(path.c_str(), true, &fd); }
    Napi::Value Result(Napi::Env env) { return Napi::Number::New(env, fd.Release()); }
};

// lock(path): Promise<fd | failure>; waits
Napi::Value Lock(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<LockState>();
    state->path = Text(info[0]);
    return Async(info.Env(), std::move(state));
}

// tryLock(path): fd | failure
Napi::Value TryLock(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    Status status = LockFile(Text(info[0]).c_str(), false, &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

struct CgroupState : AsyncState {
    std::string path;
    bool kill = false;
    Status Run() { return kill ? KillCgroup(path.c_str()) : RemoveCgroup(path.c_str()); }
};

Napi::Value Cgroup(const Napi::CallbackInfo& info, bool kill) {
    auto state = std::make_unique<CgroupState>();
    state->path = Text(info[0]);
    state->kill = kill;
    return Async(info.Env(), std::move(state));
}

// cgroupKill(path), cgroupRemove(path): Promise<undefined | failure>
Napi::Value CgroupKill(const Napi::CallbackInfo& info) { return Cgroup(info, true); }
Napi::Value CgroupRemove(const Napi::CallbackInfo& info) { return Cgroup(info, false); }

// cgroupPrepare(path, inherited files): undefined | failure
Napi::Value CgroupPrepare(const Napi::CallbackInfo& info) {
    std::string path = Text(info[0]);
    Status status = CreateCgroup(path.c_str());
    auto files = info[1].As<Napi::Array>();
    for (uint32_t i = 0; status.ok() && i < files.Length(); i++) {
        status = InheritCgroupFile(path.c_str(), Text(files.Get(i)).c_str());
    }
    return status.ok() ? info.Env().Undefined() : ToFailure(info.Env(), status);
}

// openInRoot(root fd, path, flags): fd | failure
Napi::Value OpenIn(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    Status status = OpenInRoot(info[0].As<Napi::Number>().Int32Value(), Text(info[1]).c_str(),
                               info[2].As<Napi::Number>().Int32Value(), &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

}  // namespace

void ExportFiles(Napi::Env env, Napi::Object exports) {
    exports.Set("files", Napi::Function::New(env, Files));
    exports.Set("lock", Napi::Function::New(env, Lock));
    exports.Set("tryLock", Napi::Function::New(env, TryLock));
    exports.Set("cgroupKill", Napi::Function::New(env, CgroupKill));
    exports.Set("cgroupRemove", Napi::Function::New(env, CgroupRemove));
    exports.Set("cgroupPrepare", Napi::Function::New(env, CgroupPrepare));
    exports.Set("openInRoot", Napi::Function::New(env, OpenIn));
}

}  // namespace libpod
