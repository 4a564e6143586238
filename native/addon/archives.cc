// Archives: a tree read as one, and one applied to a tree. Each call is a thread of its own, as a file system
// in a container may be a server that does not answer. One object serves one call at a time; its caller sees
// to it.
#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/thread.h"
#include "addon/values.h"
#include "sys/fd_copies.h"
#include "sys/fs_identity.h"
#include "sys/layer_diff.h"
#include "sys/tar_source.h"
#include "sys/tree_writer.h"

namespace libpod {
namespace {

// Bytes as a string of JavaScript with a character for each (latin1), and back: paths of Linux are bytes.
std::string ToBytes(const Napi::Value& value) {
    size_t size = 0;
    napi_get_value_string_latin1(value.Env(), value, nullptr, 0, &size);
    std::string bytes(size, '\0');
    napi_get_value_string_latin1(value.Env(), value, bytes.data(), size + 1, &size);
    return bytes;
}

Napi::Value FromBytes(Napi::Env env, const std::string& bytes) {
    napi_value text;
    napi_create_string_latin1(env, bytes.data(), bytes.size(), &text);
    return Napi::Value(env, text);
}

Napi::Value FailureAt(Napi::Env env, const Status& status, const std::string& path) {
    Napi::Value failure = ToFailure(env, status);
    failure.As<Napi::Object>().Set("path", FromBytes(env, path));
    return failure;
}

// A native object that JavaScript holds, and calls under way too.
template <typename T>
Napi::Value Hand(Napi::Env env, std::shared_ptr<T> object) {
    return Napi::External<std::shared_ptr<T>>::New(env, new std::shared_ptr<T>(std::move(object)),
                                                   [](Napi::Env, std::shared_ptr<T>* held) { delete held; });
}
template <typename T>
std::shared_ptr<T>& Held(const Napi::Value& value) {
    return *value.As<Napi::External<std::shared_ptr<T>>>().Data();
}

// Numbers by threes, as the lines of an ID map.
std::vector<IdRun> ToIdMap(const Napi::Value& value) {
    auto words = value.As<Napi::Array>();
    std::vector<IdRun> map(words.Length() / 3);
    auto word = [&words](uint32_t at) { return Napi::Value(words.Get(at)).As<Napi::Number>().Uint32Value(); };
    for (uint32_t i = 0; i < map.size(); i++) map[i] = {word(3 * i), word(3 * i + 1), word(3 * i + 2)};
    return map;
}

// tarOpen(fd, name, uid or -1, gid or -1, whether to stay on one mount, of a layer what to leave out, ID map
// of users, of groups, whiteouts to begin with): handle | failure
Napi::Value TarOpen(const Napi::CallbackInfo& info) {
    auto source = std::make_shared<TarSource>();
    TarSource::Options options;
    options.uid = info[2].As<Napi::Number>().Int64Value();
    options.gid = info[3].As<Napi::Number>().Int64Value();
    options.one_mount = info[4].As<Napi::Boolean>().Value();
    if (info[5].IsArray()) {
        options.layer = true;
        Napi::Array paths = info[5].As<Napi::Array>();
        for (uint32_t at = 0; at < paths.Length(); at++) options.left_out.insert(ToBytes(paths.Get(at)));
        Napi::Array gone = info[8].As<Napi::Array>();
        for (uint32_t at = 0; at < gone.Length(); at++) options.gone.push_back(ToBytes(gone.Get(at)));
    }
    options.uids = ToIdMap(info[6]);
    options.gids = ToIdMap(info[7]);
    Status status = source->Begin(ToInt(info[0]), ToBytes(info[1]), options);
    return status.ok() ? Hand(info.Env(), std::move(source)) : ToFailure(info.Env(), status);
}

struct ReadState : AsyncState {
    std::shared_ptr<TarSource> source;
    size_t capacity = 0, size = 0;
    std::unique_ptr<uint8_t[]> bytes;
    Status Run() {
        bytes.reset(new uint8_t[capacity]);
        return source->Read(bytes.get(), capacity, &size);
    }
    Napi::Value Result(Napi::Env env) {
        return Napi::Buffer<uint8_t>::New(env, bytes.release(), size,
                                          [](Napi::Env, uint8_t* data) { delete[] data; });
    }
    Napi::Value Failure(Napi::Env env, const Status& status) {
        return FailureAt(env, status, source->path());
    }
};

// tarRead(handle, capacity): Promise<Buffer, empty at the end | failure with path>
Napi::Value TarRead(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ReadState>();
    state->source = Held<TarSource>(info[0]);
    if (state->source == nullptr) return ToFailure(info.Env(), FailWith("read", EBADF));
    state->capacity = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
    return OnThread(info.Env(), std::move(state));
}

// tarClose(handle): a call that is under way goes on
Napi::Value TarClose(const Napi::CallbackInfo& info) {
    Held<TarSource>(info[0]).reset();
    return info.Env().Undefined();
}

// A writer, and as whom it makes files: through a mount with mapped IDs only an owner whom it maps can
// (EOVERFLOW).
struct Writer : TreeWriter {
    int64_t uid = -1, gid = -1;
};

// treeWriter(root fd, prefix, RESOLVE_* flags, whether to replace, uid and gid of whoever makes files, or
// -1): handle | failure
Napi::Value OpenWriter(const Napi::CallbackInfo& info) {
    auto writer = std::make_shared<Writer>();
    TreeWriter::Options options;
    options.prefix = ToBytes(info[1]);
    options.resolve = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value());
    options.replace = info[3].As<Napi::Boolean>().Value();
    writer->uid = info[4].As<Napi::Number>().Int64Value();
    writer->gid = info[5].As<Napi::Number>().Int64Value();
    Status status = writer->Begin(ToInt(info[0]), options);
    return status.ok() ? Hand(info.Env(), std::move(writer)) : ToFailure(info.Env(), status);
}

// The numbers of TREE_STEPS in src/native/index.ts.
enum StepKind : uint32_t {
    kDirectory,
    kFile,
    kData,
    kEndFile,
    kSymlink,
    kHardLink,
    kNode,
    kEnd,
    kWhiteout,
    kOpaque,
    kRemove
};

struct TreeStep {
    uint32_t kind = kEnd;
    std::string path, text;
    TreeAttributes attributes;
    uint32_t device_major = 0, device_minor = 0;

    Status Run(TreeWriter* writer) const {
        switch (kind) {
            case kDirectory:
                return writer->MakeDirectory(path, attributes);
            case kFile:
                return writer->BeginFile(path, attributes);
            case kData:
                return writer->WriteFile(text.data(), text.size());
            case kEndFile:
                return writer->EndFile();
            case kSymlink:
                return writer->MakeSymlink(path, text, attributes);
            case kHardLink:
                return writer->MakeHardLink(path, text);
            case kNode:
                return writer->MakeNode(path, device_major, device_minor, attributes);
            case kEnd:
                writer->End();
                return Ok();
            case kWhiteout:
                return writer->MakeWhiteout(path);
            case kOpaque:
                return writer->MakeOpaque(path);
            case kRemove:
                return writer->Remove(path);
            default:
                return FailWith("step", ENOSYS);
        }
    }
};

struct WriteState : AsyncState {
    std::shared_ptr<Writer> writer;
    std::vector<TreeStep> steps;
    std::string path;
    Status Run() {
        FsIdentity identity;
        if (writer->uid >= 0)
            LIBPOD_TRY(
                identity.Become(static_cast<uint32_t>(writer->uid), static_cast<uint32_t>(writer->gid)));
        for (const TreeStep& step : steps) {
            if (!step.path.empty()) path = step.path;
            Status status = step.Run(writer.get());
            if (status.ok()) continue;
            writer->Abandon();
            return status;
        }
        return Ok();
    }
    Napi::Value Failure(Napi::Env env, const Status& status) { return FailureAt(env, status, path); }
};

std::string ToData(const Napi::Value& value) {
    if (value.IsString()) return ToBytes(value);
    auto bytes = value.As<Napi::Uint8Array>();
    return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
}

// treeWrite(handle, steps): Promise<undefined | failure, with the path if a step of the list has named it>;
// five elements a step: kind, path, text (a string or bytes), [mode, uid, gid, seconds, nanoseconds, major,
// minor], [name, value, ...] of attributes
Napi::Value TreeWrite(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<WriteState>();
    state->writer = Held<Writer>(info[0]);
    if (state->writer == nullptr) return ToFailure(info.Env(), FailWith("write", EBADF));
    auto list = info[1].As<Napi::Array>();
    state->steps.resize(list.Length() / 5);
    for (uint32_t i = 0; i < state->steps.size(); i++) {
        Napi::HandleScope scope(info.Env());
        TreeStep& step = state->steps[i];
        step.kind = Napi::Value(list.Get(5 * i)).As<Napi::Number>().Uint32Value();
        step.path = ToBytes(list.Get(5 * i + 1));
        step.text = ToData(list.Get(5 * i + 2));
        auto numbers = Napi::Value(list.Get(5 * i + 3)).As<Napi::Array>();
        auto number = [&numbers](uint32_t at) {
            return Napi::Value(numbers.Get(at)).As<Napi::Number>().Int64Value();
        };
        if (numbers.Length() == 7) {
            step.attributes.mode = static_cast<unsigned>(number(0));
            step.attributes.uid = static_cast<uint32_t>(number(1));
            step.attributes.gid = static_cast<uint32_t>(number(2));
            step.attributes.seconds = number(3);
            step.attributes.nanoseconds = static_cast<uint32_t>(number(4));
            step.device_major = static_cast<uint32_t>(number(5));
            step.device_minor = static_cast<uint32_t>(number(6));
        }
        auto xattrs = Napi::Value(list.Get(5 * i + 4)).As<Napi::Array>();
        for (uint32_t at = 0; at + 1 < xattrs.Length(); at += 2) {
            step.attributes.xattrs.emplace_back(ToBytes(xattrs.Get(at)), ToData(xattrs.Get(at + 1)));
        }
    }
    return OnThread(info.Env(), std::move(state));
}

// closeTreeWriter(handle): Promise<undefined>; takes away a file that is not finished
struct CloseState : AsyncState {
    std::shared_ptr<Writer> writer;
    Status Run() {
        if (writer != nullptr) writer->Abandon();
        writer.reset();
        return Ok();
    }
};
Napi::Value CloseWriter(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CloseState>();
    state->writer = std::move(Held<Writer>(info[0]));
    return OnThread(info.Env(), std::move(state));
}

struct DiffState : AsyncState {
    std::string upper, text;
    FdCopies copies;
    int lower = -1;
    bool copy = false;
    Status Run() {
        FdCopies held = std::move(copies);
        OwnedFd directory(open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        // A container that was never started has no layer of its own.
        if (!directory.valid()) return errno == ENOENT ? Ok() : Fail("open");
        return CompareLayers(directory.get(), lower, copy, &text);
    }
    Napi::Value Result(Napi::Env env) { return FromBytes(env, text); }
};

// compareLayers(path of the upper layer, fd of what is beneath, whether it is a copy of that): Promise<string
// | failure>; for each difference a letter (sys/layer_diff.h), the path, NUL
Napi::Value Diff(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<DiffState>();
    state->upper = ToText(info[0]);
    state->lower = ToInt(info[1]);
    state->copy = info[2].As<Napi::Boolean>().Value();
    Status copied = state->copies.Take(&state->lower);
    if (!copied.ok()) {
        auto refused = Napi::Promise::Deferred::New(info.Env());
        refused.Resolve(ToFailure(info.Env(), copied));
        return refused.Promise();
    }
    return OnThread(info.Env(), std::move(state));
}

}  // namespace

void ExportArchives(Napi::Env env, Napi::Object exports) {
    exports.Set("tarOpen", Napi::Function::New(env, TarOpen));
    exports.Set("tarRead", Napi::Function::New(env, TarRead));
    exports.Set("tarClose", Napi::Function::New(env, TarClose));
    exports.Set("treeWriter", Napi::Function::New(env, OpenWriter));
    exports.Set("treeWrite", Napi::Function::New(env, TreeWrite));
    exports.Set("compareLayers", Napi::Function::New(env, Diff));
    exports.Set("closeTreeWriter", Napi::Function::New(env, CloseWriter));
}

}  // namespace libpod
