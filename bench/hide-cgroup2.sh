#!/bin/sh
# Runs a command where a hybrid machine looks like a pure cgroup v1 one.
#
#   hide-cgroup2.sh COMMAND [ARG...]
#
# crun and runc 1.1 refuse a machine that has v1 hierarchies and a cgroup2 beside them. In a mount namespace of its own,
# the cgroup2 mounts are taken away; the machine's mounts stay as they are. Where there is no v1 hierarchy, nothing is
# hidden, as the command then needs the cgroup2.
set -eu

if [ $# -eq 0 ]; then
  echo "hide-cgroup2.sh: a command is needed: hide-cgroup2.sh COMMAND [ARG...]" >&2
  exit 2
fi

# The namespace outside is handed in and compared: an unmount in the machine's own one would hit every process.
outside=$(readlink /proc/self/ns/mnt)
export outside
# shellcheck disable=SC2016  # The inner shell expands these.
exec unshare --mount --propagation private sh -eu -c '
  if [ "$(readlink /proc/self/ns/mnt)" = "$outside" ]; then
    echo "hide-cgroup2.sh: the mount namespace is still that of the machine; nothing was done" >&2
    exit 1
  fi
  unset outside
  if grep -q " - cgroup " /proc/self/mountinfo; then
    sed -n "s/^[0-9]* [0-9]* [0-9:]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p" /proc/self/mountinfo |
      while read -r point; do umount "$point"; done
  fi
  exec "$@"' hide-cgroup2 "$@"
