"""Runs one program in a pseudo-terminal and tells what it, with all its processes, has cost. README.md says how."""

import ctypes
import os
import pty
import resource
import select
import signal
import struct
import termios
import time
import fcntl
import multiprocessing
from dataclasses import dataclass, field

import pyte

REFERENCE = 1.5  # seconds after the start at which a screen is taken to be whole
NOT_YET = "Waiting for the first"  # what the dashboard says in a widget that has no values yet

# What a program may ask its terminal, and what xterm answers.
ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[>c": b"\x1b[>41;366;0c",
    b"\x1b[>0c": b"\x1b[>41;366;0c",
    b"\x1b[5n": b"\x1b[0n",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b]10;?": b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
}


@dataclass
class Costs:
    """Seconds, bytes, and what was on the screen at the end."""

    first_frame: float = 0
    cpu: float = 0
    cpu_per_refresh: float = 0
    proportional: int = 0
    private: int = 0
    processes: int = 0
    bytes_per_refresh: float = 0
    screen: list = field(default_factory=list)


class Screen(pyte.Screen):
    """With REP, which ncurses uses and pyte lacks."""

    _last = " "

    def draw(self, data):
        super().draw(data)
        if data:
            self._last = data[-1]

    def repeat_last(self, count=None, **_):
        super().draw(self._last * (count or 1))

    # Not of interest, and not understood by every version of pyte.
    def report_device_status(self, *_, **__):
        pass

    def report_device_attributes(self, *_, **__):
        pass

    def set_margins(self, *arguments, **private):
        if not private.get("private"):
            super().set_margins(*arguments)


class Stream(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, b="repeat_last")
    events = pyte.ByteStream.events | {"repeat_last"}


class Program:
    """A program in a pseudo-terminal, started by the process that alone measures it."""

    def __init__(self, command, env, size=(160, 50)):
        # Grandchildren whose parent has gone come to us, and their time is counted.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        terminal = os.ttyname(slave)
        os.set_blocking(self.master, False)
        self.output = []  # (seconds since the start, bytes)
        self.started = time.monotonic()
        # Opening the terminal as the leader of a new session makes it the controlling one.
        self.pid = os.posix_spawn(
            command[0], command, env, setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ])  # fmt: skip
        os.close(slave)

    @property
    def age(self):
        return time.monotonic() - self.started

    def drain_until(self, age):
        """Takes what is written until `age`; False when the program has closed its terminal."""
        while (left := age - self.age) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            if not self.drain():
                return False
        return True

    def drain(self):
        try:
            data = os.read(self.master, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.output.append((self.age, data))
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self.master, answer * data.count(question))
        return bool(data)

    def write(self, data):
        os.write(self.master, data)

    def processes(self):
        """All processes below this one: the program, its children, and those left to us."""
        parents = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as file:
                        parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
                except OSError:
                    continue
        found = [os.getpid()]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found[1:]

    def kill(self):
        """Ends everything at once, and returns the CPU seconds of all that has ever run below us."""
        while processes := self.processes():
            for pid in processes:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                while True:
                    os.waitpid(-1, 0)
            except ChildProcessError:
                pass
        os.close(self.master)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


def cpu_time(processes):
    """Seconds on a processor until now, to the nanosecond, of threads that live."""
    total = 0
    for pid in processes:
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
        except OSError:
            continue
    return total / 1e9


def memory(processes):
    """Proportional and private bytes."""
    proportional = private = 0
    for pid in processes:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                for line in file:
                    name, _, value = line.partition(":")
                    if name == "Pss":
                        proportional += int(value.split()[0]) * 1024
                    elif name in ("Private_Clean", "Private_Dirty", "Private_Hugetlb"):
                        private += int(value.split()[0]) * 1024
        except OSError:
            continue
    return proportional, private


def filled(screen):
    """The cells that show something."""
    cells = set()
    for y, row in screen.buffer.items():
        for x, cell in row.items():
            if cell.data.strip(" \u2800") or cell.reverse:
                cells.add((x, y))
    return cells


def first_full_frame(output, size):
    """
    The moment from which 95 of 100 cells are filled that are filled after 1.5 s, and no widget says any more that it
    has nothing yet. The same rule for every program.
    """
    def replay(wanted):
        screen = Screen(*size)
        stream = Stream(screen)
        for at, data in output:
            stream.feed(data)
            if wanted(at, screen):
                return at, screen
        return None, screen

    def is_ready(screen):
        return not any(NOT_YET in line for line in screen.display)

    before = [chunk for chunk in output if chunk[0] <= REFERENCE]
    screen = Screen(*size)
    stream = Stream(screen)
    for _, data in before:
        stream.feed(data)
    if not is_ready(screen):
        _, screen = replay(lambda at, screen: at > REFERENCE and is_ready(screen))
    whole = filled(screen)
    at, _ = replay(lambda _, screen: len(whole & filled(screen)) >= 0.95 * len(whole) > 0 and is_ready(screen))
    return at


def _measure(command, env, size, seconds, refresh, results):
    program = Program(command, env, size)
    costs = Costs()
    settled = min(3.0, seconds / 2)
    if program.drain_until(settled):
        early = cpu_time(program.processes())
        program.drain_until(seconds)
    processes = program.processes()
    late = cpu_time(processes)
    costs.proportional, costs.private = memory(processes)
    costs.processes = len(processes)
    is_alive = program.pid in processes and program.age >= seconds - 0.01
    costs.cpu = program.kill()
    output = program.output
    screen = Screen(*size)
    stream = Stream(screen)
    for _, data in output:
        stream.feed(data)
    costs.screen = list(screen.display)
    if not is_alive:
        results.send(f"{command[0]} ended after {program.age:.1f} s:\n" + "\n".join(costs.screen).strip())
        return
    costs.cpu_per_refresh = (late - early) / (seconds - settled) * refresh
    costs.bytes_per_refresh = sum(len(data) for at, data in output if at > 1) / (seconds - 1) * refresh
    costs.first_frame = first_full_frame(output, size)
    results.send(costs)


def measure(command, env, size=(160, 50), seconds=30.0, refresh=2.0):
    """One run, in a process of its own whose children are the program's and nothing else."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    runner = multiprocessing.Process(target=_measure, args=(command, env, size, seconds, refresh, sender))
    runner.start()
    sender.close()
    try:
        result = receiver.recv() if receiver.poll(seconds + 60) else "the run did not end"
    except EOFError:
        result = "the run broke off; its message stands above"
    runner.join(5)
    if runner.is_alive():
        runner.kill()
    if isinstance(result, str):
        raise RuntimeError(result)
    return result
