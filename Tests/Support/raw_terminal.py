"""A pseudo-terminal whose other side reads only when it is told to: for what a program sends, and for what it does
while nobody reads."""

import fcntl
import os
import select
import signal
import struct
import termios
import time


class RawTerminal:
    """`command` as the leader of a terminal; all that it has sent and that was read stands in `output`."""

    def __init__(self, command, env, size=(100, 24), cwd=None):
        self.output = b""
        self.status = None
        self.master, slave = os.openpty()
        self.name = os.ttyname(slave)
        self.resize(*size)
        self.found = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for number in (0, 1, 2):
                    os.dup2(slave, number)
                os.closerange(3, 256)
                os.chdir(cwd or "/")
                os.execvpe(command[0], [str(part) for part in command], env)
            finally:
                os._exit(127)
        # Kept open, so that the modes can be seen after the program's end.
        self.slave = slave

    def read(self, seconds):
        """Reads for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                self.output += os.read(self.master, 65536)

    def wait_for(self, what, timeout=20, since=0):
        """Reads until the output holds the bytes."""
        end = time.monotonic() + timeout
        while what not in self.output[since:]:
            assert time.monotonic() < end, f"not within {timeout} s: {what!r} in {self.output[-3000:]!r}"
            self.read(0.05)

    def send(self, data):
        os.write(self.master, data)

    def press_until_blocked(self, key=b"t", times=400):
        """Presses a key whose effect fills the terminal, without reading it."""
        for _ in range(times):
            self.send(key)
            time.sleep(0.01)

    def resize(self, width, height):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    @property
    def modes(self):
        return termios.tcgetattr(self.slave)

    @property
    def is_alive(self):
        if self.status is None:
            process, status = os.waitpid(self.pid, os.WNOHANG)
            if process:
                self.status = status
        return self.status is None

    def wait_exit(self, timeout=10):
        """Waits for the end without reading; the seconds that it took."""
        start = time.monotonic()
        while self.is_alive:
            assert time.monotonic() - start < timeout, "it still runs"
            time.sleep(0.01)
        return time.monotonic() - start

    @property
    def processor_time(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        if self.is_alive:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.slave)
        os.close(self.master)
