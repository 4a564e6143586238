// File locks. A lock that is free is taken at once; one that is not is waited for on a thread of its own,
// since four waiters would else occupy every thread of the pool, and since that thread can be given up.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <string>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/lock.h"

namespace libpod {
namespace {

// A range is three arguments behind the first: start, length, shared. An array of them would cost as much as
// the lock.
LockRange ToRange(const Napi::CallbackInfo& info) {
    return LockRange{info[1].As<Napi::Number>().Int64Value(), info[2].As<Napi::Number>().Int64Value(),
                     info[3].As<Napi::Boolean>().Value()};
}

// tryLock(path, ...range): fd | failure
Napi::Value TryLock(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    Status status = LockFile(ToText(info[0]).c_str(), ToRange(info), false, &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

// lockAgain(fd, ...range) and unlock(fd, ...range), of a file that stays open: undefined, or a failure
template <Status (*kStep)(int, LockRange)>
Napi::Value OfDescriptor(const Napi::CallbackInfo& info) {
    Status status = kStep(info[0].As<Napi::Number>().Int32Value(), ToRange(info));
    return status.ok() ? info.Env().Undefined() : ToFailure(info.Env(), status);
}

// lockHolder(path, ...range): {start, length, shared, pid}, undefined if nobody is in the way, or a failure
Napi::Value Holder(const Napi::CallbackInfo& info) {
    LockHolder holder;
    Status status = FindLockHolder(ToText(info[0]).c_str(), ToRange(info), &holder);
    if (!status.ok()) return ToFailure(info.Env(), status);
    if (!holder.held) return info.Env().Undefined();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("start", static_cast<double>(holder.range.start));
    result.Set("length", static_cast<double>(holder.range.length));
    result.Set("shared", holder.range.shared);
    result.Set("pid", holder.pid);
    return result;
}

struct Waiter {
    pthread_t thread;
    std::string path;
    LockRange range;
    OwnedFd fd;
    // What the thread answers; the cancelled one never comes to write it.
    Status status = FailWith("fcntl(F_OFD_SETLKW)", ECANCELED);
    napi_deferred deferred = nullptr;
    napi_threadsafe_function done = nullptr;
    bool joined = false;
    int owners = 2;  // the JavaScript handle, and the wait itself; both are let go of on the main thread
};

void LetGo(Waiter* waiter) {
    if (--waiter->owners == 0) delete waiter;
}

// At most one system call of the thread is a place where it may be given up, so that nothing it holds is
// lost: the descriptor is the waiter's, and with it goes a lock that came at the same moment.
Status WaitForLock(Waiter* waiter) {
    int before;
    for (bool named = false; !named;) {
        LIBPOD_TRY(OpenLockFile(waiter->path.c_str(), waiter->range, &waiter->fd));
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
        Status locked = LockDescriptor(waiter->fd.get(), waiter->range, true);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
        LIBPOD_TRY(locked);
        LIBPOD_TRY(IsNamed(waiter->fd.get(), waiter->path.c_str(), &named));
    }
    return Ok();
}

void Announce(void* data) {
    napi_call_threadsafe_function(static_cast<Waiter*>(data)->done, nullptr, napi_tsfn_blocking);
}

void* RunWaiter(void* data) {
    auto* waiter = static_cast<Waiter*>(data);
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_cleanup_push(Announce, waiter);
    waiter->status = WaitForLock(waiter);
    pthread_cleanup_pop(1);
    return nullptr;
}

void Join(Waiter* waiter) {
    if (!waiter->joined) pthread_join(waiter->thread, nullptr);
    waiter->joined = true;
}

// A thread of Node's that ends takes its waiters with it, or they would lock a file for nobody.
void GiveUp(void* data) {
    auto* waiter = static_cast<Waiter*>(data);
    pthread_cancel(waiter->thread);
    Join(waiter);
}

// On the main thread, when the thread has its answer; without an environment where Node goes meanwhile.
void Settle(napi_env env, napi_value, void* context, void*) {
    auto* waiter = static_cast<Waiter*>(context);
    Join(waiter);
    // A lock on a file that is gone is nobody's, but others may wait for it: it must not stay with the
    // waiter, which lives until its handle is collected.
    if (!waiter->status.ok()) waiter->fd.Reset();
    if (env != nullptr) {
        napi_remove_env_cleanup_hook(env, GiveUp, waiter);
        Napi::HandleScope scope(env);
        Napi::Value answer = waiter->status.ok() ? Napi::Value(Napi::Number::New(env, waiter->fd.Release()))
                                                 : ToFailure(env, waiter->status);
        napi_resolve_deferred(env, waiter->deferred, answer);
    }
    napi_release_threadsafe_function(waiter->done, napi_tsfn_release);
    LetGo(waiter);
}

// lock(path, ...range): [Promise<fd | failure>, handle]; waits
Napi::Value Lock(const Napi::CallbackInfo& info) {
    constexpr size_t kStack = 256 * 1024;
    Napi::Env env = info.Env();
    auto* waiter = new Waiter();
    waiter->path = ToText(info[0]);
    waiter->range = ToRange(info);
    napi_value promise;
    napi_create_promise(env, &waiter->deferred, &promise);
    napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "libpod:lock"), 0, 1,
                                    nullptr, nullptr, waiter, Settle, &waiter->done);
    Napi::Array result = Napi::Array::New(env, 2);
    result.Set(0u, Napi::Value(env, promise));
    result.Set(1u, Napi::External<Waiter>::New(env, waiter, [](Napi::Env, Waiter* gone) { LetGo(gone); }));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    int error = pthread_create(&waiter->thread, &attributes, RunWaiter, waiter);
    pthread_attr_destroy(&attributes);
    if (error == 0) {
        napi_add_env_cleanup_hook(env, GiveUp, waiter);
    } else {
        waiter->joined = true;
        napi_resolve_deferred(env, waiter->deferred, ToFailure(env, FailWith("pthread_create", error)));
        napi_release_threadsafe_function(waiter->done, napi_tsfn_release);
        LetGo(waiter);
    }
    return result;
}

// cancelLock(handle): gives up waiting; the promise then answers ECANCELED, or the lock, if that came first
void Cancel(const Napi::CallbackInfo& info) {
    Waiter* waiter = info[0].As<Napi::External<Waiter>>().Data();
    if (!waiter->joined) pthread_cancel(waiter->thread);
}

}  // namespace

void ExportLocks(Napi::Env env, Napi::Object exports) {
    exports.Set("tryLock", Napi::Function::New(env, TryLock));
    exports.Set("lockAgain", Napi::Function::New(env, OfDescriptor<LockDescriptorAgain>));
    exports.Set("unlock", Napi::Function::New(env, OfDescriptor<UnlockDescriptor>));
    exports.Set("lockHolder", Napi::Function::New(env, Holder));
    exports.Set("lock", Napi::Function::New(env, Lock));
    exports.Set("cancelLock", Napi::Function::New(env, Cancel));
}

}  // namespace libpod
