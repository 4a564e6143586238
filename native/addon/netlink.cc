// Netlink requests, on a worker thread: the kernel takes its time where links are made or go.
#include "sys/netlink.h"

#include <vector>

#include "addon/async.h"
#include "addon/rooms.h"
#include "addon/values.h"
#include "sys/fd_copies.h"

namespace libpod {
namespace {

class Collected : public NetlinkSink {
  public:
    std::vector<uint8_t> all;
    void Take(const uint8_t* messages, size_t size) override {
        all.insert(all.end(), messages, messages + size);
    }
};

struct NetlinkState : AsyncState {
    int fd = -1;
    FdCopies copies;
    bool together = false;
    std::vector<uint8_t> messages;
    Collected answer;
    Status Run() {
        FdCopies held = std::move(copies);
        return TalkNetlink(fd, together, messages.data(), messages.size(), &answer);
    }
    Napi::Value Result(Napi::Env env) {
        return Napi::Buffer<uint8_t>::Copy(env, answer.all.data(), answer.all.size());
    }
};

// netlink(socket fd, whether all go out together, messages): Promise<Buffer | failure> | failure
Napi::Value Netlink(const Napi::CallbackInfo& info) {
    auto state = std::make_unique<NetlinkState>();
    state->fd = info[0].As<Napi::Number>().Int32Value();
    state->together = info[1].As<Napi::Boolean>().Value();
    auto bytes = info[2].As<Napi::Uint8Array>();
    state->messages.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
    Status copied = state->copies.Take(&state->fd);
    if (!copied.ok()) return ToFailure(info.Env(), copied);
    return Async(info.Env(), std::move(state));
}

}  // namespace

void ExportNetlink(Napi::Env env, Napi::Object exports) {
    exports.Set("netlink", Napi::Function::New(env, Netlink));
}

}  // namespace libpod
