"""Measures the built dashboard beside htop and btop, and what it does when a key is held. README.md says how.

BENCH_SECONDS is the length of each run (30), BENCH_ROUNDS how often each program runs (2), BENCH_PARTS what is
measured: some of peers, drawing, worker, scroll, fleet, history; or a part of the last two, as fleet.latency.
"""

import multiprocessing
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import fleet
import history
import scroll
from measure import measure

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", REPOSITORY / "build")).resolve()
SCRATCH = Path(os.environ.get("SCRATCH", REPOSITORY / ".build")).resolve()
SECONDS = float(os.environ.get("BENCH_SECONDS", 30))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 2))
PARTS = os.environ.get("BENCH_PARTS", "peers drawing worker scroll fleet").replace(",", " ").split()
SIZE = (160, 50)
REFRESH = 2.0

BTOP = """
update_ms = 2000
"""

# What is measured, in which unit it is shown, and what is to be reached: (peer, share of the peer's) or a number.
ROWS = [
    ("first full frame", "first_frame", "ms", 1e3, [("btop", 1.0)]),
    ("CPU, whole run", "cpu", "ms", 1e3, [("htop", 1.0), ("btop", 0.5)]),
    ("CPU, a refresh", "cpu_per_refresh", "ms", 1e3, []),
    ("memory, proportional", "proportional", "MB", 1e-6, [25.0]),
    ("memory, private", "private", "MB", 1e-6, []),
    ("to the terminal, a refresh", "bytes_per_refresh", "bytes", 1, [("htop", 1.0)]),
    ("processes", "processes", "", 1, []),
]


def programs():
    return {
        "cm-dashboard": [str(BUILD / "bin/cm-dashboard"), "--layout", "default", "--refresh", "2s"],
        "htop": ["/usr/bin/htop", "-d", "20"],
        "btop": ["/usr/bin/btop", "--utf-force"],
    }


def environment(home):
    """The same for all; the configurations are each program's defaults, at the same refresh."""
    configuration = Path(home) / "config"
    (configuration / "btop").mkdir(parents=True, exist_ok=True)
    (configuration / "btop/btop.conf").write_text(BTOP.lstrip())
    return {
        "HOME": str(home), "XDG_CONFIG_HOME": str(configuration), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }  # fmt: skip


def say(text=""):
    print(text, flush=True)


def run_all():
    """Every program alone, one after another, the second round in the opposite order."""
    runs = {name: [] for name in programs()}
    with tempfile.TemporaryDirectory() as home:
        env = environment(home)
        for name, command in programs().items():
            # So that no run pays for reading the program from the disk.
            measure(command, env, SIZE, 2.0, REFRESH)
        for turn in range(ROUNDS):
            names = list(runs) if turn % 2 == 0 else list(reversed(runs))
            for name in names:
                print(f"  {name}, round {turn + 1} of {ROUNDS}", file=sys.stderr, flush=True)
                runs[name].append(measure(programs()[name], env, SIZE, SECONDS, REFRESH))
    return runs


def mean(runs, field):
    values = [getattr(run, field) for run in runs]
    return None if None in values else sum(values) / len(values)


def shown(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def judge(mine, means, targets, scale):
    """Each target in words, and whether it was met; if not, by how much it was missed."""
    words = []
    for target in targets:
        if isinstance(target, tuple):
            peer, share = target
            limit = None if means[peer] is None else means[peer] * share
            what = f"<= {peer}" if share == 1 else f"<= {share:g} x {peer}"
        else:
            limit, what = target / scale, f"<= {target:g}"
        if mine is None or limit is None:
            words.append(f"{what}: not measured")
        elif mine <= limit:
            words.append(f"{what}: met")
        else:
            words.append(f"{what}: MISSED by {(mine / limit - 1) * 100:.0f} %")
    return ", ".join(words)


def print_table(runs):
    names = list(runs)
    heading = ["", "", *names, *(f"of {name}" for name in names[1:]), "reach"]
    lines = [heading]
    for title, field, unit, scale, targets in ROWS:
        means = {name: mean(runs[name], field) for name in names}
        mine = means[names[0]]
        line = [title, unit] + [shown(None if means[name] is None else means[name] * scale) for name in names]
        for name in names[1:]:
            line.append("-" if mine is None or not means[name] else f"{mine / means[name]:.2f}")
        lines.append(line + [judge(mine, means, targets, scale)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    for line in lines:
        cells = [
            text.ljust(width) if column in (0, 1, len(heading) - 1) else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths))
        ]
        say("  ".join(cells).rstrip())
    say()
    say("each run, CPU ms / first frame ms:")
    for name in names:
        each = [f"{shown(run.cpu * 1e3)} / {shown(run.first_frame and run.first_frame * 1e3)}" for run in runs[name]]
        say(f"  {name:<14}" + "   ".join(each))


def compiled(name, folder, modules):
    """A program of this folder, with the release build's own modules."""
    program = f"{folder}/{name}"
    products = SCRATCH / "release"
    objects = [str(file) for module in modules for file in products.glob(f"{module}.build/*.o")]
    maps = [f"-fmodule-map-file={file}" for file in products.glob("CPosix.build/module.modulemap")]
    compiler = os.environ.get("SWIFT", "swift") + "c"
    subprocess.run(
        [compiler, "-O", "-swift-version", "6", "-parse-as-library", "-static-stdlib", "-I", str(products / "Modules"),
         *(word for option in maps for word in ("-Xcc", option)), "-o", program,
         str(REPOSITORY / f"Tests/Bench/{name}.swift"), *objects],
        check=True)  # fmt: skip
    return program


def measure_isolation(times=3000):
    """What a worker costs beside the same plugin called in this process, with the plugins of the default layout."""
    worker = BUILD / "lib/cm-dashboard/cm-plugin-worker"
    say(f"  {'':<10}{'draw, p50':>11}{'p99':>8}{'CPU of a draw':>15}{'in process':>12}{'of a collect':>14}{'in process':>12}"
        f"{'picture':>11}{'memory':>10}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        program = compiled("isolation", folder, ("Core", "Contract", "CPosix"))
        probe = f"{folder}/probe"
        support = REPOSITORY / "Tests/Support/probe.c"
        include = REPOSITORY / "Sources/PluginAPI/include"
        subprocess.run(["gcc", "-O2", "-o", probe, str(support), f"-I{include}", "-ldl", "-lm"], check=True)
        memories = []
        for name in ("cpu", "memory"):
            plugin = BUILD / f"lib/cm-dashboard/plugins/{name}.so"
            answer = subprocess.run(
                [program, str(worker), str(plugin), str(times)], check=True, capture_output=True, text=True, timeout=300)
            p50, p99, draw, collect, size, memory = (float(word) for word in answer.stdout.split())
            inside = subprocess.run(
                [probe, str(plugin), "--ticks", "2", "--no-sleep", "--size", "76x20", "--bench", str(times)],
                check=True, capture_output=True, text=True, timeout=300).stdout  # fmt: skip
            inner = re.search(r"one collect: ([\d.]+) us, of one draw: ([\d.]+) us", inside)
            say(f"  {name:<10}{p50:>8.0f} us{p99:>5.0f} us{draw:>12.0f} us{float(inner[2]):>9.0f} us{collect:>11.0f} us"
                f"{float(inner[1]):>9.0f} us{size / 1024:>8.1f} KB{memory / 1e6:>7.2f} MB")  # fmt: skip
            memories.append(memory / 1e6)
    most = max(memories)
    say(f"  proportional memory of a further plugin: {most:.2f} MB at most (reach: 1.5 MB: {'met' if most <= 1.5 else 'MISSED'})")


def measure_drawing():
    """The drawing code alone: compiled here, against what the release build has left."""
    with tempfile.TemporaryDirectory() as folder:
        program = compiled("drawing", folder, ("Core", "Contract"))
        answer = subprocess.run([program], check=True, capture_output=True, text=True, timeout=120).stdout
    median, p99, most, cells = (float(word) for word in answer.split())
    say(f"  composing and comparing 200x60 cells: p50 {median:.2f} ms, p99 {p99:.2f} ms, most {most:.2f} ms; "
        f"{cells:.0f} cells changed (reach: p99 < 1 ms: {'met' if p99 < 1 else 'MISSED'})")  # fmt: skip


def _scroll(sender):
    try:
        with tempfile.TemporaryDirectory() as home:
            sender.send(scroll.describe(scroll.scroll(programs()["cm-dashboard"][0], home, environment(home), SIZE)))
    except Exception as error:
        sender.send([f"not measured: {error}"])


def measure_scrolling():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    runner = multiprocessing.Process(target=_scroll, args=(sender,))
    runner.start()
    lines = receiver.recv() if receiver.poll(60) else ["not measured: it did not end"]
    runner.join(5)
    for line in lines:
        say("  " + line)


def measure_peers():
    versions = [
        subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
        for program in ("htop", "btop")
    ]
    say(f"{SECONDS:g} s each, {ROUNDS} rounds, {SIZE[0]}x{SIZE[1]} cells, a refresh every {REFRESH:g} s; "
        f"{', '.join(versions)}")  # fmt: skip
    runs = run_all()
    say()
    print_table(runs)
    say()


def measure_fleet():
    parts = [part for part in fleet.PARTS if "fleet" in PARTS or f"fleet.{part}" in PARTS]
    with tempfile.TemporaryDirectory() as home:
        fleet.run(programs()["cm-dashboard"][0], environment(home), say, parts)


def measure_history():
    parts = [part for part in history.PARTS if "history" in PARTS or f"history.{part}" in PARTS]
    with tempfile.TemporaryDirectory() as home:
        history.run(programs()["cm-dashboard"][0], environment(home), say, parts)


def main():
    known = ["peers", "drawing", "worker", "scroll", "fleet", *(f"fleet.{part}" for part in fleet.PARTS)]
    known += ["history", *(f"history.{part}" for part in history.PARTS)]
    if unknown := [part for part in PARTS if part not in known]:
        sys.exit(f"bench.py: BENCH_PARTS has {unknown[0]}; expected some of {', '.join(known)}")
    if not Path(programs()["cm-dashboard"][0]).exists():
        sys.exit(f"bench.py: no {programs()['cm-dashboard'][0]}; run 'make build' first, or set BUILD")
    load = os.getloadavg()[0]
    say(f"{os.cpu_count()} processors, {platform.release()}, load {load:.2f}")
    if load > 0.5 * os.cpu_count():
        say("The machine is busy with other things: take these figures as too high.")
    if "peers" in PARTS:
        measure_peers()
    if "drawing" in PARTS:
        say("drawing:")
        measure_drawing()
    if "worker" in PARTS:
        say("a worker beside the same plugin in one process (76x20 cells, a past of 300 values):")
        measure_isolation()
    if "scroll" in PARTS:
        say("a key held in a table of 5,000 rows:")
        measure_scrolling()
    if any(part.split(".")[0] == "fleet" for part in PARTS):
        say("many hosts over HTTP:")
        measure_fleet()
    if any(part.split(".")[0] == "history" for part in PARTS):
        say("the history:")
        measure_history()


if __name__ == "__main__":
    main()
