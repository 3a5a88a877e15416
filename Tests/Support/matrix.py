"""Plays cases of plugins with a fault (fault_plugin.c): what a case is, how it goes, and the row that comes of it."""

import concurrent.futures
import dataclasses
import re
import subprocess

from conftest import SUPPORT, compile_plugin
from lateness import Control, lateness, monotonic, p99, ticks
from stage import Stage

REFRESH = 100_000_000
# Of how many ticks the lateness is told, at least.
TICKS = 20
# Milliseconds that a tick may be late, beyond what the machine itself is late.
LATE = 50
# Lines of the faulty widget.
ROWS = 16


@dataclasses.dataclass
class Case:
    fault: str
    # What the frame must hold, without regard to spaces: one of these.
    words: tuple
    name: str = ""
    # The widget's own key, where something hangs.
    deadline: str = ""
    # Takes a whole processor, so nothing else may be measured at the same time.
    is_heavy: bool = False
    # The first of the words is what a healthy plugin shows: it must stay so, without a sentence of the host's.
    is_harmless: bool = False
    # The file that it is linked with, where that is not C.
    foreign: str = ""
    # There is a second widget of the plugin, which remove_second takes from the layout.
    is_double: bool = False
    # Called with the stage: before the start, once the plugin shows that all is well, and to mend it.
    prepare: object = None
    act: object = None
    mend: object = Stage.mend

    def __post_init__(self):
        self.name = self.name or self.fault


LAYOUT = """title = "Faults"
refresh = "100ms"
grid = \"\"\"
fault fault SECOND
beat memory cpu
\"\"\"
rows = [ROWS, "1fr"]
[widget.fault]
DEADLINE
# Of another host, so that it has an instance of its own.
[widget.second]
plugin = "fault"
host = "second"
[widget.beat]
file = "BEATS"
"""


def layout_of(case):
    text = LAYOUT.replace("ROWS", str(ROWS)).replace("SECOND", "second" if case.is_double else "fault")
    return text.replace("DEADLINE", f'deadline = "{case.deadline}"' if case.deadline else "")


@dataclasses.dataclass
class Row:
    """One line of the table."""

    name: str
    late: float
    control: float
    # Of a tick, beyond what the machine was late at that very tick.
    excess: float
    # Milliseconds that the program waited for a processor, all together.
    waited: float
    words: str

    def __str__(self):
        return f'{self.name:26} ok  lateness p99 {self.late:5.1f} ms (control {self.control:.1f})  "{self.words}"'


def told(frame):
    """What the host says in a frame, without folders and what the plugin draws and the border shows."""
    words = re.sub(r"/\S*/|[❔✅⚠]", "", frame)
    words = re.sub(r"^(?:\s|Fault\b|fault\b(?!\.)|\d+s ago\b)+|\b(?:number|number not) known\b|\bwell\b", "", words)
    return " ".join(words.split())[:110] or "well"


class Matrix:
    """Plays the cases that are asked for: three at a time, and those that take a processor on their own."""

    def __init__(self, folder, cases):
        self.folder = folder
        self.rows = {}
        self.beat = folder / "beat"
        self.beat.mkdir()
        compile_plugin(SUPPORT / "beat_plugin.c", self.beat / "beat.so")
        self.control = Control(folder / "control")
        self._pool = concurrent.futures.ThreadPoolExecutor(3)
        self._playing = {c.name: self._pool.submit(self.play, c) for c in cases if not c.is_heavy}

    def result(self, case):
        if case.is_heavy:
            concurrent.futures.wait(self._playing.values())
            row = self.play(case)
        else:
            row = self._playing[case.name].result()
        self.rows[case.name] = row
        return row

    def play(self, case):
        """
        A case is tried again only where the machine itself was late meanwhile, or had no processor for the program:
        who has worked waits for it longer than the control, which sleeps.
        """
        for attempt in range(3):
            row = self._play_once(case, self.folder / f"{''.join(filter(str.isalnum, case.name))}-{attempt}")
            if row.excess < LATE:
                return row
            if row.control < LATE / 10 and row.waited < LATE:
                break
        raise AssertionError(f"the other widgets were late by {row.excess:.1f} ms more than the machine: {row}")

    def _play_once(self, case, folder):
        folder.mkdir()
        stage = Stage(folder, self.beat, layout_of(case), ROWS)
        compile_fault(case, stage.path)
        try:
            words = self._play_on(stage, case)
            until, waited = monotonic(), stage.waited()
            stage.quit()
            stage.only_own_bytes()
        finally:
            stage.close()
        heard = ticks(stage.beats, REFRESH, until)
        words = case.words[0] if case.is_harmless else told(words)
        late, machine = lateness(heard), self.control.lateness(heard)
        excess = p99([one - other for one, other in zip(late, machine)])
        return Row(case.name, p99(late), p99(machine), excess, waited, words)

    def _play_on(self, stage, case):
        """From the start until the fault is gone; what the frame says meanwhile."""
        if case.prepare:
            case.prepare(stage)
        stage.open()
        if case.act:
            stage.wait_frame("well")
            case.act(stage)
        words = stage.wait_frame(*case.words)
        stage.hears_keys()
        stage.wait_beats(TICKS)
        if not case.is_double:
            # A fault that waits for the second collect has had its time by now; one in destroy is over.
            words = stage.wait_frame(*case.words)
        if case.is_harmless:
            stage.wait_unharmed()
        stage.neighbours_are_fresh()
        stage.has_its_terminal()
        case.mend(stage)
        stage.wait_frame("mended")
        return words

    def close(self):
        self._pool.shutdown(cancel_futures=True)
        self.control.close()


def compile_fault(case, path, *flags):
    """Makes the plugin of a case; `flags` are the compiler's."""
    flags = [f'-DFAULT="{case.fault}"', *flags]
    if case.foreign:
        # The linker takes libraries in order: these must stand behind the source that needs them.
        flags += ["-DFOREIGN", "-Wl,--no-as-needed", *compile_foreign(SUPPORT / case.foreign, path)]
    return compile_plugin(SUPPORT / "fault_plugin.c", path, *flags)


def compile_foreign(source, path):
    """Compiles another language's half; how it is linked."""
    if source.suffix == ".cpp":
        made = path.with_suffix(".o")
        command, needs = ["g++", "-std=c++17", "-O1", "-fPIC", "-c"], ["-lstdc++"]
    else:
        made = path.with_suffix(".a")
        command, needs = ["rustc", "--crate-type", "staticlib", "-O"], ["-lgcc_s"]
    subprocess.run([*command, str(source), "-o", str(made)], check=True, capture_output=True, timeout=60)
    return [f"-Wl,--undefined=foreign_fault,{made}", *needs]
