// The ID maps of user namespaces (user_namespaces(7)). A map is a list of words, three for each of its lines:
// the first ID inside, the first outside, how many.
#ifndef LIBPOD_NATIVE_SYS_ID_MAPS_H_
#define LIBPOD_NATIVE_SYS_ID_MAPS_H_

#include <sys/types.h>

#include "launch/reader.h"
#include "sys/fd.h"
#include "sys/result.h"

namespace libpod {

// Writes the maps of the user namespace that a process is in; once for each namespace.
Status WriteIdMaps(pid_t pid, Words uids, Words gids);

// Makes a user namespace with these maps in which no process is: what an ID-mapped mount takes its maps from.
Status MakeUserNamespace(Words uids, Words gids, OwnedFd* out);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_ID_MAPS_H_
