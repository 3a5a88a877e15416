"""Prints what the host's file and its start cost, for decisions 4 and 14: sizes, relocations, time, instructions.

    python3 docs/decisions/host_start.py [BUILD] [SCRATCH]
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
SCRATCH = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else ".build")
PROGRAM = f"{BUILD}/bin/cm-dashboard"
UNSTRIPPED = f"{SCRATCH}/release/cm-dashboard"
QUIET = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def start():
    """Seconds from start to end of --version, which parses the command line and prints a line."""
    began = time.perf_counter()
    os.waitpid(os.posix_spawn(PROGRAM, [PROGRAM, "--version"], os.environ, file_actions=QUIET), 0)
    return time.perf_counter() - began


def instructions():
    """Of the same, as callgrind counts them: they do not depend on what else the machine does."""
    with tempfile.TemporaryDirectory() as folder:
        said = output("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", PROGRAM, "--version").stderr
    return int(re.search(r"Collected : (\d+)", said)[1])


tree = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(BUILD) for name in names)
print(f"build/:                     {tree / 1e6:.1f} MB")
print(f"cm-dashboard:               {os.path.getsize(PROGRAM) / 1e6:.1f} MB")
if os.path.exists(UNSTRIPPED):
    print(f"cm-dashboard, not stripped: {os.path.getsize(UNSTRIPPED) / 1e6:.1f} MB")
relocations = re.findall(r"contains (\d+) entries", output("readelf", "-rW", PROGRAM).stdout)
print(f"relocations:                {sum(map(int, relocations))}")
for _ in range(10):
    start()
times = [start() for _ in range(50)]
print(f"--version, of 50 runs:      {statistics.median(times) * 1e3:.2f} ms median, {min(times) * 1e3:.2f} ms least")
if shutil.which("valgrind"):
    print(f"--version, instructions:    {instructions() / 1e6:.1f} million")
