// Mounts: each call is one trip to a worker thread, since any of them may wait for a device or a server.
#include <cstdlib>
#include <cstring>
#include <string>

#include "addon/async.h"
#include "addon/places.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/mount.h"

namespace libpod {
namespace {

// [set, clear, propagation, user namespace or -1, recursive], from this argument on: by themselves, since
// reading a list costs as much as all the rest of a call.
MountChange ToChange(const Napi::CallbackInfo& info, size_t at) {
    MountChange change;
    change.set = info[at].As<Napi::Number>().Uint32Value();
    change.clear = info[at + 1].As<Napi::Number>().Uint32Value();
    change.propagation = info[at + 2].As<Napi::Number>().Uint32Value();
    change.user_namespace = ToInt(info[at + 3]);
    change.recursive = info[at + 4].As<Napi::Boolean>().Value();
    return change;
}

bool IsEmpty(const MountChange& change) {
    return (change.set | change.clear | change.propagation) == 0 && change.user_namespace < 0;
}

// A file system's configuration that failed tells which option it was, and the kernel's own words.
struct ConfigureState : AsyncState {
    static constexpr char kFlag = '-', kDescriptor = '#';
    std::string options;
    FsContext context;
    uint32_t index = UINT32_MAX;
    char message[512] = "";

    // Each option is a sign, its key, and but for a flag its value, which end in a NUL.
    Status Configure() {
        index = 0;
        for (const char* at = options.c_str(); at < options.c_str() + options.size(); index++) {
            char sign = *at;
            const char* key = at + 1;
            const char* value = key + strlen(key) + 1;
            Status status = sign == kFlag         ? context.SetFlag(key)
                            : sign == kDescriptor ? context.SetDescriptor(key, atoi(value))
                                                  : context.SetString(key, value);
            if (!status.ok()) return Explained(status);
            at = sign == kFlag ? value : value + strlen(value) + 1;
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

// createMount(type, options, target or undefined, ...change): Promise<fd or undefined | failure>
Napi::Value Create(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CreateState>();
    state->type = ToText(info[0]);
    state->options = ToText(info[1]);
    state->attached = !info[2].IsUndefined();
    if (state->attached) state->target = ToPlace(info[2]);
    state->change = ToChange(info, 3);
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
    state->options = ToText(info[1]);
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

// cloneMount(source, recursive, target or undefined, ...change): Promise<fd or undefined | failure>
Napi::Value Clone(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<CloneState>();
    state->source = ToPlace(info[0]);
    state->recursive = info[1].As<Napi::Boolean>().Value();
    state->attached = !info[2].IsUndefined();
    if (state->attached) state->target = ToPlace(info[2]);
    state->change = ToChange(info, 3);
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

// changeMount(place, ...change): Promise<undefined | failure>
Napi::Value Change(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ChangeState>();
    state->place = ToPlace(info[0]);
    state->change = ToChange(info, 1);
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
