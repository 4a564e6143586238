// Processes: the start of the monitor and of others, signals, tables, the seccomp compiler.
#include <string>
#include <utility>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/thread.h"
#include "addon/values.h"
#include "sys/fd_copies.h"
#include "sys/process.h"
#include "sys/process_table.h"
#include "sys/seccomp.h"
#include "sys/spawn.h"
#include "sys/spawn_process.h"
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
    state->request.tasks_files = ToTexts(info[3]);
    return Async(info.Env(), std::move(state));
}

// sendProgram(socket, program, words): undefined | failure
Napi::Value Program(const Napi::CallbackInfo& info) {
    auto program = info[1].As<Napi::Uint8Array>();
    auto words = info[2].As<Napi::Uint8Array>();
    Status status = SendProgram(info[0].As<Napi::Number>().Int32Value(), program.Data(), program.ByteLength(),
                                words.Data(), words.ByteLength());
    return status.ok() ? info.Env().Undefined() : ToFailure(info.Env(), status);
}

struct ProcessState : AsyncState {
    ProcessRequest request;
    FdCopies copies;
    StartedProcess started;
    Status Run() {
        // Closed by the time that anybody hears of the start.
        FdCopies held = std::move(copies);
        return SpawnProcess(request, &started);
    }
    Napi::Value Result(Napi::Env env) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("pid", started.pid);
        result.Set("pidfd", started.pidfd.Release());
        return result;
    }
};

// spawnProcess(files, arguments, environment, directory, descriptors, cgroup fd or -1, tasks files, entries,
// session): Promise<{pid, pidfd} | failure> | failure
Napi::Value StartProcess(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<ProcessState>();
    ProcessRequest& request = state->request;
    request.files = ToTexts(info[0]);
    request.arguments = ToTexts(info[1]);
    request.environment = ToTexts(info[2]);
    request.directory = ToText(info[3]);
    request.descriptors = ToNumbers(info[4]);
    request.cgroup = info[5].As<Napi::Number>().Int32Value();
    request.tasks_files = ToTexts(info[6]);
    request.entries = ToEntries(info[7]);
    request.session = info[8].As<Napi::Boolean>().Value();
    Status copied = state->copies.Take(&request.cgroup);
    for (int& fd : request.descriptors) {
        if (copied.ok()) copied = state->copies.Take(&fd);
    }
    for (NamespaceEntry& entry : request.entries) {
        if (copied.ok()) copied = state->copies.Take(&entry.fd);
    }
    if (!copied.ok()) return ToFailure(info.Env(), copied);
    // A thread that has entered namespaces is fit for nothing else.
    if (!request.entries.empty()) return OnThread(info.Env(), std::move(state));
    return Async(info.Env(), std::move(state));
}

struct StatsState : AsyncState {
    std::string text;
    Status Run() { return ReadProcessStats(&text); }
    Napi::Value Result(Napi::Env env) { return Napi::String::New(env, text); }
};

// processStats(): Promise<string | failure>; the text of every /proc/PID/stat, each ended by a NUL
Napi::Value Stats(const Napi::CallbackInfo& info) {
    return Async(info.Env(), std::make_unique<StatsState>());
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

// unknownSystemCalls([name]): [name] | failure
Napi::Value UnknownCalls(const Napi::CallbackInfo& info) {
    auto names = info[0].As<Napi::Array>();
    auto unknown = Napi::Array::New(info.Env());
    for (uint32_t i = 0; i < names.Length(); i++) {
        bool known;
        Status status = KnowsSystemCall(ToText(names.Get(i)).c_str(), &known);
        if (!status.ok()) return ToFailure(info.Env(), status);
        if (!known) unknown.Set(unknown.Length(), names.Get(i));
    }
    return unknown;
}

}  // namespace

void ExportProcesses(Napi::Env env, Napi::Object exports) {
    exports.Set("openExecutable", Napi::Function::New(env, OpenMonitor));
    exports.Set("spawnMonitor", Napi::Function::New(env, Spawn));
    exports.Set("sendProgram", Napi::Function::New(env, Program));
    exports.Set("spawnProcess", Napi::Function::New(env, StartProcess));
    exports.Set("processStats", Napi::Function::New(env, Stats));
    exports.Set("startTicks", Napi::Function::New(env, Ticks));
    exports.Set("pidfdOpen", Napi::Function::New(env, OpenPidfd));
    exports.Set("pidfdSendSignal", Napi::Function::New(env, SendSignal));
    exports.Set("compileSeccomp", Napi::Function::New(env, Compile));
    exports.Set("unknownSystemCalls", Napi::Function::New(env, UnknownCalls));
}

}  // namespace libpod
