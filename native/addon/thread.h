// The other way to leave the main thread: a thread of its own that ends after one task. A thread that has
// entered a namespace is fit for nothing else afterwards, so neither the main thread nor the worker pool of
// libuv may ever do it; and what waits for a stranger's file system holds up only itself.
#ifndef LIBPOD_NATIVE_ADDON_THREAD_H_
#define LIBPOD_NATIVE_ADDON_THREAD_H_

#include <napi.h>

#include <memory>

#include "addon/async.h"
#include "addon/late_promise.h"
#include "sys/namespace.h"
#include "sys/result.h"

namespace libpod {

// A task: Run on a thread of its own, then Finish on the main one.
class ThreadTask {
  public:
    virtual ~ThreadTask() = default;
    virtual void Run() = 0;
    virtual void Finish(Napi::Env env) = 0;
};

// Starts the thread: every signal blocked. Node stays alive until Finish. A task for which there can be no
// thread is dropped.
Status StartThread(Napi::Env env, std::unique_ptr<ThreadTask> task);

// As Async (async.h), on a thread of its own.
template <typename State>
Napi::Value OnThread(Napi::Env env, std::unique_ptr<State> state) {
    class Task : public ThreadTask {
      public:
        Task(Napi::Env env, std::unique_ptr<State> state)
            : late_(env, "libpod:thread"), state_(std::move(state)) {}
        Napi::Value promise() { return late_.promise(); }
        void Run() override {
            status_ = LeaveSharedDirectory();
            if (status_.ok()) status_ = state_->Run();
        }
        void Finish(Napi::Env) override {
            late_.Resolve([this](Napi::Env env) -> napi_value {
                return status_.ok() ? state_->Result(env) : state_->Failure(env, status_);
            });
        }

      private:
        LatePromise late_;
        std::unique_ptr<State> state_;
        Status status_;
    };
    auto task = std::make_unique<Task>(env, std::move(state));
    Napi::Value promise = task->promise();
    Status started = StartThread(env, std::move(task));
    if (started.ok()) return promise;
    auto refused = Napi::Promise::Deferred::New(env);
    refused.Resolve(ToFailure(env, started));
    return refused.Promise();
}

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_THREAD_H_
