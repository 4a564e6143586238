// What every function of this folder answers: success, or the name of the system call that failed and its
// errno.
#ifndef LIBPOD_NATIVE_SYS_RESULT_H_
#define LIBPOD_NATIVE_SYS_RESULT_H_

#include <cerrno>

namespace libpod {

struct [[nodiscard]] Status {
    const char* stage = nullptr;  // a string literal: the system call
    int error = 0;                // a positive errno
    bool ok() const { return stage == nullptr; }
};

inline Status Ok() {
    return Status{};
}
inline Status Fail(const char* stage) {
    return Status{stage, errno};
}
inline Status FailWith(const char* stage, int error) {
    return Status{stage, error};
}

}  // namespace libpod

#define LIBPOD_TRY(expression)                      \
    do {                                            \
        ::libpod::Status try_status = (expression); \
        if (!try_status.ok()) return try_status;    \
    } while (false)

#endif  // LIBPOD_NATIVE_SYS_RESULT_H_
