#include "addon/async.h"

namespace libpod {

Napi::Value ToFailure(Napi::Env env, const Status& status) {
    Napi::Object failure = Napi::Object::New(env);
    failure.Set("stage", status.stage);
    failure.Set("errno", status.error);
    return failure;
}

Napi::Value ToFailure(Napi::Env env, const Status& status, uint32_t index) {
    Napi::Object failure = ToFailure(env, status).As<Napi::Object>();
    failure.Set("index", index);
    return failure;
}

}  // namespace libpod
