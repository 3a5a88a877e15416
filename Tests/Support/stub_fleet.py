"""Five stub hosts on the loopback network, their configuration, and what the overview shows of them."""

import copy
import re
import time
from typing import NamedTuple

from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, good, loopback

ALL = {"drives": 6127, "services": 6128, "backups": 6129}
NAMES = ["srv1", "srv2", "lab1", "lab2", "box1"]


class Host:
    """One that serves what its documents say at the moment."""

    def __init__(self, number, name):
        self.name = name
        self.address = loopback(11, number)
        self.role = None
        # More lines of its table in hosts.toml.
        self.more = ""
        self.delay = 0.0
        self.is_here = False
        self.documents = {kind: copy.deepcopy(it) for kind, it in zip(ALL, (DRIVES, SERVICES, BACKUPS))}
        self.documents["backups"]["backup"]["last_success"] = int(time.time()) - 3600
        self.stub = StubHost(self.address, {port: self._behaviour(kind) for kind, port in ALL.items()})

    def _behaviour(self, kind):
        serve = good(lambda: self.documents[kind], now=time.time)

        def behave(connection, request):
            time.sleep(self.delay)
            return serve(connection, request)

        return behave

    @property
    def table(self):
        role = f'role = "{self.role}"\n' if self.role else ""
        return f'[host.{self.name}]\naddress = "{self.address}"\n{role}{self.more}'

    @property
    def asked(self):
        return sum(map(len, self.stub.requests.values()))

    def wears(self, percent):
        self.documents["drives"]["drives"][0]["wear_level"] = percent

    def go(self):
        self.is_here = False
        for port in ALL.values():
            self.stub.close(port)

    def come(self):
        self.is_here = True
        for port in ALL.values():
            self.stub.open(port)


class Row(NamedTuple):
    is_marked: bool
    # What stands before the host: its role.
    role: str
    sign: str
    host: str
    rest: str


def rows(lines):
    """The rows of the table, from top to bottom."""
    found = (re.match(r"│([ ▌])(.*?)(✅|⚠ |❌|❔|  ) ([a-z]+\d) (.*)│$", line) for line in lines)
    return [Row(one[1] == "▌", one[2].strip(), one[3].strip(), one[4], one[5]) for one in found if one]


def order(lines):
    return [row.host for row in rows(lines)]


def marked(*hosts):
    return lambda lines: [row.host for row in rows(lines) if row.is_marked] == list(hosts)


def row_is(host, pattern, sign=None):
    """Holds when the host's row has it behind its name, and its sign."""
    return lambda lines: any(
        row.host == host and re.search(pattern, row.rest) and sign in (None, row.sign) for row in rows(lines)
    )


def heading(lines):
    """Titles of columns, which stand at least two cells apart; a sign of order is in between."""
    return re.split(r" {2,}", re.sub("[▲▼]", " ", lines[2]).strip("│ "))


def message(lines):
    """The last line, or those that a long sentence takes. Widgets that have nothing to show have a line above it."""
    frame = max((number for number, line in enumerate(lines) if line.startswith(("│", "╰", "  "))), default=0)
    return " ".join(line.strip() for line in lines[frame + 1 :])


def tells(pattern):
    return lambda lines: re.search(pattern, message(lines))


class Fleet:
    def __init__(self, dashboard):
        self.dashboard = dashboard
        self.folder = dashboard.home / ".config/cm-dashboard"
        self.folder.mkdir(parents=True)
        self.hosts = {name: Host(number, name) for number, name in enumerate(NAMES, 1)}
        self.refresh = "1s"

    def __getitem__(self, name):
        return self.hosts[name]

    def write(self, *names, more=""):
        """hosts.toml, with all hosts or with these."""
        text = f'version = 1\n[defaults]\nrefresh = "{self.refresh}"\n'
        text += "".join(self.hosts[name].table for name in names or self.hosts)
        (self.folder / "hosts.toml").write_text(text + more)

    def configure(self, overview):
        """dashboard.toml; `overview`: the keys of that table."""
        # As editors do it.
        new = self.folder / "dashboard.toml~"
        new.write_text(f"version = 1\n[overview]\n{overview}\n")
        new.replace(self.folder / "dashboard.toml")

    def wait_asked(self, **times):
        """Waits until each host was asked so many times; whether it is asked once more is seen later."""
        deadline = time.monotonic() + 15
        while any(self.hosts[name].asked < count for name, count in times.items()):
            assert time.monotonic() < deadline, {name: host.asked for name, host in self.hosts.items()}
            time.sleep(0.02)

    def open(self, *arguments, names=NAMES, refresh="1s", size=(150, 16), **more):
        """The terminal, once all hosts that are there have served all their documents."""
        self.refresh = refresh
        self.write(*names)
        terminal = self.dashboard.terminal(*arguments, size=size, **more)
        here = [self.hosts[name] for name in names if self.hosts[name].is_here]
        terminal.wait_for(lambda lines: all(row_is(host.name, "online|slow|maintenance")(lines) for host in here))
        self.wait_asked(**{host.name: 3 for host in here})
        terminal.settle(quiet=0.15)
        return terminal
