// How a container leaves its networks: its names out of the others' hosts files, then its addresses.
#ifndef LIBPOD_NATIVE_SYS_LEAVE_NETWORKS_H_
#define LIBPOD_NATIVE_SYS_LEAVE_NETWORKS_H_

#include "sys/result.h"

namespace libpod {

// `networks` has a directory for each network, with a symbolic link for each address to the ID of its
// container; `hosts` a symbolic link for each ID to the hosts file of that container, and beside it a file
// `ID.names`. Each step is tried whatever became of the others.
Status LeaveNetworks(const char* networks, const char* hosts, const char* id);

// Makes comments of the lines of a hosts file that end in a tab and `mark`: one byte each, so that whoever
// reads or writes other lines meanwhile is not disturbed.
Status CommentLines(int file, const char* mark);

}  // namespace libpod

#endif  // LIBPOD_NATIVE_SYS_LEAVE_NETWORKS_H_
