// The one way in which this addon leaves the main thread: arguments are copied in, Run happens on a worker
// thread, the promise is resolved with a value or with a failure {stage, errno, ...}; it is never rejected.
#ifndef LIBPOD_NATIVE_ADDON_ASYNC_H_
#define LIBPOD_NATIVE_ADDON_ASYNC_H_

#include <napi.h>

#include <functional>
#include <memory>

#include "sys/result.h"

namespace libpod {

// The failure as JavaScript sees it.
Napi::Value ToFailure(Napi::Env env, const Status& status);

// A failure of the index-th step of a list.
Napi::Value ToFailure(Napi::Env env, const Status& status, uint32_t index);

// `State` holds copied arguments and results: `Status Run()` on the worker, `Napi::Value Result(Napi::Env)`
// back on the main thread after success.
template <typename State>
Napi::Value Async(Napi::Env env, std::unique_ptr<State> state) {
    class Worker : public Napi::AsyncWorker {
      public:
        Worker(Napi::Env env, std::unique_ptr<State> state)
            : Napi::AsyncWorker(env),
              deferred_(Napi::Promise::Deferred::New(env)),
              state_(std::move(state)) {}
        Napi::Promise promise() { return deferred_.Promise(); }

      protected:
        void Execute() override { status_ = state_->Run(); }
        void OnOK() override {
            Napi::HandleScope scope(Env());
            deferred_.Resolve(status_.ok() ? state_->Result(Env()) : state_->Failure(Env(), status_));
        }

      private:
        Napi::Promise::Deferred deferred_;
        std::unique_ptr<State> state_;
        Status status_;
    };
    auto* worker = new Worker(env, std::move(state));
    Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
}

// The base of every State.
struct AsyncState {
    Napi::Value Result(Napi::Env env) { return env.Undefined(); }
    Napi::Value Failure(Napi::Env env, const Status& status) { return ToFailure(env, status); }
};

}  // namespace libpod

#endif  // LIBPOD_NATIVE_ADDON_ASYNC_H_
