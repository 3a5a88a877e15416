"""A key that is held: 60 times a second for 5 s, through a table of 5,000 rows made by a plugin in plain C."""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from measure import Program, Screen, Stream, cpu_time

REPOSITORY = Path(__file__).resolve().parents[2]
LAYOUT = 'title = "Rows"\ngrid = "rows"\n[widget.rows]\nplugin = "rows"\nrows = 5000\nevery = "60s"\n'
RATE = 60
SECONDS = 5


@dataclass
class Scrolled:
    keys: int = 0
    frames: int = 0
    latency: list = None
    cpu: float = 0
    cpu_host: float = 0
    bytes_per_frame: float = 0
    top: str = ""


def screen_of(program, size):
    screen = Screen(*size)
    stream = Stream(screen)
    for _, data in program.output:
        stream.feed(data)
    return screen.display


def scroll(binary, folder, env, size=(160, 50)):
    """Called in a process of its own, like every run."""
    plugins = Path(folder) / "plugins"
    plugins.mkdir()
    subprocess.run(
        ["gcc", "-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden",
         f"-I{REPOSITORY}/Sources/PluginAPI/include", "-o", str(plugins / "rows.so"),
         str(REPOSITORY / "Tests/Support/rows_plugin.c")], check=True)  # fmt: skip
    layout = Path(folder) / "rows.layout"
    layout.write_text(LAYOUT)
    program = Program([binary, "--layout", str(layout), "--plugins", str(plugins)], env, size)
    try:
        return _hold(program, size)
    finally:
        program.kill()


def _hold(program, size):
    while sum("row-" in line for line in screen_of(program, size)) < 40:
        if program.age > 10 or not program.drain_until(program.age + 0.1):
            raise RuntimeError("no table of rows on the screen:\n" + "\n".join(screen_of(program, size)).strip())
    program.drain_until(program.age + 1)
    # Arrows in the form that the program has asked for.
    written = b"".join(data for _, data in program.output)
    down = b"\x1bOB" if b"\x1b[?1h" in written else b"\x1b[B"
    # Down to the last row that is seen, so that every further key scrolls and the whole table changes.
    for _ in range(size[1]):
        program.write(down)
        program.drain_until(program.age + 0.01)
    program.drain_until(program.age + 1)

    result = Scrolled(keys=RATE * SECONDS, latency=[])
    processes = program.processes()
    before, before_host, first = cpu_time(processes), cpu_time([program.pid]), len(program.output)
    start = time.monotonic() - program.started
    for key in range(result.keys):
        pressed = program.age
        seen = len(program.output)
        program.write(down)
        program.drain_until(start + (key + 1) / RATE)
        if len(program.output) > seen:
            result.frames += 1
            result.latency.append(program.output[seen][0] - pressed)
    used = program.age - start
    result.cpu = (cpu_time(processes) - before) / used
    result.cpu_host = (cpu_time([program.pid]) - before_host) / used
    result.bytes_per_frame = sum(len(data) for _, data in program.output[first:]) / max(result.frames, 1)
    program.drain_until(program.age + 0.3)
    result.top = next((line.strip() for line in screen_of(program, size) if "row-" in line), "")
    return result


def describe(result):
    """As lines, with what is to be reached."""
    latency = sorted(result.latency) or [0]
    return [
        f"{result.frames} of {result.keys} keys were answered by a frame of their own, {RATE} a second",
        f"from key to frame p50 {statistics.median(latency) * 1e3:.1f} ms, "
        f"p99 {latency[int(len(latency) * 0.99) - 1] * 1e3:.1f} ms; {result.bytes_per_frame:.0f} bytes a frame",
        f"CPU {result.cpu * 100:.1f} % of one core, {result.cpu_host * 100:.1f} % of it the host "
        f"(reach: < 10 %: {'met' if result.cpu < 0.10 else 'missed'})",
    ]


if __name__ == "__main__":
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        result = scroll(sys.argv[1], home, env)
        print(*describe(result), result.top, sep="\n")
