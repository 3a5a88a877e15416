#!/bin/sh
# Runs a command as a container would: in a control group with limits, which is the root of all that it sees.
set -eu
box=/sys/fs/cgroup/cmtest-box
mkdir -p "$box"
echo "+cpu +memory" >/sys/fs/cgroup/cgroup.subtree_control
echo 192M >"$box/memory.max"
echo "50000 100000" >"$box/cpu.max"
echo $$ >"$box/cgroup.procs"
# The same file system is not mounted over itself, so another lies between.
exec unshare --cgroup --mount --propagation private \
    sh -c 'mount -t tmpfs cmtest-box /sys/fs/cgroup && mount -t cgroup2 cmtest-box /sys/fs/cgroup && exec "$@"' sh "$@"
