// Operations inside namespaces, their answers, and the helper that does them (sys/operation.h).
#include "sys/operation.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "monitor/operation_process.h"
#include "sys/file.h"
#include "sys/pass_fd.h"
#include "sys/spawn_process.h"
#include "test/harness.h"

namespace libpod::test {
namespace {

std::vector<uint8_t> Bytes(OperationKind kind, std::vector<std::string> texts, int64_t first = 0) {
    Operation operation = {};
    memcpy(operation.magic, kOperationMagic, sizeof kOperationMagic);
    operation.kind = kind;
    operation.root = -1;
    operation.numbers[0] = first;
    std::string all;
    texts.resize(kOperationTexts);
    for (uint32_t i = 0; i < kOperationTexts; i++) {
        operation.text_sizes[i] = static_cast<uint32_t>(texts[i].size());
        all.append(texts[i].c_str(), texts[i].size() + 1);
    }
    std::vector<uint8_t> bytes(sizeof operation + all.size());
    memcpy(bytes.data(), &operation, sizeof operation);
    memcpy(bytes.data() + sizeof operation, all.data(), all.size());
    return bytes;
}

const Operation& AsOperation(const std::vector<uint8_t>& bytes) {
    return *reinterpret_cast<const Operation*>(bytes.data());
}

struct Pair {
    OwnedFd mine, theirs;
    Pair() {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        mine.Reset(ends[0]);
        theirs.Reset(ends[1]);
    }
};

TEST(OperationsFindTheirTexts) {
    auto bytes = Bytes(OperationKind::kMount, {"target", "", std::string("a\0b\0", 4), "last"});
    const Operation& operation = AsOperation(bytes);
    CHECK(strcmp(operation.Text(0), "target") == 0);
    CHECK(strcmp(operation.Text(1), "") == 0);
    CHECK(memcmp(operation.Text(2), "a\0b\0", 5) == 0);
    CHECK(strcmp(operation.Text(3), "last") == 0);
}

TEST(OperationsAreToldFromPrograms) {
    auto bytes = Bytes(OperationKind::kHostname, {});
    CHECK(IsOperation(bytes.data(), bytes.size()));
    CHECK(!IsOperation(bytes.data(), sizeof(Operation) - 1));
    bytes[0] = 'X';
    CHECK(!IsOperation(bytes.data(), bytes.size()));
}

TEST(AnswersComeWithDescriptorNumberAndBytes) {
    Pair pair;
    std::vector<char> sent(100'000, 'x'), got(kAnswerCapacity);
    Answer answer;
    answer.fd.Reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
    answer.number = -7;
    answer.data = sent.data();
    answer.size = static_cast<uint32_t>(sent.size());
    SendAnswer(pair.theirs.get(), Ok(), answer);
    Answer received;
    received.data = got.data();
    char stage[sizeof AnswerHeader::stage];
    REQUIRE(ReceiveAnswer(pair.mine.get(), &received, stage).ok());
    CHECK(received.fd.valid() && received.number == -7 && received.size == sent.size());
    CHECK(memcmp(got.data(), sent.data(), sent.size()) == 0);
}

TEST(AnswersTellAFailure) {
    Pair pair;
    SendAnswer(pair.theirs.get(), FailWith("setns", EPERM), Answer());
    Answer received;
    char stage[sizeof AnswerHeader::stage];
    Status status = ReceiveAnswer(pair.mine.get(), &received, stage);
    CHECK(status.error == EPERM && strcmp(status.stage, "setns") == 0);
}

TEST(AnAnswerThatNeverComesIsAFailure) {
    char stage[sizeof AnswerHeader::stage], data[16];
    Answer received;
    received.data = data;
    {
        Pair pair;
        pair.theirs.Reset();
        CHECK(ReceiveAnswer(pair.mine.get(), &received, stage).error == ECONNRESET);
    }
    // Cut off in its data, and one that would not fit.
    for (uint32_t size : {8u, static_cast<uint32_t>(kAnswerCapacity) + 1}) {
        Pair pair;
        AnswerHeader header = {};
        header.size = size;
        REQUIRE(write(pair.theirs.get(), &header, sizeof header) == sizeof header);
        pair.theirs.Reset();
        CHECK(ReceiveAnswer(pair.mine.get(), &received, stage).error == ECONNRESET);
    }
}

TEST(OperationsReadAndListWithoutMagicLinks) {
    TemporaryDirectory directory;
    std::string file = directory.path() + "/file";
    REQUIRE(WriteFile(AT_FDCWD, file.c_str(), 0644, 0, "text", 4).ok());
    std::vector<char> data(kAnswerCapacity);
    Answer answer;
    answer.data = data.data();
    REQUIRE(RunOperation(AsOperation(Bytes(OperationKind::kRead, {file})), &answer).ok());
    CHECK(answer.size == 4 && memcmp(data.data(), "text", 4) == 0);
    answer.size = 0;
    REQUIRE(RunOperation(AsOperation(Bytes(OperationKind::kList, {directory.path()})), &answer).ok());
    CHECK(answer.size == 6 && data[0] == 8 && strcmp(data.data() + 1, "file") == 0);
    CHECK(RunOperation(AsOperation(Bytes(OperationKind::kRead, {"/proc/self/fd/0"})), &answer).error ==
          ELOOP);
    CHECK(RunOperation(AsOperation(Bytes(OperationKind::kRead, {directory.path()})), &answer).error ==
          EISDIR);
    CHECK(RunOperation(AsOperation(Bytes(OperationKind::kRead, {"/dev/null"})), &answer).error == EINVAL);
    CHECK(RunOperation(AsOperation(Bytes(OperationKind::kHold, {})), &answer).error == ENOSYS);
}

TEST(SpawnTellsWhatFailedAndLeavesNoProcess) {
    ProcessRequest request;
    request.files = {"/nowhere/a", "/etc/passwd", "/nowhere/b"};
    request.arguments = {"x"};
    StartedProcess started;
    Status status = SpawnProcess(request, &started);
    CHECK(strcmp(status.stage, "execve") == 0 && status.error == EACCES);
    request.files = {"/nowhere/a"};
    CHECK(SpawnProcess(request, &started).error == ENOENT);
    request.directory = "/nowhere";
    CHECK(strcmp(SpawnProcess(request, &started).stage, "chdir") == 0);
    CHECK(!started.pidfd.valid());
}

TEST(SpawnHandsOverADescriptorWhoseNumberIsFree) {
    OwnedFd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    close(0);
    ProcessRequest request;
    request.files = {"/bin/sh"};
    request.arguments = {"sh", "-c", "[ -e /proc/self/fd/0 ] && [ ! -e /proc/self/fd/2 ]"};
    request.descriptors = {file.get(), -1};
    StartedProcess started;
    REQUIRE(SpawnProcess(request, &started).ok());
    siginfo_t ended = {};
    auto id = static_cast<id_t>(started.pidfd.get());
    REQUIRE(waitid(static_cast<idtype_t>(P_PIDFD), id, &ended, WEXITED) == 0);
    CHECK(ended.si_code == CLD_EXITED && ended.si_status == 0);
}

}  // namespace
}  // namespace libpod::test
