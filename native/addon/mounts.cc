// Mounts: each call is one trip to a worker thread, since any of them may wait for a device or a server.
#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/places.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/mount.h"

namespace libpod {
namespace {

uint64_t ToBits(const Napi::Value& value) {
    bool lossless;
    return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

// Options of a file system, three elements each: the key, the value or undefined for a flag, or a descriptor.
struct Option {
    std::string key, value;
    enum { kFlag, kString, kDescriptor } kind = kFlag;
    int fd = -1;
};

std::vector<Option> ToOptions(const Napi::Value& value) {
    auto list = value.As<Napi::Array>();
    std::vector<Option> options(list.Length() / 2);
    for (uint32_t i = 0; i < options.size(); i++) {
        Option& option = options[i];
        option.key = ToText(list.Get(2 * i));
        Napi::Value given = list.Get(2 * i + 1);
        if (given.IsString()) {
            option.kind = Option::kString;
            option.value = ToText(given);
        } else if (given.IsNumber()) {
            option.kind = Option::kDescriptor;
            option.fd = ToInt(given);
        }
    }
    return options;
}

// [set, clear, propagation, user namespace or -1, recursive]
MountChange ToChange(const Napi::Value& value) {
    auto parts = value.As<Napi::Array>();
    MountChange change;
    change.set = ToBits(parts.Get(0u));
    change.clear = ToBits(parts.Get(1u));
    change.propagation = ToBits(parts.Get(2u));
    change.user_namespace = ToInt(parts.Get(3u));
    change.recursive = Napi::Value(parts.Get(4u)).As<Napi::Boolean>().Value();
    return change;
}

bool IsEmpty(const MountChange& change) {
    return (change.set | change.clear | change.propagation) == 0 && change.user_namespace < 0;
}

// A file system's configuration that failed tells which option it was, and the kernel's own words.
struct ConfigureState : AsyncState {
    std::vector<Option> options;
    FsContext context;
    uint32_t index = UINT32_MAX;
    char message[512] = "";

    Status Configure() {
        for (const Option& option : options) {
            index = static_cast<uint32_t>(&option - options.data());
            Status status = option.kind == Option::kFlag ? context.SetFlag(option.key.c_str())
                            : option.kind == Option::kString
                                ? context.SetString(option.key.c_str(), option.value.c_str())
                                : context.SetDescriptor(option.key.c_str(), option.fd);
            if (!status.ok()) return Explained(status);
        }
        index = UINT32_MAX;
        return Ok();
    }
    // errno is in the status already, which reading the message may change.
    Status Explained(const Status& status) {
        if (!status.ok()) context.ReadMessage(message, sizeof message);
        return status;
    }
    Napi::Value Failure(Napi::Env env, const Status& status) {
        Napi::Object failure = ToFailure(env, status).As<Napi::Object>();
        if (index != UINT32_MAX) failure.Set("index", index);
        if (message[0] != '\0') failure.Set("message", message);
        return failure;
    }
};

struct CreateState : ConfigureState {
    std::string type;
    MountChange change;
    bool attached = false;
    Place target;
    OwnedFd mount;

    Status Run() {
        LIBPOD_TRY(context.Open(type.c_str()));
        LIBPOD_TRY(Configure());
        LIBPOD_TRY(Explained(context.Create(change.set, &mount)));
        MountChange rest = change;
        rest.set = rest.clear = 0;
        if (!IsEmpty(rest)) LIBPOD_TRY(ChangeMount(mount.get(), "", rest));
        if (!attached) return Ok();
        ResolvedPlace at;
        LIBPOD_TRY(at.Resolve(target, true));
        LIBPOD_TRY(MoveMount(mount.get(), "", at.directory(), at.path(), false));
        mount.Reset();
        return Ok();
    }
    Napi::Value Result(Napi::Env env) {
        return attached ? env.Undefined() : Napi::Number::New(env, mount.Release());
    }
};

// createMount(type, options, change, target or undefined): Promise<fd or undefined | failure>
Napi::Value Create(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CreateState>();
    state->type = ToText(info[0]);
    state->options = ToOptions(info[1]);
    state->change = ToChange(info[2]);
    state->attached = !info[3].IsUndefined();
    if (state->attached) state->target = ToPlace(info[3]);
    return Async(info.Env(), std::move(state));
}

struct ReconfigureState : ConfigureState {
    Place place;
    Status Run() {
        ResolvedPlace at;
        LIBPOD_TRY(at.Resolve(place, true));
        LIBPOD_TRY(context.Pick(at.directory(), at.path()));
        LIBPOD_TRY(Configure());
        return Explained(context.Reconfigure());
    }
};

// reconfigureMount(place, options): Promise<undefined | failure>
Napi::Value Reconfigure(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ReconfigureState>();
    state->place = ToPlace(info[0]);
    state->options = ToOptions(info[1]);
    return Async(info.Env(), std::move(state));
}

struct CloneState : AsyncState {
    Place source, target;
    bool recursive = false, attached = false;
    MountChange change;
    OwnedFd mount;

    // Changed while it is detached: nobody sees a bind mount that is not read-only yet.
    Status Run() {
        ResolvedPlace from, to;
        LIBPOD_TRY(from.Resolve(source, true));
        LIBPOD_TRY(CloneMount(from.directory(), from.path(), recursive, &mount));
        if (!IsEmpty(change)) LIBPOD_TRY(ChangeMount(mount.get(), "", change));
        if (!attached) return Ok();
        LIBPOD_TRY(to.Resolve(target, true));
        LIBPOD_TRY(MoveMount(mount.get(), "", to.directory(), to.path(), false));
        mount.Reset();
        return Ok();
    }
    Napi::Value Result(Napi::Env env) {
        return attached ? env.Undefined() : Napi::Number::New(env, mount.Release());
    }
};

// cloneMount(source, recursive, change, target or undefined): Promise<fd or undefined | failure>
Napi::Value Clone(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CloneState>();
    state->source = ToPlace(info[0]);
    state->recursive = info[1].As<Napi::Boolean>().Value();
    state->change = ToChange(info[2]);
    state->attached = !info[3].IsUndefined();
    if (state->attached) state->target = ToPlace(info[3]);
    return Async(info.Env(), std::move(state));
}

struct MoveState : AsyncState {
    Place source, target;
    bool beneath = false;
    Status Run() {
        ResolvedPlace from, to;
        LIBPOD_TRY(from.Resolve(source, true));
        LIBPOD_TRY(to.Resolve(target, true));
        return MoveMount(from.directory(), from.path(), to.directory(), to.path(), beneath);
    }
};

// moveMount(source, target, beneath): Promise<undefined | failure>
Napi::Value Move(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<MoveState>();
    state->source = ToPlace(info[0]);
    state->target = ToPlace(info[1]);
    state->beneath = info[2].As<Napi::Boolean>().Value();
    return Async(info.Env(), std::move(state));
}

struct ChangeState : AsyncState {
    Place place;
    MountChange change;
    Status Run() {
        ResolvedPlace at;
        LIBPOD_TRY(at.Resolve(place, true));
        return ChangeMount(at.directory(), at.path(), change);
    }
};

// changeMount(place, change): Promise<undefined | failure>
Napi::Value Change(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ChangeState>();
    state->place = ToPlace(info[0]);
    state->change = ToChange(info[1]);
    return Async(info.Env(), std::move(state));
}

struct UnmountState : AsyncState {
    Place place;
    int flags = 0;
    Status Run() {
        OwnedFd parent;
        std::string name;
        LIBPOD_TRY(NamePlace(place, &parent, &name));
        return Unmount(name.c_str(), flags);
    }
};

// unmount(place, flags): Promise<undefined | failure>
Napi::Value UnmountPlace(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<UnmountState>();
    state->place = ToPlace(info[0]);
    state->flags = ToInt(info[1]);
    return Async(info.Env(), std::move(state));
}

}  // namespace

void ExportMounts(Napi::Env env, Napi::Object exports) {
    exports.Set("createMount", Napi::Function::New(env, Create));
    exports.Set("reconfigureMount", Napi::Function::New(env, Reconfigure));
    exports.Set("cloneMount", Napi::Function::New(env, Clone));
    exports.Set("moveMount", Napi::Function::New(env, Move));
    exports.Set("changeMount", Napi::Function::New(env, Change));
    exports.Set("unmount", Napi::Function::New(env, UnmountPlace));
}

}  // namespace libpod
