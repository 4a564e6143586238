// One operation inside namespaces. Whoever carries it out enters them for good and ends afterwards: a thread
// of its own, or, for user, PID and time namespaces, which no thread of a larger process can enter, a process
// of the helper. The bytes are the same for both; the helper finds them on its descriptor 4 (monitor/main.cc)
// and answers over descriptor 3. Nothing from inside the namespaces is executed or loaded.
#ifndef LIBPOD_NATIVE_SYS_OPERATION_H_
#define LIBPOD_NATIVE_SYS_OPERATION_H_

#include <cstddef>
#include <cstdint>

#include "sys/fd.h"
#include "sys/namespace.h"
#include "sys/result.h"

namespace libpod {

// The numbers of OPERATIONS in src/native/index.ts. Paths are resolved beneath the operation's root by
// openat2(2) with RESOLVE_IN_ROOT.
enum class OperationKind : uint32_t {
    kHold,         // wait for the end of descriptor 3, as the first process of a namespace; in a process only
    kOpen,         // path; flags, mode -> descriptor
    kRead,         // path -> the bytes of a file of at most kAnswerCapacity
    kList,         // path -> for each entry its DT_* byte, its name, NUL
    kMount,        // target, type, source, options (each ended by a NUL); MOUNT_ATTR_* flags
    kBind,         // target, source; recursive, MOUNT_ATTR_* flags to set
    kUmount,       // path; MNT_* flags
    kSetHostname,  // name
    kHostname,     // -> name
    kSocket,       // domain, type, protocol -> descriptor
    kClock,        // clock ID -> nanoseconds
    kUnshare,      // timens_offsets text or ""; CLONE_NEW* flag, MS_* propagation -> descriptor
    kCloneTree,    // path; recursive -> descriptor of a detached copy of the mount
};

constexpr uint32_t kOperationEntries = 8;
constexpr uint32_t kOperationTexts = 4;
constexpr size_t kAnswerCapacity = 1 << 20;
constexpr char kOperationMagic[4] = {'L', 'P', 'N', 'S'};

// Followed by the texts, each with a NUL that its size does not count.
struct Operation {
    char magic[4];
    OperationKind kind;
    uint32_t entry_count;
    NamespaceEntry entries[kOperationEntries];
    int32_t root;  // a directory's descriptor, or -1 for the root of where the operation ends up
    int64_t numbers[3];
    uint32_t text_sizes[kOperationTexts];

    const char* Text(uint32_t index) const;
};

struct Answer {
    OwnedFd fd;
    int64_t number = 0;
    char* data = nullptr;  // kAnswerCapacity bytes of the caller's
    uint32_t size = 0;
};

// Carries it out where the calling thread is already; not kUnshare, which must look around before it enters.
Status RunOperation(const Operation& operation, Answer* answer);

// Enters the namespaces with the calling thread, which shares no working directory, then carries it out.
Status RunOperationInside(const Operation& operation, Answer* answer);

// The first bytes of the helper's answer, with the descriptor beside them; `size` bytes of data follow.
struct AnswerHeader {
    int32_t error;
    uint32_t size;
    int64_t number;
    char stage[48];
};

// The helper's side: sends an answer or a failure. The other: receives it; a failure's stage is written to
// `stage`, of sizeof AnswerHeader::stage bytes.
void SendAnswer(int socket, const Status& status, const Answer& answer);
Status ReceiveAnswer(int socket, Answer* answer, char* stage);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_OPERATION_H_
