// Tables of all processes, read from /proc in one go (proc(5)). A process that ends meanwhile is left out.
#ifndef LIBPOD_NATIVE_SYS_PROCESS_TABLE_H_
#define LIBPOD_NATIVE_SYS_PROCESS_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sys/result.h"

namespace libpod {

// The text of every /proc/PID/stat, each ended by a NUL.
Status ReadProcessStats(std::string* out);

// The files of /proc/PID/ns that tell which namespaces a process is in, in the order of the columns below.
constexpr int kNamespaceTypes = 8;
extern const char* const kNamespaceNames[kNamespaceTypes];

// For each process: its PID, its effective user, and the inode of each of its namespaces, 0 for one that may
// not be looked at or that the kernel lacks.
constexpr int kNamespaceColumns = 2 + kNamespaceTypes;
Status ReadProcessNamespaces(std::vector<double>* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_PROCESS_TABLE_H_
