// Cgroup directories and their files.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/cgroup.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace libpod {
namespace {

struct CgroupState : AsyncState {
    std::string path;
    bool kill = false;
    Status Run() { return kill ? KillCgroup(path.c_str()) : RemoveCgroup(path.c_str()); }
};

Napi::Value Cgroup(const Napi::CallbackInfo& info, bool kill) {
    auto state = std::make_unique<CgroupState>();
    state->path = ToText(info[0]);
    state->kill = kill;
    return Async(info.Env(), std::move(state));
}

// cgroupKill(path), cgroupRemove(path): Promise<undefined | failure>
Napi::Value CgroupKill(const Napi::CallbackInfo& info) {
    return Cgroup(info, true);
}
Napi::Value CgroupRemove(const Napi::CallbackInfo& info) {
    return Cgroup(info, false);
}

// cgroupPrepare(path, inherited files): undefined | failure
Napi::Value CgroupPrepare(const Napi::CallbackInfo& info) {
    std::string path = ToText(info[0]);
    Status status = CreateCgroup(path.c_str());
    auto files = info[1].As<Napi::Array>();
    for (uint32_t i = 0; status.ok() && i < files.Length(); i++) {
        status = InheritCgroupFile(path.c_str(), ToText(files.Get(i)).c_str());
    }
    return ToAnswer(info.Env(), status);
}

struct CreateState : AsyncState {
    std::vector<std::string> paths;
    std::vector<std::vector<std::string>> inherited;
    uint32_t failed = 0;
    Status Run() {
        for (failed = 0; failed < paths.size(); failed++) {
            const char* path = paths[failed].c_str();
            LIBPOD_TRY(CreateCgroup(path));
            for (const std::string& file : inherited[failed])
                LIBPOD_TRY(InheritCgroupFile(path, file.c_str()));
        }
        return Ok();
    }
    Napi::Value Failure(Napi::Env env, const Status& status) { return ToFailure(env, status, failed); }
};

std::vector<std::string> ToTexts(const Napi::Value& value) {
    auto list = value.As<Napi::Array>();
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < list.Length(); i++) texts.push_back(ToText(list.Get(i)));
    return texts;
}

// cgroupCreate(paths, for each the files that it inherits): Promise<undefined | {stage, errno, index}>
Napi::Value CgroupCreate(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CreateState>();
    state->paths = ToTexts(info[0]);
    auto lists = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < lists.Length(); i++) state->inherited.push_back(ToTexts(lists.Get(i)));
    return Async(info.Env(), std::move(state));
}

struct Write {
    std::string path, text;
};

struct WriteState : AsyncState {
    std::vector<Write> writes;
    uint32_t failed = 0;
    Status Run() {
        for (const Write& write : writes) {
            LIBPOD_TRY(WriteKernelFile(AT_FDCWD, write.path.c_str(), write.text.data(), write.text.size()));
            failed++;
        }
        return Ok();
    }
    Napi::Value Failure(Napi::Env env, const Status& status) { return ToFailure(env, status, failed); }
};

std::unique_ptr<WriteState> ReadWrites(const Napi::CallbackInfo& info) {
    auto list = info[0].As<Napi::Array>();
    auto state = std::make_unique<WriteState>();
    state->writes.resize(list.Length() / 2);
    for (uint32_t i = 0; i < state->writes.size(); i++) {
        state->writes[i].path = ToText(list.Get(2 * i));
        state->writes[i].text = ToText(list.Get(2 * i + 1));
    }
    return state;
}

// writeKernelFiles([path, text, ...]): Promise<undefined | {stage, errno, index}>; one write(2) each, in
// order
Napi::Value WriteFiles(const Napi::CallbackInfo& info) {
    return Async(info.Env(), ReadWrites(info));
}

// writeKernelFilesAtOnce([path, text, ...]): the same on this thread
Napi::Value WriteFilesAtOnce(const Napi::CallbackInfo& info) {
    auto state = ReadWrites(info);
    Status status = state->Run();
    return status.ok() ? info.Env().Undefined() : state->Failure(info.Env(), status);
}

// Reads files whole; what is missing, or not offered by this kernel, stays absent.
struct ReadState : AsyncState {
    std::vector<std::string> paths;
    std::vector<std::string> texts;
    std::vector<bool> present;
    uint32_t failed = 0;

    Status Run() {
        texts.resize(paths.size());
        present.resize(paths.size());
        std::vector<char> buffer(8192);
        for (failed = 0; failed < paths.size(); failed++) {
            for (;;) {
                long size = ReadFile(AT_FDCWD, paths[failed].c_str(), buffer.data(), buffer.size());
                // ENODEV: the cgroup was removed while its file was open. EOPNOTSUPP: the controller is not
                // ready to say. ESRCH: it is of a process that has gone. EINVAL: a label without a security
                // module.
                if (size < 0 && (errno == ENOENT || errno == ENODEV || errno == EOPNOTSUPP ||
                                 errno == ESRCH || errno == EINVAL)) {
                    break;
                }
                if (size < 0) return Fail("read");
                if (static_cast<size_t>(size) + 1 < buffer.size()) {
                    texts[failed].assign(buffer.data(), static_cast<size_t>(size));
                    present[failed] = true;
                    break;
                }
                buffer.resize(buffer.size() * 4);
            }
        }
        return Ok();
    }
    Napi::Value Result(Napi::Env env) {
        Napi::Array result = Napi::Array::New(env, texts.size());
        for (uint32_t i = 0; i < texts.size(); i++) {
            if (present[i]) result.Set(i, Napi::String::New(env, texts[i]));
        }
        return result;
    }
    Napi::Value Failure(Napi::Env env, const Status& status) { return ToFailure(env, status, failed); }
};

std::unique_ptr<ReadState> ReadPaths(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ReadState>();
    state->paths = ToTexts(info[0]);
    return state;
}

// readKernelFiles(paths): Promise<(string | undefined)[] | {stage, errno, index}>
Napi::Value ReadFiles(const Napi::CallbackInfo& info) {
    return Async(info.Env(), ReadPaths(info));
}

// readKernelFilesAtOnce(paths): the same on this thread
Napi::Value ReadFilesAtOnce(const Napi::CallbackInfo& info) {
    auto state = ReadPaths(info);
    Status status = state->Run();
    return status.ok() ? state->Result(info.Env()) : state->Failure(info.Env(), status);
}

struct FilterState : AsyncState {
    std::string path;
    std::vector<uint8_t> program;
    Status Run() { return AttachDeviceFilter(path.c_str(), program.data(), program.size()); }
};

// attachDeviceFilter(path, program): Promise<undefined | failure>
Napi::Value AttachFilter(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<FilterState>();
    state->path = ToText(info[0]);
    auto program = info[1].As<Napi::Uint8Array>();
    state->program.assign(program.Data(), program.Data() + program.ByteLength());
    return Async(info.Env(), std::move(state));
}

// eventCounter(): fd | failure; an eventfd(2), non-blocking
Napi::Value EventCounter(const Napi::CallbackInfo& info) {
    OwnedFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd.valid()) return ToFailure(info.Env(), Fail("eventfd"));
    return Napi::Number::New(info.Env(), fd.Release());
}

}  // namespace

void ExportCgroups(Napi::Env env, Napi::Object exports) {
    exports.Set("cgroupKill", Napi::Function::New(env, CgroupKill));
    exports.Set("cgroupRemove", Napi::Function::New(env, CgroupRemove));
    exports.Set("cgroupPrepare", Napi::Function::New(env, CgroupPrepare));
    exports.Set("cgroupCreate", Napi::Function::New(env, CgroupCreate));
    exports.Set("writeKernelFiles", Napi::Function::New(env, WriteFiles));
    exports.Set("writeKernelFilesAtOnce", Napi::Function::New(env, WriteFilesAtOnce));
    exports.Set("readKernelFiles", Napi::Function::New(env, ReadFiles));
    exports.Set("readKernelFilesAtOnce", Napi::Function::New(env, ReadFilesAtOnce));
    exports.Set("attachDeviceFilter", Napi::Function::New(env, AttachFilter));
    exports.Set("eventCounter", Napi::Function::New(env, EventCounter));
}

}  // namespace libpod
