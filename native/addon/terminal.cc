// The modes of terminals.
#include "sys/terminal.h"

#include <cstring>

#include "addon/rooms.h"
#include "addon/values.h"

namespace libpod {
namespace {

// makeRaw(fd): the modes before | failure
Napi::Value Raw(const Napi::CallbackInfo& info) {
    struct termios before;
    Status status = MakeRaw(ToInt(info[0]), &before);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Buffer<uint8_t>::Copy(info.Env(), reinterpret_cast<uint8_t*>(&before), sizeof before);
}

// restoreTerminal(fd, modes): undefined | failure
Napi::Value Restore(const Napi::CallbackInfo& info) {
    struct termios before;
    memcpy(&before, info[1].As<Napi::Uint8Array>().Data(), sizeof before);
    return ToAnswer(info.Env(), RestoreTerminal(ToInt(info[0]), before));
}

}  // namespace

void ExportTerminal(Napi::Env env, Napi::Object exports) {
    exports.Set("makeRaw", Napi::Function::New(env, Raw));
    exports.Set("restoreTerminal", Napi::Function::New(env, Restore));
}

}  // namespace libpod
