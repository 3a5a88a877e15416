"""A program in a real terminal: a detached tmux server of its own, which is always ended again."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# What a program leaves switched on if it does not restore the terminal.
MODES = ("alternate_on", "cursor_flag", "mouse_any_flag", "mouse_sgr_flag", "keypad_flag", "keypad_cursor_flag")


class Terminal:
    """`command` as the only program of a terminal, or, with `shell`, typed into an interactive shell."""

    def __init__(self, command, size=(80, 24), env=None, cwd=None, shell=False):
        self._folder = Path(tempfile.mkdtemp(prefix="cm-terminal."))
        self._socket = self._folder / "socket"
        self.is_open = True
        env = dict(os.environ if env is None else env)
        line = shlex.join(map(str, command))
        # The wishes go by a script: tmux itself must run with a TERM that it knows, and passes no variable on.
        script = self._folder / "start"
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items() if name != "PWD")
        program = "bash --norc --noprofile -i" if shell else line
        if shell:
            variables += " PS1='$ '"
        script.write_text(f"cd {shlex.quote(str(cwd or '.'))}\nexec env -i {variables} {program}\n")
        width, height = size
        server = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(self._folder)}
        options = "set -g remain-on-exit on ; set -g remain-on-exit-format '' ; set -g status off ; set -g escape-time 0 ; set -g history-limit 2000"
        configuration = self._folder / "tmux.conf"
        configuration.write_text(options.replace(" ; ", "\n") + "\n")
        start = ["new-session", "-d", "-s", "test", "-x", str(width), "-y", str(height), f"sh {shlex.quote(str(script))}"]
        try:
            self._tmux("-u", "-f", str(configuration), *start, env=server)
        except Exception:
            self.close()
            raise
        if shell:
            self.wait_for(lambda lines: lines[0].startswith("$"))
            self.type(line)
            self.send("Enter")

    # What is seen

    def lines(self, styles=False):
        """The screen's lines, without spaces at their end; with `styles` as text with SGR sequences."""
        output = self._tmux("capture-pane", "-p", *(["-e", "-N"] if styles else []), "-t", "test")
        lines = output.removesuffix("\n").split("\n")
        return lines if styles else [line.rstrip() for line in lines]

    @property
    def screen(self):
        return "\n".join(self.lines())

    def wait_for(self, what, timeout=15):
        """
        Waits until the screen holds a text, matches a compiled pattern, or a function of its lines is true. The time
        counts in looks as well as in seconds: what slows the program on a busy machine slows the looks too.
        """
        deadline, looks = time.monotonic() + timeout, timeout / 0.05
        while True:
            lines = self.lines()
            if _holds(lines, what):
                return self._whole(lines, what)
            looks -= 1
            if time.monotonic() > deadline and looks < 0:
                raise AssertionError(f"not within {timeout} s: {what!r}; the screen is\n" + "\n".join(lines))
            time.sleep(0.03)

    def _whole(self, lines, what, attempts=10):
        """
        The same screen once it stands still: a frame reaches tmux in pieces, and a look between two of them sees the
        old frame below the new one. What was only to be seen for a moment is returned as it was seen.
        """
        for _ in range(attempts):
            time.sleep(0.02)
            now = self.lines()
            if now == lines or not _holds(now, what):
                break
            lines = now
        return lines

    def wait_gone(self, what, timeout=15):
        """Waits until the screen no longer holds it."""
        return self.wait_for(lambda lines: not _holds(lines, what), timeout)

    def settle(self, quiet=0.3, timeout=10):
        """
        Waits until the screen has not changed for `quiet` seconds, and as many looks as these are worth; its lines.
        """
        deadline = time.monotonic() + timeout
        lines, since, looks = self.lines(), time.monotonic(), quiet / 0.05
        while (time.monotonic() < since + quiet or looks > 0) and time.monotonic() < deadline:
            time.sleep(0.03)
            now = self.lines()
            looks -= 1
            if now != lines:
                lines, since, looks = now, time.monotonic(), quiet / 0.05
        return lines

    @property
    def modes(self):
        """
        The terminal's modes: alternate screen, cursor shown, mouse, keypad; True or False each. Once the only program
        has ended tmux itself hides the cursor: whether it comes back is seen with a shell.
        """
        values = self._ask(*MODES)
        return {name: value == "1" for name, value in zip(MODES, values)}

    @property
    def cursor(self):
        return tuple(int(value) for value in self._ask("cursor_x", "cursor_y"))

    @property
    def size(self):
        return tuple(int(value) for value in self._ask("pane_width", "pane_height"))

    @property
    def title(self):
        return self._ask("pane_title")[0]

    # What is done

    def send(self, *keys):
        """Keys by tmux's names: "q", "Enter", "Escape", "Left", "Tab", "BTab", "C-z", "F1"."""
        self._tmux("send-keys", "-t", "test", *keys)

    def type(self, text):
        self._tmux("send-keys", "-t", "test", "-l", "--", text)

    def bytes(self, data):
        """Raw input, as a terminal would send it."""
        self._tmux("send-keys", "-t", "test", "-H", *(f"{byte:02x}" for byte in data))

    def mouse(self, x, y, button=0, release=True):
        """A click at a cell counted from 0, in the SGR form; buttons 64 and 65 are the wheel."""
        press = f"\x1b[<{button};{x + 1};{y + 1}"
        self.bytes((press + "M" + (press + "m" if release and button < 64 else "")).encode())

    def resize(self, width, height):
        self._tmux("resize-window", "-t", "test", "-x", str(width), "-y", str(height))

    @property
    def pid(self):
        """The program's process, or the shell's."""
        return int(self._ask("pane_pid")[0])

    def signal(self, number):
        os.kill(self.pid, number)

    def wait_exit(self, timeout=15):
        """Waits for the program's end; its exit status, or the negative number of the signal that has ended it."""
        deadline, looks = time.monotonic() + timeout, timeout / 0.05
        while time.monotonic() < deadline or looks > 0:
            looks -= 1
            dead, status, by_signal, server = self._ask("pane_dead", "pane_dead_status", "pane_dead_signal", "pid")
            if dead == "1" and status + by_signal:
                return -int(by_signal) if by_signal else int(status)
            if dead == "1":
                # It now and then misses that its child has ended.
                os.kill(int(server), signal.SIGCHLD)
            time.sleep(0.03)
        raise AssertionError(f"still running after {timeout} s; the screen is\n{self.screen}")

    def close(self):
        """Ends the server and the program, however it is."""
        if not self.is_open:
            return
        self.is_open = False
        # Each on its own: a program that ends at this very moment must not keep the server from its end.
        for step in (self._kill_program, self._kill_server):
            try:
                step()
            except (OSError, ValueError, AssertionError, subprocess.SubprocessError):
                pass
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kill_program(self):
        process, dead = self._ask("pane_pid", "pane_dead")
        if dead != "1":
            os.killpg(int(process), signal.SIGKILL)

    def _kill_server(self):
        server = self._ask("pid")[0]
        self._tmux("kill-server")
        _wait_gone(int(server))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, *names):
        answer = self._tmux("display-message", "-p", "-t", "test", "\t".join(f"#{{{name}}}" for name in names))
        return answer.removesuffix("\n").split("\t")

    def _tmux(self, *arguments, env=None):
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments], env=env, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", timeout=20)  # fmt: skip
        assert done.returncode == 0, f"tmux {' '.join(arguments[:2])}: {done.stderr.strip()}"
        return done.stdout


def _holds(lines, what):
    if callable(what):
        return what(lines)
    if isinstance(what, re.Pattern):
        return what.search("\n".join(lines)) is not None
    return any(what in line for line in lines)


def _wait_gone(process, timeout=5):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            # Behind the name in brackets stands the state; who reaps a zombie, and when, is not our affair.
            if Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX":
                return
        except OSError:
            return
        time.sleep(0.02)
