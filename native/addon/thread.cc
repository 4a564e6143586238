#include "addon/thread.h"

#include <pthread.h>
#include <signal.h>
#include <uv.h>

#include <mutex>
#include <vector>

namespace libpod {
namespace {

constexpr size_t kStackSize = 256 << 10;

// Where threads of one environment leave their finished tasks. A thread may outlive the environment: then its
// task is dropped with the mailbox. (A napi_threadsafe_function dies with the environment, whoever may still
// call it.)
class Mailbox {
  public:
    static std::shared_ptr<Mailbox> Of(Napi::Env env);

    // On the main thread: one more task is under way. The event loop stays alive until the last is finished.
    void Expect() {
        if (expected_++ == 0) uv_ref(Handle());
    }
    void Unexpect() {
        if (--expected_ == 0) uv_unref(Handle());
    }

    // On any thread.
    void Deliver(std::unique_ptr<ThreadTask> task) {
        std::lock_guard<std::mutex> guard(mutex_);
        // Its environment is gone, and with it what the task's promise would be destroyed by.
        if (closed_) return (void)task.release();
        tasks_.push_back(std::move(task));
        uv_async_send(&async_);
    }

  private:
    explicit Mailbox(napi_env env) : env_(env) {}
    uv_handle_t* Handle() { return reinterpret_cast<uv_handle_t*>(&async_); }
    static void OnDelivered(uv_async_t* async);
    static void OnCleanup(void* data);

    napi_env env_;
    uv_async_t async_ = {};
    unsigned expected_ = 0;
    std::shared_ptr<Mailbox> self_;  // until the handle is closed
    std::mutex mutex_;
    std::vector<std::unique_ptr<ThreadTask>> tasks_;
    bool closed_ = false;
};

std::shared_ptr<Mailbox> Mailbox::Of(Napi::Env env) {
    auto* known = env.GetInstanceData<std::weak_ptr<Mailbox>>();
    if (known != nullptr) return known->lock();
    std::shared_ptr<Mailbox> made(new Mailbox(env));
    uv_loop_s* loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    if (uv_async_init(loop, &made->async_, OnDelivered) != 0) return nullptr;
    made->async_.data = made.get();
    uv_unref(made->Handle());
    made->self_ = made;
    napi_add_env_cleanup_hook(env, OnCleanup, made.get());
    env.SetInstanceData(new std::weak_ptr<Mailbox>(made));
    return made;
}

void Mailbox::OnDelivered(uv_async_t* async) {
    auto* self = static_cast<Mailbox*>(async->data);
    std::vector<std::unique_ptr<ThreadTask>> tasks;
    {
        std::lock_guard<std::mutex> guard(self->mutex_);
        tasks.swap(self->tasks_);
    }
    for (auto& task : tasks) {
        self->Unexpect();
        task->Finish(self->env_);
    }
}

void Mailbox::OnCleanup(void* data) {
    auto* self = static_cast<Mailbox*>(data);
    std::vector<std::unique_ptr<ThreadTask>> tasks;
    {
        std::lock_guard<std::mutex> guard(self->mutex_);
        self->closed_ = true;
        tasks.swap(self->tasks_);
    }
    uv_close(self->Handle(), [](uv_handle_t* handle) { static_cast<Mailbox*>(handle->data)->self_.reset(); });
}

struct Start {
    std::shared_ptr<Mailbox> mailbox;
    std::unique_ptr<ThreadTask> task;
};

void* Main(void* data) {
    std::unique_ptr<Start> start(static_cast<Start*>(data));
    start->task->Run();
    start->mailbox->Deliver(std::move(start->task));
    return nullptr;
}

}  // namespace

Status StartThread(Napi::Env env, std::unique_ptr<ThreadTask> task) {
    std::shared_ptr<Mailbox> mailbox = Mailbox::Of(env);
    if (mailbox == nullptr) return FailWith("uv_async_init", ENOMEM);
    auto start = std::make_unique<Start>(Start{mailbox, std::move(task)});
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStackSize);
    // Signals are for the main thread; the new one inherits the mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, Main, start.get());
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (error != 0) return FailWith("pthread_create", error);
    start.release();
    mailbox->Expect();
    return Ok();
}

}  // namespace libpod
