"""The program in a terminal beside plugins that misbehave, and what must hold whatever they do."""

import os
import re
import shutil
import termios
import time
from pathlib import Path

from conftest import PROGRAM, children, environment, still_running
from lateness import beats
from terminal import Terminal


# What a widget's frame is made of.
FRAME = str.maketrans(dict.fromkeys("│╭╮╰╯─", " "))


def squeezed(text):
    """Without spaces: a sentence is broken anywhere."""
    return "".join(text.split())


class Stage:
    """The program in a terminal: its first `rows` lines below the title are for what is faulty, the rest is healthy."""

    def __init__(self, folder, beat, layout, rows, size=(120, 34)):
        self.folder = folder
        self._rows = rows
        self._size = size
        self.beats = folder / "beats"
        self.mended = folder / "mended"
        self.plugins = folder / "plugins"
        self.plugins.mkdir(exist_ok=True)
        self.path = self.plugins / "fault.so"
        self._bytes = folder / "bytes"
        self.layout = folder / "test.layout"
        self.layout.write_text(layout.replace("BEATS", str(self.beats)))
        (folder / "home").mkdir()
        self._arguments = ["--layout", self.layout, "--plugins", self.plugins, "--plugins", beat]

    def open(self):
        """
        The shell waits for Enter, so that not a byte is missed, and tells the terminal's settings before and after.
        """
        script = (
            'cd "$1"; shift; stty -g >before; read start; "$@" 2>errors; status=$?; stty -g >after; '
            'echo "ended $status"; read end'
        )
        command = ["sh", "-c", script, "sh", self.folder, PROGRAM, *self._arguments]
        env = environment(self.folder / "home", {"CM_FAULT_MENDED": self.mended})
        self.screen = Terminal(command, size=self._size, env=env, cwd=self.folder)
        self.screen._tmux("pipe-pane", "-t", "test", f"cat >{self._bytes}")
        self.terminal = self.screen._ask("pane_tty")[0]
        self.screen.send("Enter")
        self.screen.wait_for(lambda lines: self.screen.modes["alternate_on"])
        self._settings = self.tty()
        self.process = next(
            child for child in children(self.screen.pid) if os.path.realpath(f"/proc/{child}/exe") == str(PROGRAM)
        )

    def tty(self):
        """The terminal's settings and size, from a descriptor of our own."""
        descriptor = os.open(self.terminal, os.O_RDWR | os.O_NOCTTY)
        try:
            return termios.tcgetattr(descriptor), os.get_terminal_size(descriptor)
        finally:
            os.close(descriptor)

    def has_its_terminal(self):
        """The settings and the size are those that the program has made at its start."""
        settings, size = self.tty()
        assert (settings, size) == self._settings, f"the terminal was {self._settings} and is {settings}, {size}"
        assert settings[3] & (termios.ECHO | termios.ICANON) == 0 and tuple(size) == self._size, settings

    def waited(self):
        """Milliseconds that the program was ready to run and had no processor, on a kernel that counts them."""
        found = 0
        for path in Path(f"/proc/{self.process}/task").glob("*/schedstat"):
            try:
                found += int(path.read_text().split()[1])
            except OSError:
                continue
        return found / 1e6

    def frame(self):
        """What stands in the faulty widget's frame, on one line."""
        lines = self.screen.lines()[1 : 1 + self._rows]
        return " ".join(" ".join(lines).translate(FRAME).split())

    def wait_frame(self, *words, timeout=30):
        """Waits until the frame holds one of the words, without regard to spaces, and returns what it says."""
        wanted = [squeezed(word.replace("{path}", str(self.path))) for word in words]
        deadline = time.monotonic() + timeout
        while True:
            frame = self.frame()
            if any(text in squeezed(frame) for text in wanted):
                return frame
            assert time.monotonic() < deadline, f"not within {timeout} s: {words}; the screen is\n{self.screen.screen}"
            time.sleep(0.03)

    def wait_beats(self, count):
        deadline = time.monotonic() + 30
        while len(beats(self.beats)) < count:
            assert time.monotonic() < deadline, f"fewer than {count} ticks; the screen is\n{self.screen.screen}"
            time.sleep(0.02)

    def mend(self):
        """Takes the fault away and tries again."""
        self.mended.touch()
        self.screen.send("R")

    def copy(self, source):
        """Puts another file where the plugin is, as cp does it: over the old one in place."""
        shutil.copyfile(source, self.path)

    def save_layout(self, text):
        """As an editor does it: another file takes the old one's place."""
        new = self.layout.with_suffix(".new")
        new.write_text(text)
        new.rename(self.layout)

    def hears_keys(self):
        self.screen.send("?")
        self.screen.wait_for("Shift-Tab")
        self.screen.send("Escape")
        self.screen.wait_gone("Shift-Tab")

    def wait_unharmed(self):
        """Waits until the faulty widget looks as if nothing were wrong with it: it may be slow, but not for ever."""
        trouble = re.compile(r"\bago\b|next try|tries again|not answered")
        self.screen.wait_for(lambda _: not trouble.search(self.frame()))

    def neighbours_are_fresh(self):
        """No healthy widget shows an age, a failure or nothing yet."""
        trouble = re.compile(r"\bago\b|next try|Waiting|crashed|killed")

        def are_fresh(lines):
            text = "\n".join(lines[1 + self._rows :])
            return not trouble.search(text) and "Beats" in text and "Memory" in text

        # A machine that stands still for a moment makes them old for a moment; how late they are is measured.
        self.screen.wait_for(are_fresh, timeout=5)

    def quit(self):
        running = children(self.process)
        self.screen.send("q")
        self.screen.wait_for("ended 0")
        assert (self.folder / "after").read_text() == (self.folder / "before").read_text()
        modes = self.screen.modes
        assert not modes.pop("keypad_cursor_flag") and modes.pop("cursor_flag") and not any(modes.values()), modes
        assert not (errors := (self.folder / "errors").read_text()), errors
        left = still_running(running)
        assert not left, f"left over: {left}"

    def only_own_bytes(self):
        """CSI sequences, character sets, keypad modes and scrolling are ncurses' own; OSC, DCS and BEL are nobody's."""
        text = self._bytes.read_bytes().decode("utf-8")
        assert "FOREIGN" not in text and "OUTSIDE" not in text
        styles = re.sub("[34]8;(5;[0-9]+|2(;[0-9]+){3})", "", " ".join(re.findall("\x1b\\[([0-9;]*)m", text)))
        assert "5" not in re.split("[; ]", styles), "blinking"
        text = re.sub("\x1b\\[[?>!]?[0-9;]*[A-Za-z]|\x1b[()][0AB]|\x1b[=>78M]", "", text)
        foreign = re.findall(".{,20}[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e].{,20}", text)
        assert not foreign, f"not the program's own: {foreign[:3]}"

    def close(self):
        self.screen.close()
