// Extended attributes, on a worker thread or, for a caller that knows the file to be local, at once.
#include "sys/xattrs.h"

#include <cstring>

#include "addon/async.h"
#include "addon/places.h"
#include "addon/rooms.h"
#include "addon/values.h"

namespace libpod {
namespace {

// The numbers of XATTR_OPS in src/native/index.ts.
enum XattrOp : int { kGet, kSet, kRemove, kList };

struct XattrState : AsyncState {
    int op = kGet;
    Place place;
    std::string name, value;
    int flags = 0;

    Status Run() {
        switch (op) {
            case kGet:
                return GetXattr(place, name.c_str(), &value);
            case kSet:
                return SetXattr(place, name.c_str(), value, flags);
            case kRemove:
                return RemoveXattr(place, name.c_str());
            case kList:
                return ListXattrs(place, &value);
            default:
                return FailWith("xattr", ENOSYS);
        }
    }
    Napi::Value Result(Napi::Env env) {
        if (op == kGet) return Napi::Buffer<char>::Copy(env, value.data(), value.size());
        if (op == kList) return Napi::String::New(env, value);
        return env.Undefined();
    }
};

std::unique_ptr<XattrState> ReadState(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<XattrState>();
    state->op = ToInt(info[0]);
    state->place = ToPlace(info[1]);
    state->name = ToText(info[2]);
    auto bytes = info[3].As<Napi::Uint8Array>();
    state->value.assign(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
    state->flags = ToInt(info[4]);
    return state;
}

// xattr(op, place, name, value, flags): Promise<Buffer, the names each ended by a NUL, undefined, or a
// failure>
Napi::Value Xattr(const Napi::CallbackInfo& info) {
    return Async(info.Env(), ReadState(info));
}

// xattrAtOnce(op, place, name, value, flags): the same on this thread
Napi::Value XattrAtOnce(const Napi::CallbackInfo& info) {
    auto state = ReadState(info);
    Status status = state->Run();
    return status.ok() ? state->Result(info.Env()) : state->Failure(info.Env(), status);
}

}  // namespace

void ExportXattrs(Napi::Env env, Napi::Object exports) {
    exports.Set("xattr", Napi::Function::New(env, Xattr));
    exports.Set("xattrAtOnce", Napi::Function::New(env, XattrAtOnce));
}

}  // namespace libpod
