// Namespaces: what they are, who is in which, operations inside them.
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/thread.h"
#include "addon/values.h"
#include "sys/fd_copies.h"
#include "sys/namespace.h"
#include "sys/operation.h"
#include "sys/process_table.h"
#include "sys/run_helper.h"

namespace libpod {
namespace {

int ToFd(const Napi::Value& value) {
    return value.As<Napi::Number>().Int32Value();
}

// namespaceFacts(fd): {type, device, inode} | failure
Napi::Value Facts(const Napi::CallbackInfo& info) {
    NamespaceFacts facts;
    Status status = IdentifyNamespace(ToFd(info[0]), &facts);
    if (!status.ok()) return ToFailure(info.Env(), status);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("type", facts.type);
    result.Set("device", static_cast<double>(facts.device));
    result.Set("inode", static_cast<double>(facts.inode));
    return result;
}

// namespaceOwner(fd), namespaceParent(fd): fd | failure
template <Status (*Open)(int, OwnedFd*)>
Napi::Value Relative(const Napi::CallbackInfo& info) {
    OwnedFd fd;
    Status status = Open(ToFd(info[0]), &fd);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), fd.Release());
}

// namespaceOwnerUid(fd): number | failure
Napi::Value OwnerUid(const Napi::CallbackInfo& info) {
    uint32_t uid = 0;
    Status status = NamespaceOwnerUid(ToFd(info[0]), &uid);
    if (!status.ok()) return ToFailure(info.Env(), status);
    return Napi::Number::New(info.Env(), uid);
}

struct TableState : AsyncState {
    std::vector<double> table;
    Status Run() { return ReadProcessNamespaces(&table); }
    Napi::Value Result(Napi::Env env) {
        auto numbers = Napi::Float64Array::New(env, table.size());
        if (!table.empty()) memcpy(numbers.Data(), table.data(), table.size() * sizeof(double));
        return numbers;
    }
};

// processNamespaces(): Promise<Float64Array | failure>; ten numbers a process: PID, effective user, the
// inodes of its cgroup, ipc, mnt, net, pid, time, user and uts namespaces, 0 for an unknown one
Napi::Value ProcessNamespaces(const Napi::CallbackInfo& info) {
    return Async(info.Env(), std::make_unique<TableState>());
}

// Operation and texts as the bytes of sys/operation.h.
std::vector<uint8_t> ToOperation(const Napi::Value& kind, const Napi::Value& entries, const Napi::Value& root,
                                 const Napi::Value& numbers, const Napi::Value& texts) {
    Operation operation = {};
    memcpy(operation.magic, kOperationMagic, sizeof kOperationMagic);
    operation.kind = static_cast<OperationKind>(kind.As<Napi::Number>().Uint32Value());
    for (const NamespaceEntry& entry : ToEntries(entries)) {
        operation.entries[operation.entry_count++] = entry;
    }
    operation.root = ToFd(root);
    auto values = numbers.As<Napi::Array>();
    for (uint32_t i = 0; i < values.Length(); i++) {
        operation.numbers[i] = Napi::Value(values.Get(i)).As<Napi::Number>().Int64Value();
    }
    std::string bytes;
    std::vector<std::string> parts = ToTexts(texts);
    parts.resize(kOperationTexts);
    for (uint32_t i = 0; i < kOperationTexts; i++) {
        operation.text_sizes[i] = static_cast<uint32_t>(parts[i].size());
        bytes.append(parts[i].c_str(), parts[i].size() + 1);
    }
    std::vector<uint8_t> all(sizeof operation + bytes.size());
    memcpy(all.data(), &operation, sizeof operation);
    memcpy(all.data() + sizeof operation, bytes.data(), bytes.size());
    return all;
}

struct OperationState : AsyncState {
    std::vector<uint8_t> operation;
    FdCopies copies;
    int helper = -1;  // the helper's executable; or -1: this thread does it
    std::unique_ptr<char[]> data{new char[kAnswerCapacity]};
    char stage[sizeof AnswerHeader::stage];
    Answer answer;

    Operation* header() { return reinterpret_cast<Operation*>(operation.data()); }
    Status CopyFds() {
        for (uint32_t i = 0; i < header()->entry_count; i++)
            LIBPOD_TRY(copies.Take(&header()->entries[i].fd));
        return copies.Take(&header()->root);
    }
    Status Run() {
        // Closed by the time that anybody hears of the end.
        FdCopies held = std::move(copies);
        answer.data = data.get();
        if (helper >= 0) return RunInHelper(helper, &operation, &answer, stage);
        return RunOperationInside(*header(), &answer);
    }
    Napi::Value Result(Napi::Env env) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("fd", answer.fd.Release());
        result.Set("number", Napi::BigInt::New(env, answer.number));
        result.Set("data", Napi::Buffer<char>::Copy(env, data.get(), answer.size));
        return result;
    }
};

// operate(helper fd or -1, kind, entries, root fd or -1, numbers, texts): Promise<{fd, number, data} |
// failure> | failure. Works on copies of the descriptors, made before it returns.
Napi::Value Operate(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<OperationState>();
    state->helper = ToFd(info[0]);
    state->operation = ToOperation(info[1], info[2], info[3], info[4], info[5]);
    Status copied = state->CopyFds();
    if (!copied.ok()) return ToFailure(info.Env(), copied);
    return OnThread(info.Env(), std::move(state));
}

struct HoldState : AsyncState {
    int helper = -1;
    uint32_t types = 0;
    Spawned holder;
    Status Run() { return SpawnHolder(helper, types, &holder); }
    Napi::Value Result(Napi::Env env) {
        Napi::Object result = Napi::Object::New(env);
        result.Set("pid", holder.pid);
        result.Set("pidfd", holder.pidfd.Release());
        result.Set("socket", holder.socket.Release());
        return result;
    }
};

// holdNamespaces(helper fd, CLONE_NEW* flags): Promise<{pid, pidfd, socket} | failure>; a process in new
// namespaces, which ends with the socket
Napi::Value Hold(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<HoldState>();
    state->helper = ToFd(info[0]);
    state->types = info[1].As<Napi::Number>().Uint32Value();
    return Async(info.Env(), std::move(state));
}

}  // namespace

void ExportNamespaces(Napi::Env env, Napi::Object exports) {
    exports.Set("namespaceFacts", Napi::Function::New(env, Facts));
    exports.Set("namespaceOwner", Napi::Function::New(env, Relative<OpenNamespaceOwner>));
    exports.Set("namespaceParent", Napi::Function::New(env, Relative<OpenNamespaceParent>));
    exports.Set("namespaceOwnerUid", Napi::Function::New(env, OwnerUid));
    exports.Set("processNamespaces", Napi::Function::New(env, ProcessNamespaces));
    exports.Set("operate", Napi::Function::New(env, Operate));
    exports.Set("holdNamespaces", Napi::Function::New(env, Hold));
}

}  // namespace libpod
