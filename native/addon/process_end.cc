// The end of a process, heard on the event loop itself: no worker thread is held for its life.
#include <uv.h>

#include <memory>

#include "addon/async.h"
#include "addon/late_promise.h"
#include "addon/rooms.h"
#include "sys/fd_copies.h"
#include "sys/process.h"

namespace libpod {
namespace {

// How long to leave a traced process to its tracer before it is asked for again.
constexpr uint64_t kAgainMs = 10;

// Does not keep Node alive, and goes quietly when Node does: whoever inherits a child reaps it.
class Watch {
  public:
    Watch(Napi::Env env, OwnedFd pidfd, bool reap)
        : env_(env), late_(env, "libpod:process"), pidfd_(std::move(pidfd)), reap_(reap) {}

    Napi::Value promise() const { return late_.promise(); }

    // Begins, and keeps `self` for as long as it lasts.
    static Status Begin(const std::shared_ptr<Watch>& self) {
        uv_loop_s* loop = nullptr;
        napi_get_uv_event_loop(self->env_, &loop);
        int error = uv_poll_init(loop, &self->poll_, self->pidfd_.get());
        if (error != 0) return FailWith("epoll_ctl", -error);
        self->self_ = self;
        self->poll_.data = self.get();
        uv_timer_init(loop, &self->again_);
        self->again_.data = self.get();
        uv_unref(reinterpret_cast<uv_handle_t*>(&self->again_));
        uv_unref(reinterpret_cast<uv_handle_t*>(&self->poll_));
        uv_poll_start(&self->poll_, UV_READABLE, OnReadable);
        napi_add_env_cleanup_hook(self->env_, OnCleanup, self.get());
        return Ok();
    }

    // Stops listening; the promise answers undefined.
    void Stop() {
        if (self_ == nullptr || closing_) return;
        napi_remove_env_cleanup_hook(env_, OnCleanup, this);
        Close();
        late_.Resolve([](Napi::Env env) -> napi_value { return env.Undefined(); });
    }

  private:
    static void OnReadable(uv_poll_t* poll, int, int) {
        auto* self = static_cast<Watch*>(poll->data);
        ProcessEnd end = WaitForEnd(self->pidfd_.get(), self->reap_);
        if (end.traced) {
            // The descriptor stays readable meanwhile, so listening on would spin.
            uv_poll_stop(poll);
            uv_timer_start(&self->again_, OnAgain, kAgainMs, 0);
            return;
        }
        napi_remove_env_cleanup_hook(self->env_, OnCleanup, self);
        // First, as whoever waits goes on within Resolve. The object itself stays until the loop's next turn.
        self->Close();
        self->late_.Resolve([&end](Napi::Env env) -> napi_value {
            Napi::Object result = Napi::Object::New(env);
            result.Set("known", end.known);
            result.Set("signalled", end.signalled);
            result.Set("status", end.status);
            return result;
        });
    }
    static void OnAgain(uv_timer_t* timer) {
        auto* self = static_cast<Watch*>(timer->data);
        uv_poll_start(&self->poll_, UV_READABLE, OnReadable);
    }
    static void OnCleanup(void* data) {
        auto* self = static_cast<Watch*>(data);
        self->late_.Drop();
        self->Close();
    }
    void Close() {
        closing_ = true;
        uv_poll_stop(&poll_);
        // Now, and not with the object: the function `stop` keeps that until it is collected.
        pidfd_.Reset();
        uv_timer_stop(&again_);
        uv_close(reinterpret_cast<uv_handle_t*>(&again_), OnClosed);
        uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
    }
    static void OnClosed(uv_handle_t* handle) {
        auto* self = static_cast<Watch*>(handle->data);
        if (++self->closed_ == 2) self->self_.reset();
    }

    napi_env env_;
    LatePromise late_;
    OwnedFd pidfd_;
    bool reap_;
    bool closing_ = false;
    int closed_ = 0;
    uv_poll_t poll_ = {};
    uv_timer_t again_ = {};
    std::shared_ptr<Watch> self_;
};

// watchEnd(pidfd, reap): {ended: Promise<{known, signalled, status} | undefined>, stop()} | failure. Works on
// a copy of the descriptor. `known` is false for a process that is no child of this one; with `reap` a child
// is reaped, else left for whoever does. `stop` ends the watch, with undefined.
Napi::Value WatchEnd(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    OwnedFd copy;
    Status copied = CopyFd(info[0].As<Napi::Number>().Int32Value(), &copy);
    if (!copied.ok()) return ToFailure(env, copied);
    auto watch = std::make_shared<Watch>(env, std::move(copy), info[1].As<Napi::Boolean>().Value());
    Status begun = Watch::Begin(watch);
    if (!begun.ok()) return ToFailure(env, begun);
    Napi::Object result = Napi::Object::New(env);
    result.Set("ended", watch->promise());
    result.Set("stop", Napi::Function::New(env, [watch](const Napi::CallbackInfo&) { watch->Stop(); }));
    return result;
}

}  // namespace

void ExportProcessEnd(Napi::Env env, Napi::Object exports) {
    exports.Set("watchEnd", Napi::Function::New(env, WatchEnd));
}

}  // namespace libpod
