// Compiles a system call filter with libseccomp, opened at run time: the addon builds and loads without it,
// and a caller learns of its absence (ENOPKG) instead of running unconfined.
#ifndef LIBPOD_NATIVE_SYS_SECCOMP_H_
#define LIBPOD_NATIVE_SYS_SECCOMP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sys/result.h"

namespace libpod {

struct SeccompComparison {
    uint32_t index;  // of the argument, 0 to 5
    uint32_t op;     // enum scmp_compare
    uint64_t value;  // the datum, or the mask of SCMP_CMP_MASKED_EQ
    uint64_t value_two;
};

struct SeccompRule {
    std::string name;
    uint32_t action;
    std::vector<SeccompComparison> comparisons;
};

struct SeccompFilter {
    uint32_t default_action;
    std::vector<uint32_t> architectures;  // AUDIT_ARCH_* of <linux/audit.h>; the native one is always in
    std::vector<SeccompRule> rules;
};

// The filter as the bytes of struct sock_filter. System calls that this libseccomp does not know are passed
// over, as the OCI specification asks.
Status CompileSeccomp(const SeccompFilter& filter, std::vector<uint8_t>* out);

// Whether libseccomp knows a system call of this name, on any architecture. Fails without the library only.
Status KnowsSystemCall(const char* name, bool* known);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_SECCOMP_H_
