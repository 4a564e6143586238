// Resolving a promise from a callback of the event loop.
#ifndef LIBPOD_NATIVE_ADDON_LATE_PROMISE_H_
#define LIBPOD_NATIVE_ADDON_LATE_PROMISE_H_

#include <napi.h>

namespace libpod {

// A promise that C++ resolves later, on the main thread, outside of any call from JavaScript.
class LatePromise {
  public:
    // `name` is what async_hooks shows.
    LatePromise(Napi::Env env, const char* name);
    ~LatePromise() { Drop(); }
    LatePromise(const LatePromise&) = delete;
    LatePromise& operator=(const LatePromise&) = delete;

    Napi::Value promise() const { return Napi::Value(env_, promise_); }

    // Resolves it with what `make` answers. Node runs the loop once more on its way out, when JavaScript may
    // not run any more: each step may then be refused, and nobody waits for the answer. The C++ wrapper,
    // which `make` uses, would end the process over it, so a step that needs JavaScript is tried first.
    template <typename Make>
    void Resolve(Make make) {
        napi_handle_scope handles;
        napi_callback_scope callback;
        napi_value resource;
        if (napi_open_handle_scope(env_, &handles) != napi_ok) return;
        if (napi_create_object(env_, &resource) == napi_ok &&
            napi_open_callback_scope(env_, resource, context_, &callback) == napi_ok) {
            if (napi_set_element(env_, resource, 0, resource) == napi_ok) {
                napi_resolve_deferred(env_, deferred_, make(Napi::Env(env_)));
            }
            napi_close_callback_scope(env_, callback);
        }
        napi_close_handle_scope(env_, handles);
        Drop();
    }

    // Gives up what belongs to the environment; due when that ends before the promise was resolved.
    void Drop() {
        if (context_ != nullptr) napi_async_destroy(env_, context_);
        context_ = nullptr;
    }

  private:
    napi_env env_;
    napi_value promise_ = nullptr;
    napi_deferred deferred_ = nullptr;
    napi_async_context context_ = nullptr;
};

inline LatePromise::LatePromise(Napi::Env env, const char* name) : env_(env) {
    napi_create_promise(env, &deferred_, &promise_);
    napi_async_init(env, nullptr, Napi::String::New(env, name), &context_);
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_LATE_PROMISE_H_
