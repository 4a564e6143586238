#include "sys/run_helper.h"

#include <sys/wait.h>

#include <cstring>

namespace libpod {
namespace {

// Enters the descriptor into the list of those that the helper gets, and answers its number there.
int Hand(SpawnRequest* request, int fd) {
    request->descriptors.push_back(fd);
    return kFirstDescriptor + static_cast<int>(request->descriptors.size()) - 1;
}

}  // namespace

Status RunInHelper(int executable, std::vector<uint8_t>* operation, Answer* answer, char* stage) {
    SpawnRequest request;
    request.executable = executable;
    auto* header = reinterpret_cast<Operation*>(operation->data());
    for (uint32_t i = 0; i < header->entry_count; i++) {
        header->entries[i].fd = Hand(&request, header->entries[i].fd);
    }
    if (header->root >= 0) header->root = Hand(&request, header->root);
    request.program = operation->data();
    request.program_size = operation->size();
    Spawned helper;
    LIBPOD_TRY(SpawnMonitor(request, &helper));
    Status status = ReceiveAnswer(helper.socket.get(), answer, stage);
    siginfo_t ended;
    waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(helper.pidfd.get()), &ended, WEXITED | __WALL);
    return status;
}

Status SpawnHolder(int executable, uint64_t types, Spawned* out) {
    Operation operation = {};
    memcpy(operation.magic, kOperationMagic, sizeof kOperationMagic);
    operation.kind = OperationKind::kHold;
    SpawnRequest request;
    request.executable = executable;
    request.program = reinterpret_cast<const uint8_t*>(&operation);
    request.program_size = sizeof operation;
    request.clone_flags = types;
    return SpawnMonitor(request, out);
}

}  // namespace libpod
