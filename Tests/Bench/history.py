"""The history: bytes a sample beside Netdata and a plain table, questions, a simulated year, what recording adds. README.md says how.

    history.py BINARY [PART…]     parts: series year cost

HISTORY_SECONDS is how long series of this machine are recorded (3600), HISTORY_SERIES a file of proc_series.py that is
taken instead, HISTORY_DAYS how many days of the simulated year are recorded (120), HISTORY_TURNS how often recording is turned on and off (3).
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests/Support"))
import history_cost  # noqa: E402
from history_program import compiled  # noqa: E402

PARTS = ("series", "year", "cost")
SECONDS = float(os.environ.get("HISTORY_SECONDS", 3600))
DAYS = int(os.environ.get("HISTORY_DAYS", 120))
TURNS = int(os.environ.get("HISTORY_TURNS", 3))
NETDATA_PORT = 19977

NETDATA = """
[directories]
    config = {folder}
    cache = {folder}/cache
    lib = {folder}/lib
    log = {folder}/log
    home = {folder}
[global]
    hostname = bench
    run as user = {user}
[db]
    mode = dbengine
    update every = 2
    storage tiers = 1
[web]
    bind to = 127.0.0.1:{port}
[plugins]
    enable running new plugins = no
{plugins}
[ml]
    enabled = no
[health]
    enabled = no
[statsd]
    enabled = no
[cloud]
    enabled = no
"""
# What would watch more than proc_series.py does.
NETDATA_OFF = "apps cgroups charts.d checks ebpf go.d idlejitter node.d perf python.d slabinfo statsd tc timex"


def judged(value, reach, unit):
    return f"{value:.2f} {unit} (reach: {reach:g} {unit}: {'met' if value <= reach else 'MISSED'})"


class Netdata:
    """Debian's netdata in a folder of its own, which watches what stands in /proc."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._database = self._folder / "cache/dbengine"
        for name in ("cache", "lib", "log"):
            (self._folder / name).mkdir()
        plugins = "".join(f"    {name} = no\n" for name in NETDATA_OFF.split())
        configuration = self._folder / "netdata.conf"
        user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
        configuration.write_text(NETDATA.format(folder=folder, user=user, port=NETDATA_PORT, plugins=plugins))
        self._process = subprocess.Popen(
            [shutil.which("netdata") or "/usr/sbin/netdata", "-D", "-c", str(configuration)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{NETDATA_PORT}/api/v1/{path}", timeout=20) as answer:
            return json.load(answer)

    def samples(self):
        """What its charts hold, by their first and last time."""
        charts = self.ask("charts")["charts"].values()
        return sum(
            len(chart["dimensions"]) * max((chart["last_entry"] - chart["first_entry"]) / chart["update_every"] + 1, 0)
            for chart in charts if chart["last_entry"]
        )  # fmt: skip

    def compression(self):
        """Its own figure: what its compression saves, in percent."""
        try:
            rows = self.ask("data?chart=netdata.dbengine_compression_ratio&after=-60&points=1&format=json")["data"]
            return rows[0][1] if rows else None
        except OSError:
            return None

    def close(self):
        """Ends it, which makes it write what it holds; the bytes of its database."""
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # A child that starts others for it may outlive it.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return sum(file.stat().st_size for file in self._database.glob("*"))


def record(path, folder):
    """Records this machine's series, and has netdata do the same; what is to be said of netdata."""
    netdata = None
    if shutil.which("netdata") or Path("/usr/sbin/netdata").exists():
        netdata = Netdata(folder)
    command = [sys.executable, str(REPOSITORY / "Tests/Bench/proc_series.py"), path, str(SECONDS)]
    try:
        subprocess.run(command, check=True)
        if netdata is None:
            return "netdata is not installed (apt install netdata): not measured"
        samples, saved = netdata.samples(), netdata.compression()
    finally:
        size = netdata.close() if netdata else 0
    said = "" if saved is None else f"; its own figure: {saved:.0f} % saved of 4 bytes"
    return f"netdata {version()}, every 2 s: {size / samples:.2f} bytes a sample ({samples:.0f} samples, {size} bytes{said})"


def version():
    done = subprocess.run(["/usr/sbin/netdata", "-v"], capture_output=True, text=True)
    return done.stdout.removeprefix("netdata ").strip()


def plain_table(path, nth, file):
    """Bytes a sample of the same numbers in a table of (series, time, value), with the index that finds them."""
    lines = Path(path).read_text().splitlines()[1:]
    count = 0
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE sample(series INTEGER, time INTEGER, value REAL, PRIMARY KEY(series, time)) WITHOUT ROWID")
        for line in lines[::nth]:
            moment, *numbers = line.split("\t")
            rows = [(place, int(moment), float(word)) for place, word in enumerate(numbers) if word != "nan"]
            database.executemany("INSERT INTO sample VALUES(?, ?, ?)", rows)
            count += len(rows)
        database.commit()
    return os.stat(file).st_size / count


def answers(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def measure_series(program, folder, say):
    path = os.environ.get("HISTORY_SERIES")
    told = "netdata: not measured with a recording of another time"
    if not path:
        path = f"{folder}/series"
        told = record(path, tempfile.mkdtemp(dir=folder))
    database = tempfile.mkdtemp(dir=folder)
    found = answers(program, "series", path, database)
    say(f"  {found['series']:.0f} series of this machine, {found['seconds']:.0f} s:")
    if found["seconds"] < 3500:
        say("  A chunk is an hour; of a shorter time each sample carries more of what a chunk opens with.")
    say(f"  every 2 s: {judged(found['chunks_2s'], 0.6, 'bytes a sample')}")
    say(f"  every 10 s: {judged(found['chunks_10s'], 0.75, 'bytes a sample')}; "
        f"with what SQLite adds {found['database_10s']:.2f}")  # fmt: skip
    plain = plain_table(path, 5, f"{folder}/plain.db")
    share = found["database_10s"] / plain
    say(f"  a plain table of (series, time, value): {plain:.1f} bytes a sample; of it {judged(share, 0.2, 'parts')}")
    say(f"  {told}")


def measure_year(program, folder, say):
    short, long, hours = (tempfile.mkdtemp(dir=folder) for _ in range(3))
    first = answers(program, "year", short, "1")
    found = answers(program, "year", long, str(DAYS))
    memory = answers(program, "memory", hours)["memory_most"] / 1e6
    say(f"  {found['hosts']:.0f} hosts of {found['numbers'] / found['hosts']:.0f} numbers, {DAYS} days: {found['bytes'] / 1e6:.0f} MB; "
        f"the first day: {first['bytes'] / 1e6:.0f} MB")
    say(f"  every 5 s, on the last day: {found['day_processor'] / 864:.3f} % of a core "
        f"(reach: 0.1: {'met' if found['day_processor'] < 86.4 else 'MISSED'}), written "
        f"{judged(found['day_written'] / 1e6, 100, 'MB')}; private memory of three hours {memory:.1f} MB")  # fmt: skip
    say(f"  to open it for reading: {found['open_to_read']:.1f} ms, after a day {first['open_to_read']:.1f} ms; "
        f"for recording {found['open_to_record']:.1f} ms, after a day {first['open_to_record']:.1f} ms")
    say(f"  an hour's end, on the thread that writes: p50 {found['seal_p50']:.0f} ms, p99 {found['seal_p99']:.0f} ms")
    asked = answers(program, "read", long, "200")
    say("  7 days of one series, as a graph of 160 columns: "
        f"p99 cold {judged(asked['graph_cold_p99'], 5, 'ms')}, warm {judged(asked['graph_warm_p99'], 1, 'ms')}")  # fmt: skip
    say(f"  the same, every one of 60,480 samples: p50 cold {asked['samples_cold_p50']:.1f} ms, warm "
        f"{asked['samples_warm_p50']:.1f} ms; p99 cold {asked['samples_cold_p99']:.1f} ms, warm {asked['samples_warm_p99']:.1f} ms")
    say(f"  {asked['moment_cells']:.0f} cells of one moment: p99 cold {judged(asked['moment_cold_p99'], 50, 'ms')}, "
        f"warm {asked['moment_warm_p99']:.1f} ms")  # fmt: skip


def run(binary, environment, say, parts):
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(folder)
        if "series" in parts:
            measure_series(program, folder, say)
        if "year" in parts:
            measure_year(program, folder, say)
        if "cost" in parts:
            history_cost.measure(binary, environment, say, TURNS)


if __name__ == "__main__":
    wanted = sys.argv[2:] or PARTS
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        run(sys.argv[1], env, lambda text: print(text, flush=True), wanted)
