// Processes: the monitor's start and end, signals, the seccomp compiler.
#include <sys/wait.h>
#include <uv.h>

#include <string>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/fd.h"
#include "sys/process.h"
#include "sys/seccomp.h"
#include "sys/spawn.h"
#include "sys/syscalls.h"

namespace libpod {
namespace {

// openExecutable(directory, name, empty directory): {fd, sealed} | failure
Napi::Value OpenMonitor(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    bool sealed;
    Status status = OpenExecutable(ToText(info[0]).c_str(), ToText(info[1]).c_str(), ToText(info[2]).c_str(),
                                   &fd, &sealed);
    if (!status.ok()) return ToFailure(info.Env(), status);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("fd", fd.Release());
    result.Set("sealed", sealed);
    return result;
}

struct SpawnState : AsyncState {
    SpawnRequest request;
    std::vector<uint8_t> program;
    Spawned spawned;
    Status Run() {
        if (!program.empty()) request.program = program.data();
        request.program_size = program.size();
        return SpawnMonitor(request, &spawned);
    }
    Napi::Value Result(Napi::Env env) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("pid", spawned.pid);
        result.Set("pidfd", spawned.pidfd.Release());
        result.Set("socket", spawned.socket.Release());
        return result;
    }
};

// spawnMonitor(executable fd, program or undefined, cgroup fd or -1, tasks files): Promise<{pid, pidfd,
// socket} | failure>
Napi::Value Spawn(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<SpawnState>();
    state->request.executable = info[0].As<Napi::Number>().Int32Value();
    if (!info[1].IsUndefined()) {
        auto program = info[1].As<Napi::Uint8Array>();
        state->program.assign(program.Data(), program.Data() + program.ByteLength());
    }
    state->request.cgroup = info[2].As<Napi::Number>().Int32Value();
    auto files = info[3].As<Napi::Array>();
    for (uint32_t i = 0; i < files.Length(); i++) state->request.tasks_files.push_back(ToText(files.Get(i)));
    return Async(info.Env(), std::move(state));
}

// sendProgram(socket, program): undefined | failure
Napi::Value Program(const Napi::CallbackInfo& info) {
    auto program = info[1].As<Napi::Uint8Array>();
    Status status =
        SendProgram(info[0].As<Napi::Number>().Int32Value(), program.Data(), program.ByteLength());
    return status.ok() ? info.Env().Undefined() : ToFailure(info.Env(), status);
}

// Waits for a child's end on the event loop itself, so no worker thread is held for the life of a container.
// Does not keep Node alive, and goes quietly when Node does: whoever inherits the child reaps it.
struct Reaper {
    uv_poll_t poll;
    OwnedFd pidfd;
    napi_env env = nullptr;
    napi_deferred deferred = nullptr;
    napi_async_context context = nullptr;
};

void CloseReaper(void* data) {
    auto* reaper = static_cast<Reaper*>(data);
    uv_poll_stop(&reaper->poll);
    napi_async_destroy(reaper->env, reaper->context);
    uv_close(reinterpret_cast<uv_handle_t*>(&reaper->poll),
             [](uv_handle_t* handle) { delete static_cast<Reaper*>(handle->data); });
}

// Node runs the loop once more on its way out, when JavaScript may not run any more: each step may then be
// refused, and nobody waits for the answer. The C++ wrapper would end the process over it.
void Settle(Reaper* reaper, int status) {
    napi_env env = reaper->env;
    napi_handle_scope handles;
    napi_callback_scope callback;
    napi_value resource, value;
    if (napi_open_handle_scope(env, &handles) != napi_ok) return;
    if (napi_create_object(env, &resource) == napi_ok &&
        napi_open_callback_scope(env, resource, reaper->context, &callback) == napi_ok) {
        if (napi_create_int32(env, status, &value) == napi_ok)
            napi_resolve_deferred(env, reaper->deferred, value);
        napi_close_callback_scope(env, callback);
    }
    napi_close_handle_scope(env, handles);
}

void OnReadable(uv_poll_t* poll, int, int) {
    auto* reaper = static_cast<Reaper*>(poll->data);
    siginfo_t ended = {};
    // __WALL: the monitor was cloned without an exit signal, which waitid(2) counts as a "clone child".
    waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(reaper->pidfd.get()), &ended,
           WEXITED | WNOHANG | __WALL);
    napi_remove_env_cleanup_hook(reaper->env, CloseReaper, reaper);
    Settle(reaper, ended.si_status);
    CloseReaper(reaper);
}

// reap(pidfd): Promise<exit status>; takes the descriptor over
Napi::Value Reap(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uv_loop_s* loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    auto* reaper = new Reaper();
    reaper->env = env;
    reaper->pidfd.Reset(info[0].As<Napi::Number>().Int32Value());
    reaper->poll.data = reaper;
    napi_value promise;
    napi_create_promise(env, &reaper->deferred, &promise);
    napi_async_init(env, nullptr, Napi::String::New(env, "libpod:reap"), &reaper->context);
    if (uv_poll_init(loop, &reaper->poll, reaper->pidfd.get()) != 0) {
        napi_resolve_deferred(env, reaper->deferred, Napi::Number::New(env, -1));
        napi_async_destroy(env, reaper->context);
        delete reaper;
        return Napi::Value(env, promise);
    }
    uv_unref(reinterpret_cast<uv_handle_t*>(&reaper->poll));
    uv_poll_start(&reaper->poll, UV_READABLE, OnReadable);
    napi_add_env_cleanup_hook(env, CloseReaper, reaper);
    return Napi::Value(env, promise);
}

// startTicks(pid): bigint, 0n if there is no such process
Napi::Value Ticks(const Napi::CallbackInfo& info) {
    return Napi::BigInt::New(info.Env(), StartTicks(info[0].As<Napi::Number>().Int32Value()));
}

// pidfdOpen(pid): fd | failure
Napi::Value OpenPidfd(const Napi::CallbackInfo& info) {
    OwnedFd fd(sys::PidfdOpen(info[0].As<Napi::Number>().Int32Value()));
    if (!fd.valid()) return ToFailure(info.Env(), Fail("pidfd_open"));
    return Napi::Number::New(info.Env(), fd.Release());
}

// pidfdSendSignal(pidfd, signal): undefined | failure
Napi::Value SendSignal(const Napi::CallbackInfo& info) {
    int answer = sys::PidfdSendSignal(info[0].As<Napi::Number>().Int32Value(),
                                      info[1].As<Napi::Number>().Int32Value());
    return answer == 0 ? info.Env().Undefined() : ToFailure(info.Env(), Fail("pidfd_send_signal"));
}

struct SeccompState : AsyncState {
    SeccompFilter filter;
    std::vector<uint8_t> bytes;
    Status Run() { return CompileSeccomp(filter, &bytes); }
    Napi::Value Result(Napi::Env env) { return Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size()); }
};

// compileSeccomp({defaultAction, architectures, rules: [{name, action, comparisons: [[index, op, value,
// valueTwo]]}]})
Napi::Value Compile(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<SeccompState>();
    auto filter = info[0].As<Napi::Object>();
    auto number = [](const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); };
    auto wide = [](const Napi::Value& value) {
        bool lossless;
        return value.As<Napi::BigInt>().Uint64Value(&lossless);
    };
    state->filter.default_action = number(filter.Get("defaultAction"));
    auto architectures = filter.Get("architectures").As<Napi::Array>();
    for (uint32_t i = 0; i < architectures.Length(); i++) {
        state->filter.architectures.push_back(number(architectures.Get(i)));
    }
    auto rules = filter.Get("rules").As<Napi::Array>();
    for (uint32_t i = 0; i < rules.Length(); i++) {
        Napi::HandleScope scope(info.Env());
        auto item = rules.Get(i).As<Napi::Object>();
        SeccompRule rule{ToText(item.Get("name")), number(item.Get("action")), {}};
        auto comparisons = item.Get("comparisons").As<Napi::Array>();
        for (uint32_t j = 0; j < comparisons.Length(); j++) {
            auto parts = comparisons.Get(j).As<Napi::Array>();
            rule.comparisons.push_back(
                {number(parts.Get(0u)), number(parts.Get(1u)), wide(parts.Get(2u)), wide(parts.Get(3u))});
        }
        state->filter.rules.push_back(std::move(rule));
    }
    return Async(info.Env(), std::move(state));
}

}  // namespace

void ExportProcesses(Napi::Env env, Napi::Object exports) {
    exports.Set("openExecutable", Napi::Function::New(env, OpenMonitor));
    exports.Set("spawnMonitor", Napi::Function::New(env, Spawn));
    exports.Set("sendProgram", Napi::Function::New(env, Program));
    exports.Set("reap", Napi::Function::New(env, Reap));
    exports.Set("startTicks", Napi::Function::New(env, Ticks));
    exports.Set("pidfdOpen", Napi::Function::New(env, OpenPidfd));
    exports.Set("pidfdSendSignal", Napi::Function::New(env, SendSignal));
    exports.Set("compileSeccomp", Napi::Function::New(env, Compile));
}

}  // namespace libpod
