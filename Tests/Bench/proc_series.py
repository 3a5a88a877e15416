"""Records series of this machine's /proc, for HistorySizeTests: proc_series.py FILE SECONDS [STEP].

The first line names them, "id|unit|kind"; each further one is a sample: Unix nanoseconds and the numbers, all divided
by tabs. Shows how many bytes a sample takes in the history:

    Tests/Bench/proc_series.py /tmp/series 3600
    HISTORY_SERIES=/tmp/series swift test --filter HistorySizeTests | grep ^history
"""

import sys
import time
from pathlib import Path

GAUGE, COUNTER = "gauge", "counter"


class Recorder:
    def __init__(self):
        self.before = {}
        self.found = []

    def put(self, name, unit, kind, value):
        self.found.append((name, unit, kind, value))

    def put_rate(self, name, unit, value, now):
        before = self.before.get(name)
        self.before[name] = (value, now)
        rate = (value - before[0]) / (now - before[1]) if before else float("nan")
        self.put(name, unit, GAUGE, rate)

    def processors(self, name, ticks):
        before = self.before.get(name)
        self.before[name] = ticks
        whole = sum(ticks[:8]) - sum(before[:8]) if before else 0
        for place, what in ((0, "user"), (2, "system"), (3, "idle"), (4, "iowait"), (6, "softirq"), (7, "steal")):
            share = 100.0 * (ticks[place] - before[place]) / whole if whole > 0 else float("nan")
            self.put(f"{name}_{what}", "percent", GAUGE, share)

    def stat(self, now):
        for line in Path("/proc/stat").read_text().splitlines():
            word, *numbers = line.split()
            if word.startswith("cpu"):
                self.processors(word, [int(number) for number in numbers])
            elif word in ("ctxt", "processes", "intr"):
                self.put(word, "count", COUNTER, int(numbers[0]))
                self.put_rate(word + "_rate", "", int(numbers[0]), now)
            elif word.startswith("procs_"):
                self.put(word, "count", GAUGE, int(numbers[0]))

    def memory(self):
        for line in Path("/proc/meminfo").read_text().splitlines():
            name, number, *unit = line.split()
            if unit:
                self.put("memory_" + name.rstrip(":"), "bytes", GAUGE, int(number) * 1024)
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, number = line.split()
            if name in ("pgfault", "pgmajfault", "pgpgin", "pgpgout", "pswpin", "pswpout", "oom_kill"):
                self.put("vm_" + name, "count", COUNTER, int(number))

    def load(self):
        first, second, third, tasks, _ = Path("/proc/loadavg").read_text().split()
        for name, number in (("load1", first), ("load5", second), ("load15", third)):
            self.put(name, "", GAUGE, float(number))
        self.put("tasks", "count", GAUGE, int(tasks.split("/")[1]))
        self.put("uptime", "seconds", GAUGE, float(Path("/proc/uptime").read_text().split()[0]))
        for file in sorted(Path("/proc/pressure").glob("*")):
            for line in file.read_text().splitlines():
                kind, average = line.split()[:2]
                self.put(f"pressure_{file.name}_{kind}", "percent", GAUGE, float(average.split("=")[1]))

    def disks(self, now):
        lines = [line.split() for line in Path("/proc/diskstats").read_text().splitlines()]
        for words in [words for words in lines if not words[2].startswith(("loop", "ram"))][:3]:
            name = words[2]
            self.put(name + "_reads", "count", COUNTER, int(words[3]))
            self.put(name + "_writes", "count", COUNTER, int(words[7]))
            self.put(name + "_busy", "seconds", COUNTER, int(words[12]) / 1000)
            for place, what in ((5, "read"), (9, "written")):
                self.put(f"{name}_{what}", "bytes", COUNTER, int(words[place]) * 512)
                self.put_rate(f"{name}_{what}_rate", "bytes/s", int(words[place]) * 512, now)

    def networks(self, now):
        for line in Path("/proc/net/dev").read_text().splitlines()[2:]:
            name, rest = line.split(":")
            numbers = [int(number) for number in rest.split()]
            for place, what in ((0, "received"), (8, "sent")):
                key = f"{name.strip()}_{what}"
                self.put(key, "bytes", COUNTER, numbers[place])
                self.put_rate(key + "_rate", "bytes/s", numbers[place], now)
                self.put(key + "_packets", "count", COUNTER, numbers[place + 1])

    def sample(self):
        self.found = []
        now = time.time()
        self.stat(now)
        self.memory()
        self.load()
        self.disks(now)
        self.networks(now)
        return now, self.found


def main(path, seconds, step=2.0):
    recorder = Recorder()
    _, found = recorder.sample()
    names = [name for name, _, _, _ in found]
    with open(path, "w") as file:
        print(*(f"{name}|{unit}|{kind}" for name, unit, kind, _ in found), sep="\t", file=file)
        start = time.monotonic()
        for tick in range(int(seconds / step)):
            time.sleep(max(0.0, start + tick * step - time.monotonic()))
            now, found = recorder.sample()
            values = {name: value for name, _, _, value in found}
            numbers = (repr(values.get(name, float("nan"))) for name in names)
            print(int(now * 1e9), *numbers, sep="\t", file=file, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *map(float, sys.argv[3:]))
