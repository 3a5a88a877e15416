"""Many hosts over HTTP: the dashboard before a fleet that Tests/Support/fleet_server.c plays. README.md says how.

    fleet.py BINARY [PART…]     parts: many polling latency memory

FLEET_ROUNDS is how many rounds memory is given to grow in (35).
"""

import multiprocessing
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from measure import Program, Screen, Stream, cpu_time, memory

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("many", "polling", "latency", "memory")
ROUNDS = int(os.environ.get("FLEET_ROUNDS", 35))
MANY = 1000
FEW = 10
POLLED = 200
REFRESH = 5  # seconds, the default of hosts.toml
GRID = 0.25  # seconds, of the bare client that asks several hosts at once
SIZE = (160, 50)
KINDS = ("drives", "services", "backups")
# What is read from the screen must stand where it is looked for, whatever the overview's own layout becomes.
COLUMNS = '"state", "nvme.wear", "memory.used_percent", "services.summary", "backup.state", "backup.age"'
RATE, SECONDS = 60, 5  # of a key that is held
FRAME = 1 / 60  # seconds that lie between two frames at least
TCP = 66  # bytes of Ethernet, IP and TCP with its time stamps, around each segment
SEGMENT = 1448


class Answer(NamedTuple):
    """What the server has noted of one."""

    sent: float  # of the monotonic clock, just before
    host: int
    number: int
    asked: int
    answered: int
    status: int
    kind: int


class Server:
    """The fleet, until `close`."""

    _count = struct.Struct("Q")
    _record = struct.Struct("QIIIIHHI")

    def __init__(self, tools, *options):
        self.folder = Path(tempfile.mkdtemp(prefix="log.", dir=tools))
        self.log = self.folder / "log"
        self._process = subprocess.Popen(
            [f"{tools}/fleet_server", str(self.log), *options], stdout=subprocess.PIPE, text=True)
        self.ports = self._process.stdout.readline().split()
        if len(self.ports) != len(KINDS):
            raise RuntimeError("the server of the hosts does not listen; its message stands above")

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def configuration(self, hosts, refresh):
        """A folder with the two files."""
        folder = Path(tempfile.mkdtemp(prefix=f"config-{hosts}.", dir=self.folder))
        ports = ", ".join(f"{kind} = {port}" for kind, port in zip(KINDS, self.ports))
        lines = ["version = 1", "[defaults]", f'refresh = "{refresh}s"', f"ports = {{ {ports} }}"]
        for number in range(hosts):
            lines += [f"[host.{name(number)}]", f'address = "{address(number)}"']
        (folder / "hosts.toml").write_text("\n".join(lines) + "\n")
        (folder / "dashboard.toml").write_text(f"version = 1\n[overview]\ncolumns = [{COLUMNS}]\n")
        return str(folder)

    def urls(self, hosts):
        path = self.folder / "urls"
        path.write_text("".join(f"http://{address(n)}:{port}/\n" for n in range(hosts) for port in self.ports))
        return str(path)


@contextmanager
def serving(tools, *options):
    server = Server(tools, *options)
    try:
        yield server
    finally:
        server.close()


def name(number):
    return f"h{number:04}"


def address(number):
    return f"127.1.{number // 250}.{number % 250 + 1}"


def number_of(host):
    """Of the lower half of its address."""
    return (host >> 8) * 250 + (host & 255) - 1


def answered(log):
    with open(log, "rb") as file:
        return Server._count.unpack(file.read(8))[0]


def answers(log):
    """All, in the order in which they went out."""
    with open(log, "rb") as file:
        count = Server._count.unpack(file.read(8))[0]
        file.seek(64)
        data = file.read(count * Server._record.size)
    return [
        Answer(sent / 1e9, number_of(host), number, asked, given, status, kind)
        for sent, host, number, asked, given, status, kind, _ in Server._record.iter_unpack(data)
    ]


def build(folder):
    """The server and the bare client."""
    for program, source, library in (
        ("fleet_server", "Tests/Support/fleet_server.c", "-lz"),
        ("bare_curl", "Tests/Bench/bare_curl.c", "-lcurl"),
    ):
        subprocess.run(
            ["gcc", "-std=gnu11", "-O2", "-o", f"{folder}/{program}", str(REPOSITORY / source), library], check=True)


# A run is a process of its own, whose children are the program's and nothing else


def _send(sender, function, arguments):
    try:
        sender.send(function(*arguments))
    except Exception as error:
        sender.send(error)


class Run:
    def __init__(self, function, *arguments):
        self._receiver, sender = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.Process(target=_send, args=(sender, function, arguments))
        self._process.start()
        sender.close()

    def result(self, timeout=300):
        try:
            result = self._receiver.recv() if self._receiver.poll(timeout) else RuntimeError("the run did not end")
        except EOFError:
            result = RuntimeError("the run broke off; its message stands above")
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
        if isinstance(result, Exception):
            raise result
        return result


def wait_for_round(program, log, hosts, limit=30):
    """Until each host has been asked for as many documents as it serves."""
    while answered(log) < hosts * len(KINDS):
        if program.age > limit or not program.drain_until(program.age + 0.05):
            raise RuntimeError(f"{answered(log)} of {hosts * len(KINDS)} documents were asked for within {limit} s")


# What was seen, found by replaying the output with its times


class Emulator(Screen):
    """With SU and SD, by which ncurses scrolls a table, and pyte lacks them."""

    def scroll_up(self, count=None, **_):
        self._scroll(self.delete_lines, count)

    def scroll_down(self, count=None, **_):
        self._scroll(self.insert_lines, count)

    def _scroll(self, move, count):
        y, x = self.cursor.y, self.cursor.x
        self.cursor.y = self.margins.top if self.margins else 0
        move(count or 1)
        self.cursor.y, self.cursor.x = y, x


class Output(Stream):
    csi = dict(Stream.csi, S="scroll_up", T="scroll_down")
    events = Stream.events | {"scroll_up", "scroll_down"}


def line_of(screen, y):
    row = screen.buffer[y]
    return "".join(row[x].data or " " for x in range(screen.columns))


def replay(output, size):
    """After each piece of the output: its time, the screen, and the lines that may have changed."""
    screen = Emulator(*size)
    stream = Output(screen)
    for at, data in output:
        screen.dirty.clear()
        stream.feed(data)
        yield at, screen, sorted(screen.dirty)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def reach(is_met):
    return "met" if is_met else "MISSED"


# 1,000 hosts: the first picture, processor time, a key that is held


class Many(NamedTuple):
    first: float  # seconds from the last answer of the first round to its picture
    cold: float  # from the start to that picture
    said: str  # what the frame says of how many there are
    cpu: float  # of a host's three documents, all processes
    cpu_host: float  # likewise, the dashboard's own process
    keys: int
    frames: int
    latency: list
    key_cpu: float
    key_cpu_host: float
    answers: int
    pieces: float  # of output, a second, without a key


def measure_many(binary, env, config, log):
    program = Program([binary, "--config", config], env, SIZE)
    try:
        while name(0).encode() not in b"".join(data for _, data in program.output):
            if program.age > 10 or not program.drain_until(program.age + 0.01):
                raise RuntimeError("no overview of the hosts on the screen")
        # To the last hosts: they are asked last, so what is seen of them is seen of all.
        program.write(b"G")
        wait_for_round(program, log, MANY)
        # All are asked at once, and then in turns of their own, which are spread after two intervals.
        program.drain_until(program.age + 1.5 * REFRESH)
        processes = program.processes()
        window, before, before_host, first = program.age, cpu_time(processes), cpu_time([program.pid]), answered(log)
        pieces = len(program.output)
        program.drain_until(program.age + 2 * REFRESH)
        window = program.age - window
        used, used_host = cpu_time(processes) - before, cpu_time([program.pid]) - before_host
        count, pieces = answered(log) - first, len(program.output) - pieces
        held = _hold(program, processes)
    finally:
        program.kill()
    rounds = count / len(KINDS)
    whole, said = _first_picture(program.output)
    last = _end_of_first_round(answers(log), MANY) - program.started
    frames, latency = _answered_keys(program.output, held)
    return Many(
        whole - last if whole else None, whole, said, used / rounds, used_host / rounds, len(held.pressed), frames,
        latency, held.cpu, held.cpu_host, count, pieces / window)  # fmt: skip


class Held(NamedTuple):
    pressed: list
    cpu: float
    cpu_host: float


def _hold(program, processes):
    """Down to the last row that is seen, and then as scroll.py does."""
    program.write(b"g")
    program.drain_until(program.age + 0.3)
    for _ in range(SIZE[1]):
        program.write(b"j")
        program.drain_until(program.age + 0.02)
    program.drain_until(program.age + 0.5)
    before, before_host, start = cpu_time(processes), cpu_time([program.pid]), program.age
    pressed = []
    for key in range(RATE * SECONDS):
        pressed.append(program.age)
        program.write(b"j")
        program.drain_until(start + (key + 1) / RATE)
    used = program.age - start
    cpu, cpu_host = cpu_time(processes) - before, cpu_time([program.pid]) - before_host
    program.drain_until(program.age + 0.3)
    return Held(pressed, cpu / used, cpu_host / used)


NAME = re.compile(r"\bh(\d{4})\b")
ROW = re.compile(r"\bh(\d{4})\s.*?(\d+)%\s+(\d+)%\s+\d+/\d+\s+\w+\s+(\d\w*(?: \d+\w)?)\s*[│┃]")


def _first_picture(output):
    """When the last host was seen and each row that is seen had a value in each column."""
    for at, screen, _ in replay(output, SIZE):
        lines = [line_of(screen, y) for y in range(screen.lines)]
        rows = [line for line in lines if NAME.search(line)]
        if any(name(MANY - 1) in line for line in rows) and all(ROW.search(line) for line in rows):
            said = re.search(rf"\d+/{MANY}", "\n".join(lines))
            return at, said[0] if said else ""
    return None, ""


def _end_of_first_round(log, hosts):
    seen = set()
    for answer in log:
        seen.add((answer.host, answer.kind))
        if len(seen) == hosts * len(KINDS):
            return answer.sent
    raise RuntimeError("the first round did not end")


def _answered_keys(output, held):
    """Keys whose own place in the table was on the screen, and how long that took."""
    seen, top, at_top = [], None, None
    for at, screen, dirty in replay(output, SIZE):
        if at_top is None:
            at_top = next((y for y in range(screen.lines) if NAME.search(line_of(screen, y))), None)
        elif at_top in dirty:
            match = NAME.search(line_of(screen, at_top))
            if match and int(match[1]) != top:
                top = int(match[1])
                seen.append((at, top))
    before = [top for at, top in seen if at < held.pressed[0]][-1]
    times = {}
    for at, top in seen:
        if at >= held.pressed[0]:
            times.setdefault(top, at)
    latency = [times[before + key + 1] - at for key, at in enumerate(held.pressed) if before + key + 1 in times]
    return len(latency), latency


def describe_many(many):
    first = "never" if many.first is None else f"{many.first * 1e3:.0f} ms"
    keys = [value * 1e3 for value in many.latency] or [0]
    return [
        f"{MANY} hosts, from the last answer of the first round to all their values in the overview: {first} "
        f"(reach: < 1 s: {reach(many.first is not None and many.first < 1)}); {many.cold or 0:.2f} s from the start; "
        f"the frame says {many.said or 'nothing of how many there are'}",
        f"a host every {REFRESH} s: {many.cpu * 1e6:.0f} us of CPU a refresh, {many.cpu_host * 1e6:.0f} us of it the "
        f"dashboard's own process; for all {many.cpu * MANY / REFRESH * 100:.1f} and "
        f"{many.cpu_host * MANY / REFRESH * 100:.1f} % of one core ({many.answers} answers, {many.pieces:.0f} pieces a "
        f"second to the terminal)",
        f"a key held {RATE} times a second: {many.frames} of {many.keys} answered by a frame of their own "
        f"(reach: 99 of 100: {reach(many.frames >= 0.99 * many.keys)}), p50 {statistics.median(keys):.1f} ms, "
        f"p99 {percentile(keys, 0.99):.1f} ms; CPU {many.key_cpu * 100:.1f} % of one core, "
        f"{many.key_cpu_host * 100:.1f} % of it the dashboard's own process",
    ]


# Memory


class Memory(NamedTuple):
    host: int  # bytes, proportional
    workers: int


def _memory(program):
    processes = program.processes()
    host = memory([program.pid])[0]
    return Memory(host, memory(processes)[0] - host)


def measure_memory(command, env, log, hosts, late):
    """After the first round and `late` seconds after the start, with how many rounds there were until then."""
    program = Program(command, env, SIZE)
    try:
        if log:
            wait_for_round(program, log, hosts)
        program.drain_until(program.age + 1 if log else 4)
        early = _memory(program)
        # What the program writes must go on being read.
        program.drain_until(late)
        result = early, _memory(program), answered(log) / len(KINDS) / hosts if log else late / REFRESH
        # While others are still to be looked at, what they share must not become less.
        program.drain_until(late + 2)
        return result
    finally:
        program.kill()


def memory_of_fleet(binary, tools, env):
    """All at the same time: what they share is shared by each of them alike, and it is the difference that counts."""
    late = ROUNDS + 2
    with serving(tools, "--gzip") as large, serving(tools, "--gzip") as small:
        runs = {
            ("over HTTP", MANY): Run(
                measure_memory, [binary, "--config", large.configuration(MANY, 1)], env, large.log, MANY, late),
            ("over HTTP", FEW): Run(
                measure_memory, [binary, "--config", small.configuration(FEW, 1)], env, small.log, FEW, late),
            ("simulated", MANY): Run(measure_memory, [binary, "--demo-hosts", str(MANY)], env, None, MANY, late),
            ("simulated", FEW): Run(measure_memory, [binary, "--demo-hosts", str(FEW)], env, None, FEW, late),
        }
        return {key: run.result() for key, run in runs.items()}


def describe_memory(results):
    lines = []
    for kind in ("over HTTP", "simulated"):
        many, few = results[kind, MANY], results[kind, FEW]
        for place, when in ((0, "after the first round"), (1, f"after {many[2]:.0f} rounds")):
            more = [new - old for new, old in zip(many[place], few[place])]
            host, workers = (part / (MANY - FEW) / 1000 for part in more)
            total = host + workers
            lines.append(
                f"a host {kind}, {when}: {total:.1f} KB (reach: < 20 KB: {reach(total < 20)}), {host:.1f} KB in the "
                f"dashboard's own process, {workers:.1f} KB in workers; {MANY} hosts: {sum(many[place]) / 1e6:.1f} MB, "
                f"{FEW}: {sum(few[place]) / 1e6:.1f} MB")
    return lines


# 200 hosts, beside a client that does nothing else


class Polling(NamedTuple):
    host: float  # of one core
    workers: float
    bare: float
    bare_together: float  # likewise, asking what is due in the same GRID together
    answers: int
    interval: float  # seconds from one question for a document to the next
    unchanged: int
    asked: float  # bytes, of HTTP, of a host and second
    answered: float
    wire: float  # likewise, with what TCP adds


def measure_polling(binary, env, config, log, settle, seconds):
    program = Program([binary, "--config", config], env, SIZE)
    try:
        program.drain_until(settle)
        processes = program.processes()
        first, before, before_host = answered(log), cpu_time(processes), cpu_time([program.pid])
        program.drain_until(settle + seconds)
        used, used_host = cpu_time(processes) - before, cpu_time([program.pid]) - before_host
        return used_host, used - used_host, answers(log), first
    finally:
        program.kill()


def _wire(log):
    """
    Bytes of HTTP asked and answered, of a host and second, and with what the segments add: those of the request, of the
    answer, and of one acknowledgement.
    """
    per = len(KINDS) / REFRESH / len(log)
    segments = sum(2 + -(-answer.answered // SEGMENT) for answer in log)
    asked, given = sum(answer.asked for answer in log), sum(answer.answered for answer in log)
    return asked * per, given * per, (asked + given + TCP * segments) * per


def poll(binary, tools, env, options, seconds):
    """The dashboard, and the bare client in both manners, at the same time, each before a fleet of its own."""
    settle, rate = 1.2 * REFRESH, POLLED * len(KINDS) / REFRESH
    with serving(tools, *options) as server, serving(tools, *options) as first, serving(tools, *options) as second:
        run = Run(measure_polling, binary, env, server.configuration(POLLED, REFRESH), server.log, settle, seconds)
        times = [str(REFRESH), str(settle), str(seconds)]
        clients = [
            subprocess.Popen([f"{tools}/bare_curl", *arguments], stdout=subprocess.PIPE, text=True)
            for arguments in ([first.urls(POLLED), *times], [second.urls(POLLED), *times, str(GRID)])
        ]
        bare = [client.communicate(timeout=settle + seconds + 30)[0].split() for client in clients]
        host, workers, log, place = run.result()
    interval, log = _interval(log), log[place:]
    if not log or any(len(words) != 6 or int(words[5]) for words in bare):
        raise RuntimeError(f"the dashboard got {len(log)} answers, and bare_curl said {bare}")
    # Turns are not spread evenly, so a window may hold more or fewer answers than its share.
    share, alone, together = rate / len(log), *(float(words[0]) * rate / int(words[2]) for words in bare)
    unchanged = sum(answer.status == 304 for answer in log)
    return Polling(
        host * share, workers * share, alone, together, len(log), interval, unchanged, *_wire(log))


def _interval(log):
    """The median; what is asked at the start is asked again before its turn."""
    times = defaultdict(list)
    for answer in log:
        times[answer.host, answer.kind].append(answer.sent)
    return statistics.median(new - old for turns in times.values() for old, new in zip(turns[1:], turns[2:]))


def describe_polling(what, result):
    lines = [
        f"{POLLED} hosts every {REFRESH} s, {what}: {result.host * 100:.2f} % of one core in the dashboard's own "
        f"process, {result.workers * 100:.2f} % in workers ({result.answers} answers, {result.unchanged} unchanged; "
        f"asked every {result.interval:.2f} s)",
    ]
    for how, bare in (("each by itself", result.bare), (f"every {GRID * 1e3:.0f} ms", result.bare_together)):
        over, over_all = result.host - bare, result.host + result.workers - bare
        lines.append(
            f"    more than libcurl alone, asking {how} ({bare * 100:.2f} %): {over * 100:+.2f} % "
            f"(reach: < 1 %: {reach(over < 0.01)}), with workers {over_all * 100:+.2f} % "
            f"(reach: < 1 %: {reach(over_all < 0.01)})")
    return lines


def describe_wire(what, result):
    whole = result.asked + result.answered
    return (
        f"{what}: {whole:.0f} bytes a host and second, {result.asked:.0f} asked and {result.answered:.0f} answered "
        f"(reach: < 1000: {reach(whole < 1000)}); about {result.wire:.0f} with Ethernet's, IP's and TCP's "
        f"(reach: < 1000: {reach(result.wire < 1000)})")


# From the last byte to the screen

LATENCY_HOSTS = 4
LATENCY_SECONDS = 18
OWN_SIZE = (200, 60)
OWN_WIDGETS = ("nvme", "memory", "services", "backup")
OWN = {
    "nvme": (0, re.compile(r"(?:nvme0n1|Wear)\s+(\d+)%")),
    "memory": (1, re.compile(r"Physical .*?(\d+)%")),
    "backup": (2, re.compile(r"snapshot ([0-9a-f]{8}) saved")),
}


class Latency(NamedTuple):
    shown: list  # seconds
    alone: list  # of them those before and behind which no frame was due
    missed: int


def own_layout():
    """What is shown of one host, for each of a few hosts, so that many documents come in a short time."""
    hosts = [name(number) for number in range(LATENCY_HOSTS)]
    grid = "\n".join(" ".join(f"{host}-{plugin}" for plugin in OWN_WIDGETS) for host in hosts)
    lines = ['title = "own"', f'grid = """\n{grid}\n"""']
    for host in hosts:
        for plugin in OWN_WIDGETS:
            lines.append(f'[widget.{host}-{plugin}]\nplugin = "{plugin}"\nhost = "{host}"\ntitle = "{host}-{plugin}"')
    return "\n".join(lines) + "\n"


def _seen_in_overview(output):
    """For each host and kind: the times at which what is shown became another, and what it then was."""
    seen = defaultdict(list)
    for at, screen, dirty in replay(output, SIZE):
        for y in dirty:
            match = ROW.search(line_of(screen, y))
            if match:
                for kind, value in enumerate(match.groups()[1:]):
                    _note(seen[int(match[1]), kind], at, value)
    return seen


def _seen_in_widgets(output):
    seen, places = defaultdict(list), {}
    width, height = OWN_SIZE[0] // len(OWN_WIDGETS), (OWN_SIZE[1] - 2) // LATENCY_HOSTS
    for at, screen, dirty in replay(output, OWN_SIZE):
        if len(places) < len(OWN) * LATENCY_HOSTS:
            for y in range(screen.lines):
                for match in re.finditer(r"h(\d{4})-(\w+)", line_of(screen, y)):
                    if match[2] in OWN:
                        places[int(match[1]), match[2]] = (match.start() // width * width, y)
            dirty = range(screen.lines)
        for (host, widget), (left, top) in places.items():
            kind, pattern = OWN[widget]
            for y in dirty:
                if top < y < top + height - 1:
                    match = pattern.search(line_of(screen, y)[left : left + width])
                    if match:
                        _note(seen[host, kind], at, match[1])
    return seen


def _note(changes, at, value):
    if not changes or changes[-1][1] != value:
        changes.append((at, value))


def _expected(answer, is_overview):
    """As fleet_server.c makes them, and as they are written there."""
    if answer.kind < 2:
        return str(10 + answer.number % 70)
    if is_overview:
        return f"2h {answer.number % 59 + 1}m"
    return f"{answer.number * 2654435761 % 2**32:08x}"


def measure_latency(binary, env, config, log, is_overview):
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        if not is_overview:
            layout = Path(folder) / "own.layout"
            layout.write_text(own_layout())
            arguments = ["--layout", str(layout)]
        size = SIZE if is_overview else OWN_SIZE
        program = Program([binary, "--config", config, *arguments], env, size)
        try:
            wait_for_round(program, log, LATENCY_HOSTS)
            program.drain_until(2)
            start = time.monotonic()
            program.drain_until(2 + LATENCY_SECONDS)
            end = time.monotonic()
            program.drain_until(program.age + 0.5)
        finally:
            program.kill()
    seen = (_seen_in_overview if is_overview else _seen_in_widgets)(program.output)
    log = answers(log)
    sent = [answer.sent for answer in log]
    shown, alone, missed = [], [], 0
    for answer in log:
        if not start <= answer.sent < end:
            continue
        wanted, since = _expected(answer, is_overview), answer.sent - program.started
        changes = seen[answer.host, answer.kind]
        at = next((at for at, value in changes if at >= since and value == wanted), None)
        if at is None or at > since + 1:
            missed += 1
            continue
        shown.append(at - since)
        place = bisect_right(sent, answer.sent) - 1
        before = sent[place - 1] if place else 0
        behind = sent[place + 1] if place + 1 < len(sent) else end + 1
        if before < answer.sent - 3 * FRAME and behind > answer.sent + at - since:
            alone.append(at - since)
    return Latency(shown, alone, missed)


def describe_latency(what, result):
    if not result.shown:
        return f"{what}: none of {result.missed} documents was seen"
    worst = percentile(result.shown, 0.99)
    apart = [value * 1e3 for value in result.alone]
    alone = "none came alone"
    if apart:
        p50, p99 = statistics.median(apart), percentile(apart, 0.99)
        alone = f"of {len(apart)} that came alone p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    return (
        f"{what}: p50 {statistics.median(result.shown) * 1e3:.1f} ms, p99 {worst * 1e3:.1f} ms, "
        f"most {max(result.shown) * 1e3:.1f} ms (reach: p99 < 10 ms: {reach(worst < 0.01 and not result.missed)}), "
        f"{len(result.shown)} documents, {result.missed} not seen; {alone}")


# All of it


def run(binary, env, say, parts=PARTS):
    with tempfile.TemporaryDirectory(prefix="fleet.") as tools:
        build(tools)
        binary = str(binary)
        if "many" in parts:
            with serving(tools, "--gzip") as server:
                config = server.configuration(MANY, REFRESH)
                for line in describe_many(Run(measure_many, binary, env, config, server.log).result()):
                    say("  " + line)
        if "polling" in parts:
            changing = poll(binary, tools, env, ["--gzip", "--etag"], 10)
            # Not longer: a document that stays the same for twelve intervals is said to stand still.
            still = poll(binary, tools, env, ["--gzip", "--etag", "--every", "86400"], 8)
            for line in describe_polling("documents that change", changing):
                say("  " + line)
            for line in describe_polling("documents that do not", still):
                say("  " + line)
            with serving(tools) as server:
                config = server.configuration(FEW, 1)
                plain = _wire(Run(measure_polling, binary, env, config, server.log, 1, 2).result()[2])
            plain = changing._replace(asked=plain[0], answered=plain[1], wire=plain[2])
            for what, result in (
                ("the wire, as it is", plain), ("packed", changing), ("packed, and nothing new", still)):  # fmt: skip
                say("  " + describe_wire(what, result))
        if "latency" in parts:
            for what, is_overview in (("the overview", True), ("a host's own widgets", False)):
                with serving(tools, "--gzip", "--unique") as server:
                    config = server.configuration(LATENCY_HOSTS, 1)
                    result = Run(measure_latency, binary, env, config, server.log, is_overview).result()
                    say("  " + describe_latency(f"from the last byte to the screen, {what}", result))
        if "memory" in parts:
            for line in describe_memory(memory_of_fleet(binary, tools, env)):
                say("  " + line)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        variables = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        run(sys.argv[1], variables, lambda line: print(line, flush=True), sys.argv[2:] or PARTS)
