"""Prints what the dashboard and its workers weigh, for decision 15: of each process the proportional and the private dirty memory.

    python3 docs/decisions/worker_memory.py [BUILD] [SECONDS]

All six plugins of the installation run in a pseudo-terminal for SECONDS (40: by then the kernel has written the copies to disk).
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 40
LAYOUT = 'refresh = "2s"\ngrid = """\nnvme memory\nservices services\ncpu backup\ngpu gpu\n"""\n'
FIELDS = ("Pss", "Pss_Anon", "Private_Dirty")


def rollup(process):
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = dict(line.split(":", 1) for line in lines if line.endswith("kB"))
    return [int(sizes[name].split()[0]) for name in FIELDS]


def show(name, sizes):
    print(f"{name:12}" + "".join(f"{field:>16} {size:6} kB" for field, size in zip(FIELDS, sizes)))


def total(rows):
    return [sum(column) for column in zip(*rows)]


with tempfile.TemporaryDirectory() as home:
    layout = Path(home, "all.layout")
    layout.write_text(LAYOUT)
    host, terminal = pty.fork()
    if host == 0:
        os.environ.update(HOME=home, TERM="xterm-256color", XDG_CONFIG_HOME=f"{home}/config")
        os.execv(f"{BUILD}/bin/cm-dashboard", ["cm-dashboard", "--layout", str(layout)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            os.read(terminal, 65536)
    workers = [int(word) for word in Path(f"/proc/{host}/task/{host}/children").read_text().split()]
    rows = []
    for worker in workers:
        plugin = Path(f"/proc/{worker}/cmdline").read_text().split("\0")[-2]
        rows.append(rollup(worker))
        show(os.path.basename(plugin), rows[-1])
    show("workers", total(rows))
    rows.append(rollup(host))
    show("host", rows[-1])
    show("together", total(rows))
    os.kill(host, signal.SIGTERM)
    os.waitpid(host, 0)
