// Descriptors on which something happens now and then: mount tables, cgroup events, event counters. The event
// loop itself polls them, so no worker thread is held.
#include <uv.h>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/fd_copies.h"

namespace libpod {
namespace {

struct Watch {
    // The loop has room for one watcher of a number, and Node may have its own on the original.
    OwnedFd copy;
    uv_poll_t poll;
    napi_env env = nullptr;
    napi_ref callback = nullptr;
    napi_async_context context = nullptr;
};

void CloseWatch(void* data) {
    auto* watch = static_cast<Watch*>(data);
    uv_poll_stop(&watch->poll);
    napi_delete_reference(watch->env, watch->callback);
    napi_async_destroy(watch->env, watch->context);
    uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll),
             [](uv_handle_t* handle) { delete static_cast<Watch*>(handle->data); });
    watch->copy.Reset();
}

// As with the reaper (processes.cc): on Node's way out JavaScript may not run any more, and each step may be
// refused.
void OnEvent(uv_poll_t* poll, int, int) {
    auto* watch = static_cast<Watch*>(poll->data);
    napi_env env = watch->env;
    napi_handle_scope handles;
    if (napi_open_handle_scope(env, &handles) != napi_ok) return;
    napi_value callback, receiver;
    if (napi_get_reference_value(env, watch->callback, &callback) == napi_ok &&
        napi_get_global(env, &receiver) == napi_ok) {
        napi_make_callback(env, watch->context, receiver, callback, 0, nullptr, nullptr);
    }
    napi_close_handle_scope(env, handles);
}

// watch(fd, priority, callback): a handle | failure. Calls back when the descriptor is readable or, with
// `priority`, when it has an exceptional condition (POLLPRI), an error or a hangup. It is copied.
Napi::Value Start(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uv_loop_s* loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    OwnedFd copy;
    Status copied = CopyFd(ToInt(info[0]), &copy);
    if (!copied.ok()) return ToFailure(env, copied);
    auto* watch = new Watch();
    watch->env = env;
    watch->copy = std::move(copy);
    watch->poll.data = watch;
    int error = uv_poll_init(loop, &watch->poll, watch->copy.get());
    if (error != 0) {
        delete watch;
        return ToFailure(env, FailWith("epoll_ctl", -error));
    }
    napi_async_init(env, nullptr, Napi::String::New(env, "libpod:watch"), &watch->context);
    napi_create_reference(env, info[2], 1, &watch->callback);
    uv_poll_start(&watch->poll, info[1].As<Napi::Boolean>().Value() ? UV_PRIORITIZED : UV_READABLE, OnEvent);
    napi_add_env_cleanup_hook(env, CloseWatch, watch);
    return Napi::External<Watch>::New(env, watch);
}

// unwatch(handle): once
void Stop(const Napi::CallbackInfo& info) {
    Watch* watch = info[0].As<Napi::External<Watch>>().Data();
    napi_remove_env_cleanup_hook(info.Env(), CloseWatch, watch);
    CloseWatch(watch);
}

}  // namespace

void ExportWatch(Napi::Env env, Napi::Object exports) {
    exports.Set("watch", Napi::Function::New(env, Start));
    exports.Set("unwatch", Napi::Function::New(env, Stop));
}

}  // namespace libpod
