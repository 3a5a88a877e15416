"""Prints what a worker costs, for decisions 1 and 2: its start beside /bin/true, and its memory with a plugin loaded.

    python3 docs/decisions/worker_start.py [BUILD]
"""

import os
import socket
import statistics
import sys
import time

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
WORKER = f"{BUILD}/lib/cm-dashboard/cm-plugin-worker"
PLUGIN = f"{BUILD}/lib/cm-dashboard/plugins/memory.so"
QUIET = [(os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]


def run(program):
    """Start to end; a worker without arguments says how it is used and ends."""
    start = time.perf_counter()
    os.waitpid(os.posix_spawn(program, [program], os.environ, file_actions=QUIET), 0)
    return time.perf_counter() - start


def load():
    """Start to hello, and private dirty and proportional memory in kB after it."""
    ours, theirs = socket.socketpair()
    start = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
    pid = os.posix_spawn(WORKER, [WORKER, PLUGIN], os.environ, file_actions=actions)
    theirs.close()
    ours.recv(65536)
    seconds = time.perf_counter() - start
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        fields = dict(line.split(":", 1) for line in rollup if ":" in line)
    ours.close()
    os.waitpid(pid, 0)
    return seconds, [int(fields[name].split()[0]) for name in ("Private_Dirty", "Pss")]


def milliseconds(values):
    return f"{statistics.median(values) * 1e3:.2f} ms"


for _ in range(50):
    run("/bin/true")
print("/bin/true, start to end:", milliseconds([run("/bin/true") for _ in range(300)]))
print("worker, start to end:   ", milliseconds([run(WORKER) for _ in range(300)]))
loads = [load() for _ in range(300)]
print("worker, start to hello: ", milliseconds([seconds for seconds, _ in loads]))
print("private dirty, proportional: %d kB, %d kB" % tuple(loads[-1][1]))
