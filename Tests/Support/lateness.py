"""How late a dashboard's ticks reach a plugin (beat_plugin.c), beside how late this machine wakes anybody up."""

import math
import os
import subprocess
import sys
import time

# The machine's own lateness: on each processor a process that does nothing but wake up every 20 ms and look at the
# clock. On each, since a virtual machine's processors are stopped one by one.
CONTROL = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
due = time.monotonic_ns()
while True:
    due = max(due + 20_000_000, time.monotonic_ns())
    time.sleep(max(due - time.monotonic_ns(), 0) / 1e9)
    print(due, time.monotonic_ns(), flush=True)
"""


class Control:
    """Measures the machine from its making until `close`; its files begin with `path`."""

    def __init__(self, path):
        self._paths = [f"{path}.{processor}" for processor in sorted(os.sched_getaffinity(0))[:8]]
        self._processes = []
        for name in self._paths:
            with open(name, "wb") as output:
                command = [sys.executable, "-c", CONTROL, name.rpartition(".")[2]]
                self._processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output))

    def lateness(self, ticks):
        """For each tick how many milliseconds late the machine was meanwhile."""
        found = [row for path in self._paths for row in _lines(path, 2)]

        def during(begin, end):
            return [(now - due) / 1e6 for due, now in found if due <= end and now >= begin]

        return [max(during(begin, end), default=0) for begin, end in ticks]

    def close(self):
        for process in self._processes:
            process.kill()
            process.wait()


def beats(path):
    """What the beat plugin wrote: number of the tick, its moment, the moment of the call; nanoseconds."""
    return _lines(path, 3)


def ticks(path, refresh, until):
    """
    When each tick was due and when the plugin heard of it; nanoseconds. A tick that nobody was told of counts until the
    next one that was, so that a host that stands still does not look punctual. Tick 0 is the host's start, when there
    is no plugin yet.
    """
    found, last, end = [], None, None
    for number, due, now in beats(path):
        if number > 0 and due <= until:
            missed = number - last - 1 if last is not None else 0
            found += [(due - back * refresh, now) for back in range(missed, -1, -1)]
            end = now
        last = number
    if end is not None and until - end > 2 * refresh:
        found.append((end + refresh, until))
    return found


def lateness(ticks):
    """Of each tick in milliseconds."""
    return [(now - due) / 1e6 for due, now in ticks]


def p99(values):
    """By nearest rank: of fewer than a hundred the largest."""
    return sorted(values)[max(math.ceil(len(values) * 0.99) - 1, 0)]


def monotonic():
    return time.monotonic_ns()


def _lines(path, count):
    try:
        with open(path) as file:
            text = file.read()
    except FileNotFoundError:
        return []
    rows = (line.split() for line in text.split("\n")[:-1])
    return [tuple(map(int, row)) for row in rows if len(row) == count]
