"""
Hosts that go bad, each in a way of its own and many at the same time.

A fleet is one terminal: the overview, and below it a line of three widgets for each host, one for each document that it
serves. Every document counts up with every answer, so that it is seen what is fresh. At first all is well. Then one
document of each host goes bad: that is said where it is shown, its last values stay and are told as old ones, and
nothing else is disturbed. Then all documents of those hosts go bad, which the overview tells in one sentence. At last
all is well again. A test looks at what became of one host.
"""

import contextlib
import copy
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone

import pytest
from conftest import PROGRAM, SUPPORT, Dashboard, environment
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, answer, bomb, forever, good, loopback, says
from terminal import Terminal

KINDS = {"drives": (6127, "nvme"), "services": (6128, "services"), "backups": (6129, "backup")}
JSON = {"Content-Type": "application/json"}
OK = answer("200 OK", JSON | {"Content-Length": 1000})
CHUNKED = answer("200 OK", {"Transfer-Encoding": "chunked"})
REDIRECT = answer("302 Found", {"Location": "/again", "Content-Length": 0})
HTML = b"<!DOCTYPE html><html><body>It works!</body></html>"
TOP = 'version = 1\n[defaults]\nrefresh = "1s"\ntimeout = "1s"\n'
# Seconds of a phase; well behind what the dashboard needs, which waits at most 4 s between two tries.
PATIENCE = 30
# "13s", "1m 5s", "285y".
AGE = r"\d+[smhdy](?: \d+[smhdy])*"


# Documents that count


class Counting:
    """One document of one host; `sent` is what the last whole answer said."""

    START = {"drives": 1000, "services": 100, "backups": 1000}
    # In the list of services, and in the table that many of them make.
    SHOWN = {
        "drives": r"Hours (\d+)h", "services": r"gitea (?:running \S+ )?(\d+)M", "backups": r"Count (\d+) snapshots",
    }  # fmt: skip

    def __init__(self, kind):
        self.kind = kind
        self.made = self.sent = self.START[kind]

    def next(self):
        self.made += 1
        document = copy.deepcopy({"drives": DRIVES, "services": SERVICES, "backups": BACKUPS}[self.kind])
        if self.kind == "drives":
            document["drives"][0]["power_on_hours"] = self.made
        elif self.kind == "services":
            document["services"][0]["memory_used_mb"] = self.made
        else:
            document["backup"]["snapshot_count"] = self.made
            document["backup"]["last_success"] = datetime.fromtimestamp(time.time() - 3600, timezone.utc).isoformat()
        document["timestamp"] = int(time.time())
        return document

    def behave(self, connection, request):
        stays = good(self.next)(connection, request)
        self.sent = self.made
        return stays


class Host:
    """A host of the fleet, which goes bad and is mended document by document."""

    def __init__(self, name, address, names):
        self.name = name
        self.address = address
        self.named = names / f"{name}.test"
        self.served = {kind: Counting(kind) for kind in KINDS}
        self.stub = StubHost(address, {port: self.served[kind].behave for kind, (port, _) in KINDS.items()})
        self._mend = []

    def behave(self, kind, behaviour):
        self.stub.ports[KINDS[kind][0]] = behaviour

    def refuse(self, kind):
        self.stub.close(KINDS[kind][0])
        self._mend.append(lambda: self.stub.open(KINDS[kind][0]))

    def jam(self, kind):
        self.stub.jam(KINDS[kind][0])
        self._mend += [lambda: self.stub.free(KINDS[kind][0]), lambda: self.stub.open(KINDS[kind][0])]

    def lose_name(self):
        """Nobody knows its name any more, and its connections are gone."""
        self.named.unlink()
        for port, _ in KINDS.values():
            self.stub.close(port)
            self.stub.open(port)

    def mend(self):
        for step in self._mend:
            step()
        for kind in KINDS:
            self.behave(kind, self.served[kind].behave)
        self.named.write_text(self.address)


# Ways to go bad: what is done to a host and one of its documents


def does(behaviour):
    return lambda host, kind: host.behave(kind, behaviour)


def serves(change, stands=False, **more):
    """Good answers with another document; with `stands` its time is always that of the first."""

    def act(host, kind):
        since = int(time.time())

        def make():
            document = host.served[kind].next()
            return change(kind, document | ({"timestamp": since} if stands else {}))

        host.behave(kind, good(make, **more))

    return act


def sends(change):
    """A good answer with other bytes in it."""

    def act(host, kind):
        def behave(connection, request):
            body = change(json.dumps(host.served[kind].next()).encode())
            connection.sendall(answer("200 OK", JSON | {"Content-Length": len(body)}, body))
            return True

        host.behave(kind, behave)

    return act


def stand_still(host, kind):
    """What makes the document has ended; what serves it has not, and says that it is unchanged."""
    served = host.served[kind]
    host.behave(kind, good(served.next()))
    served.sent = served.made


def missing_fields(kind, document):
    if kind == "services":
        del document["services"][2]["status"]
    else:
        del document["status" if kind == "drives" else "overall_status"]
    return document


def swapped(kind, document):
    """Another document of the same host than the one that is asked for."""
    return Counting("services" if kind == "drives" else "drives").next()


def from_the_future(kind, document):
    return document | {"timestamp": int(time.time()) + 7230}


def in_milliseconds(kind, document):
    return document | {"timestamp": int(time.time() * 1000)}


def many_services(kind, document):
    one = document["services"][1]
    more = 5000 - len(document["services"])
    document["services"] += [one | {"name": f"unit-{number:04}"} for number in range(more)]
    return document


# A command, a title, a line end, a C1 command, and letters that turn the line around.
HOSTILE = "web\x1b[2J\x1b]0;EVIL\x07\r\n\x9b31m\u202egnol"


def control_characters(kind, document):
    document["services"][1]["name"] = HOSTILE
    return document


@dataclasses.dataclass
class Case:
    """One host: what is done to it, and what is to be seen of it."""

    name: str
    kind: str
    act: object
    # At the end of the widget, the whole of it. {at}: address and port; {host}: its name; <n>: a number; <age>: 1m 5s.
    sentence: str
    # What the overview says for all three documents, and for one: a word, and a part of the reason.
    word: str = ""
    reason: str = ""
    # What comes can be used: the document is as fresh as the others, and this is to be seen of it.
    is_usable: bool = False
    shown: str = ""
    # From the beginning, until it is mended.
    is_bad_at_first: bool = False
    # It is asked by a name, for which there is a file in the folder of names.
    has_name: bool = False
    # All documents go bad at the same moment, or never more than the one.
    is_whole: bool = False
    is_alone: bool = False
    # The last good document is not the last that was shown.
    goes_on: bool = False

    @property
    def host(self):
        return self.name.replace(" ", "-")

    def bad_kinds(self, phase):
        if self.is_usable:
            return []
        return list(KINDS) if self.is_whole or phase == "all" and not self.is_alone else [self.kind]


def unreachable(name, kind, act, sentence, reason, **more):
    return Case(name, kind, act, sentence, "unreachable", reason, **more)


def wrong(name, kind, act, sentence, reason, **more):
    return Case(name, kind, act, sentence, "wrong", reason, **more)


def usable(name, kind, act, sentence="", **more):
    return Case(name, kind, act, sentence, is_usable=True, **more)


# Nothing comes, or something that is no answer.
UNANSWERED = [
    unreachable("refused", "drives", Host.refuse,
                "{at} refuses connections: nothing listens on that port", "refuses connections"),
    unreachable("no connection", "services", Host.jam,
                "{at} accepted no connection within 1s; is the machine on, and lets its firewall through to that port?",
                "accepted no connection"),
    unreachable("name not found", "backups", lambda host, kind: None,
                "the name {host}.test was not found: Name or service not known; check it, or give an IP address",
                "the name name-not-found.test was not found", is_bad_at_first=True, is_whole=True, has_name=True),
    usable("name lost", "backups", lambda host, kind: host.lose_name(), has_name=True),
    unreachable("reset midway", "backups", does(says(OK, b"x" * 300, pause=0.05, ending="reset", after=0.05)),
                "{at} broke off its answer after 300 of 1000 bytes; see the log of what serves it",
                "broke off its answer"),
    unreachable("silence", "drives", does(says(ending="silent")),
                "{at} accepted the connection and answered nothing within 1s; is what serves it hung?",
                "answered nothing"),
    unreachable("a byte a second", "services", does(forever(OK, b"x", pause=1)),
                "{at} sent only <n> of 1000 bytes within 1s and was given up", "was given up"),
    wrong("10 GB", "drives", does(forever(answer("200 OK", JSON | {"Content-Length": 10 << 30}), b" " * 65536)),
          "{at} sends more than 4 MB, which no document has, and was cut off; does something else answer there?",
          "sends more than 4 MB"),
    wrong("endless chunks", "services", does(forever(CHUNKED, b"8000\r\n" + b" " * 32768 + b"\r\n")),
          "{at} sends more than 4 MB, which no document has, and was cut off; does something else answer there?",
          "sends more than 4 MB"),
    wrong("bomb", "backups", lambda host, kind: host.behave(kind, bomb(64 << 20)),
          "{at} sends <n> KB that unpack to more than 4 MB, and was cut off; does something else answer there?",
          "unpack to more than 4 MB"),
]  # fmt: skip

# Answers that are no document.
WRONG = [
    wrong("redirects", "drives", does(says(REDIRECT, ending="stay")),
          '{at} redirects more than 3 times, last to "http://{at}/again"', "redirects more than 3 times"),
    wrong("404", "backups", does(says(answer("404 Not Found", {"Content-Length": 0}), ending="stay")),
          "{at} answers 404 Not Found; check the path /", "answers 404 Not Found"),
    wrong("500", "services", does(says(answer("500 Internal Server Error", {"Content-Length": 0}), ending="stay")),
          "{at} answers 500 Internal Server Error; see the log of what serves it",
          "answers 500 Internal Server Error"),
    wrong("HTML", "drives", does(says(answer("200 OK", {"Content-Length": len(HTML)}, HTML), ending="stay")),
          "{at}: the drives document is HTML or XML and not JSON: does something else answer at that port and path?",
          "is HTML or XML and not JSON"),
    wrong("half", "backups", sends(lambda body: body[:120]),
          "{at}: the backups document is cut short after 120 bytes", "is cut short"),
    wrong("nothing", "services", sends(lambda body: b""), "{at}: the services document is empty", "document is empty"),
    wrong("missing", "services", serves(missing_fields),
          "{at}: the services document lacks services[2].status, which is required", "which is required"),
    wrong("NaN", "drives", sends(lambda body: body.replace(b"56.0", b"NaN").replace(b"100.0", b"NaN")
                                 .replace(b"15.2", b"NaN").replace(b"0.42", b"NaN")),
          "{at}: the drives document is not JSON (byte <n>: invalid token near 'NaN')", "is not JSON"),
    wrong("swapped", "services", serves(swapped),
          "{at} serves the drives document and not that of the services: "
          "are the ports of {host} swapped in hosts.toml?",
          "document and not that of the"),
]  # fmt: skip

# What can be used, and wrong times.
ODD = [
    usable("5000 services", "services", serves(many_services), shown=" 1/5000 "),
    usable("control characters", "services", serves(control_characters), shown="web\ufffd[2J\ufffd]0;EVIL\ufffd"),
    # All of them would tell the host's clock, by which the documents are right.
    wrong("future", "backups", serves(from_the_future),
          "{at}: the backups document is from 2h in the future: set its clock, or this one's", "in the future",
          is_alone=True),
    wrong("milliseconds", "services", serves(in_milliseconds),
          "{at}: the services document has its timestamp in milliseconds; seconds are expected", "in milliseconds"),
    wrong("far future", "drives", serves(lambda kind, document: document | {"timestamp": 5e10}),
          "{at}: the drives document is from <age> in the future; Unix seconds are expected", "in the future"),
    wrong("stands still", "drives", stand_still,
          "{at}: the drives document is from <age> ago and stays so: "
          "what writes it has stopped; start it again there",
          "and stays so", is_whole=True),
    wrong("same time", "services", serves(lambda kind, document: document, stands=True, conditional=False),
          "{at}: the services document is from <age> ago and stays so: "
          "what writes it has stopped; start it again there",
          "and stays so", goes_on=True, is_alone=True),
]  # fmt: skip

FLEETS = {"unanswered": UNANSWERED, "wrong": WRONG, "odd": ODD}
WELL = usable("well", "drives", lambda host, kind: None)


# What is seen


@dataclasses.dataclass
class Panel:
    heading: str
    age: str
    # Inside the frame, on one line.
    text: str
    # What its values are coloured with.
    shades: set
    # Its frame is whole.
    is_framed: bool

    def count(self, kind):
        found = re.search(Counting.SHOWN[kind], self.text)
        return int(found[1]) if found else None


class Seen:
    """A screen as it was at one moment."""

    COLUMN = 100
    ROW = 8

    def __init__(self, lines, cases):
        blank = [(" ", "")] * self.COLUMN * len(KINDS)
        self.cells = [[*shaded(line), *blank][: len(blank)] for line in lines]
        self.places = {case.host: 1 + len(cases) + 3 + self.ROW * place for place, case in enumerate(cases)}
        self.overview = ["".join(character for character, _ in line) for line in self.cells[2 : 4 + len(cases)]]

    def panel(self, host, kind):
        x, y = self.COLUMN * list(KINDS).index(kind), self.places[host]
        cells = [line[x : x + self.COLUMN] for line in self.cells[y : y + self.ROW]]
        top, *inside, bottom = ["".join(character for character, _ in line) for line in cells]
        age = re.search(r"─ ([^─]+ ago) ─", top)
        values = [(character, shade) for line in cells[1:5] for character, shade in line[2:-2] if character != " "]
        sides = {line[0] + line[-1] for line in inside}
        return Panel(
            heading=top, age=age[1] if age else "",
            text=" ".join(" ".join(line.strip("│") for line in inside).split()),
            shades={shade for _, shade in values},
            is_framed=top[0] + top[-1] + bottom[0] + bottom[-1] == "╭╮╰╯" and sides == {"││"},
        )  # fmt: skip

    def state(self, host):
        """The overview's row of a host, behind its name."""
        rows = [line for line in self.overview if re.match(rf"│ .. ?{host} ", line)]
        return rows[0].split(host, 1)[1] if rows else ""


def shaded(line):
    """Each character of a line with its foreground colour."""
    shade = ""
    for codes, character in re.findall(r"\x1b\[([0-9;]*)m|(?:\x1b\(.)|([^\x1b\x0e\x0f])", line):
        if character:
            yield character, shade
        elif found := re.findall(r"(?:^|;)(38;5;\d+|38;2;\d+;\d+;\d+|3[0-79]|9[0-7]|0?(?=;|$))", codes):
            shade = "" if found[-1] in ("", "0", "39") else found[-1]


# A machine that is gone from its network


APART = """
ip link set lo up || exit
ip address add 10.9.0.1/32 dev lo
ip address add 10.9.0.5/32 dev lo
# Without the address of the host a packet to it comes back to where nobody takes it.
ip route add 10.9.0.0/24 dev lo src 10.9.0.1
"$1" -c "$2" &
shift 2
exec "$@"
"""
SERVER = f"""
import sys, time
sys.path.insert(0, {str(SUPPORT)!r})
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, good
documents = {{6127: DRIVES, 6128: SERVICES, 6129: BACKUPS}}
with StubHost("10.9.0.5", {{port: good(document, now=time.time) for port, document in documents.items()}}):
    time.sleep(600)
"""


def can_be_apart():
    if not all(map(shutil.which, ["unshare", "nsenter", "ip"])):
        return False
    return subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_be_apart(), reason="needs unshare, ip, and the right to make a network of its own")
def test_a_machine_that_is_unplugged(dashboard):
    """In a network of its own: first nothing answers any more, then the network says that there is no way."""
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True)
    (folder / "hosts.toml").write_text(f'{TOP}[host.gone]\naddress = "10.9.0.5"\n')
    layout = dashboard.layout('refresh = "200ms"\nhost = "gone"\ngrid = """\nnvme\nservices\nbackup\n"""\n')
    command = ["unshare", "-rn", "sh", "-c", APART, "sh", sys.executable, SERVER, PROGRAM, "--layout", layout]
    with Terminal(command, size=(120, 32), env=environment(dashboard.home), cwd=dashboard.folder) as terminal:

        def network(*words):
            inside = ["nsenter", "-t", str(terminal.pid), "-U", "--preserve-credentials", "-n", "ip"]
            subprocess.run([*inside, *words], check=True, capture_output=True)

        def shows_values(lines):
            return all(any(word in line for line in lines) for word in ["56°C", "gitea", "42 snapshots"])

        def is_told(sentence):
            """Once for all three documents, which keep what they have."""

            def look(lines):
                told = [line for line in lines if "10.9.0.5:" in line]
                old = [line for line in lines if re.search(r"─ (\d+[smhd] )+ago ─", line)]
                is_once = len(told) == 1 and f"10.9.0.5:6127 {sentence}" in told[0]
                return is_once and len(old) == 3 and shows_values(lines)

            return look

        terminal.wait_for(shows_values)
        network("address", "del", "10.9.0.5/32", "dev", "lo")
        terminal.wait_for(is_told(
            "accepted no connection within 1s; is the machine on, and lets its firewall through to that port?"
        ))  # fmt: skip
        network("route", "add", "unreachable", "10.9.0.5/32")
        terminal.wait_for(is_told("cannot be reached: No route to host; is the machine on?"))
        network("route", "del", "unreachable", "10.9.0.5/32")
        network("address", "add", "10.9.0.5/32", "dev", "lo")
        terminal.wait_gone(re.compile(r"10\.9\.0\.5:|[smhd] ago ─ "))
        assert shows_values(terminal.lines())


# A host that is opened while it is bad


@pytest.fixture
def opened(dashboard):
    """Two hosts in the overview, the first of which has gone bad in a way when it is opened: its screen, and how."""

    @contextlib.contextmanager
    def open_bad(act, grid):
        hosts = [Host(f"host{number}", loopback(7, number), dashboard.folder) for number in (1, 2)]
        folder = dashboard.home / ".config/cm-dashboard"
        (folder / "layouts").mkdir(parents=True)
        text = TOP + "".join(f'[host.{host.name}]\naddress = "{host.address}"\n' for host in hosts)
        (folder / "hosts.toml").write_text(text)
        (folder / "layouts/host1.layout").write_text(f'icons = "ascii"\ngrid = """\n{grid}\n"""\n')
        with hosts[0].stub, hosts[1].stub:
            terminal = dashboard.terminal(size=(160, 40))
            # All three documents of both have come.
            terminal.wait_for(lambda lines: sum(bool(re.search(r"online .*4% .* 8/8 +\S", line)) for line in lines) == 2)
            for kind in KINDS:
                act(hosts[0], kind)
            terminal.wait_for(lambda lines: not any("host1" in line and "online" in line for line in lines))
            terminal.send("Enter")
            terminal.wait_for("NVMe Health")
            yield terminal, hosts[0]

    return open_bad


def panels(lines):
    """What is in each frame of a layout with one widget a line: its heading, and the text inside as one line."""
    found = {}
    for line in lines:
        if line.startswith("╭"):
            heading = line
            found[heading] = ""
        elif line.startswith("│"):
            found[heading] = f"{found[heading]} {line.strip('│').strip()}".strip()
    return found


VALUES = {"NVMe": "56°C", "Services": "gitea", "Backup": "snapshots"}


def without_time(kind, document):
    del document["timestamp"]
    return document


def without_states(kind, document):
    """Nothing that the plugins of memory and processors miss."""
    for one in document.get("services", []):
        del one["status"]
    return document if kind == "services" else without_time(kind, document)


@pytest.mark.parametrize("act, sentence", [
    (Host.refuse, f"{loopback(7, 1)}:6127 refuses connections: nothing listens on that port"),
    (serves(without_time), f"{loopback(7, 1)}:6127: the drives document lacks timestamp, which is required"),
    (serves(without_states), f"{loopback(7, 1)}:6128: the services document lacks services[0].status, which is required"),
], ids=["refused", "without time", "without states"])  # fmt: skip
def test_a_bad_host_that_is_opened_shows_its_last_values(opened, act, sentence):
    """The overview has them, so they are known; they are old, and why is said."""
    with opened(act, "nvme\nservices\nbackup") as (terminal, host):

        def are_all_old(lines):
            found = panels(lines)
            return len(found) == 3 and all(
                any(name in heading and re.search(rf"─ {AGE} ago ─", heading) and value in text
                    for heading, text in found.items()) for name, value in VALUES.items()
            )  # fmt: skip

        terminal.wait_for(sentence)
        terminal.wait_for(are_all_old, timeout=8)
        shades = {shade for line in terminal.lines(styles=True) if "Hours" in line
                  for character, shade in list(shaded(line))[1:-1] if character not in " │"}  # fmt: skip
        assert len(shades) == 1
        host.mend()
        terminal.wait_gone(re.compile(rf"127\.\d+\.7\.1:|─ {AGE} ago ─"))
        assert all(any(value in line for line in terminal.lines()) for value in VALUES.values())


def test_a_host_that_is_down_is_told_of_where_one_looks(opened):
    """Once on a screen, by the first widget that is seen; behind a zoomed one nobody sees it."""
    with opened(Host.refuse, "nvme\nservices\nbackup") as (terminal, host):

        def tells(port):
            return lambda lines: [line for line in lines if "refuses connections" in line and f":{port} " in line] and (
                sum("refuses connections" in line for line in lines) == 1
            )

        terminal.wait_for(tells(6127))
        terminal.send("Tab", "Tab", "z")
        terminal.wait_for(tells(6128))
        assert "NVMe" not in terminal.screen
        terminal.send("Tab")
        terminal.wait_for(tells(6129))
        terminal.send("z")
        terminal.wait_for(tells(6127))


# Fleets


NAMES = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    char path[4096], address[64] = "";
    const char *folder = getenv("CM_TEST_NAMES");
    real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (!folder || !name || strlen(name) < 5 || strcmp(name + strlen(name) - 5, ".test"))
        return real(name, service, hints, found);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file) return EAI_NONAME;
    if (!fgets(address, sizeof address, file)) address[0] = 0;
    fclose(file);
    return real(address, service, hints, found);
}
"""


class Fleet:
    """
    Plays its cases in one terminal, once, and keeps what is wrong with each at the end of each phase. A phase ends
    when nothing is wrong, or after a long time.
    """

    def __init__(self, folder, cases, names):
        self.cases = [*cases, WELL]
        self.folder = folder
        (folder / "names").mkdir()
        self.hosts = {
            case.host: Host(case.host, loopback(7, place), folder / "names") for place, case in enumerate(self.cases, 1)
        }
        self.complaints = {}
        self.dashboard = Dashboard(folder)
        self._configure()
        self._bytes = folder / "bytes"
        self._env = {"LD_PRELOAD": names, "CM_TEST_NAMES": folder / "names"}
        try:
            self._play()
        finally:
            self.dashboard.close()
            for host in self.hosts.values():
                host.stub.__exit__()

    def _configure(self):
        folder = self.dashboard.home / ".config/cm-dashboard"
        folder.mkdir(parents=True)
        text = TOP
        for case in self.cases:
            address = f"{case.host}.test" if case.has_name else self.hosts[case.host].address
            text += f'[host."{case.host}"]\naddress = "{address}"\n'
        (folder / "hosts.toml").write_text(text)

    def _layout(self):
        grid = ["hosts hosts hosts"]
        widgets = 'columns = ["state", "nvme.wear", "services.summary", "backup.state"]\n'
        for place, case in enumerate(self.cases):
            grid.append(" ".join(f"{kind}{place}" for kind in KINDS))
            for kind, (_, plugin) in KINDS.items():
                widgets += f'[widget.{kind}{place}]\nplugin = "{plugin}"\nhost = "{case.host}"\n'
        rows = [len(self.cases) + 3] + [Seen.ROW] * len(self.cases)
        text = 'refresh = "200ms"\nicons = "ascii"\ngrid = """\n' + "\n".join(grid) + '\n"""\n'
        return text + f'rows = {rows}\n[widget.hosts]\nplugin = "hosts"\n' + widgets

    def _play(self):
        for case in self.cases:
            host = self.hosts[case.host]
            host.stub.__enter__()
            if not case.is_bad_at_first:
                host.named.write_text(host.address)
        size = (3 * Seen.COLUMN, 2 + len(self.cases) + 3 + Seen.ROW * len(self.cases))
        self.terminal = self.dashboard.terminal(layout=self._layout(), size=size, env=self._env)
        self.terminal._tmux("pipe-pane", "-t", "test", f"cat >{self._bytes}")
        self._phase("good")
        for case in self.cases:
            for kind in list(KINDS) if case.is_whole else [case.kind]:
                case.act(self.hosts[case.host], kind)
        self._phase("bad")
        self.hears_keys = self._hears_keys()
        for case in self.cases:
            if not case.is_whole and not case.is_alone and not case.is_usable:
                for kind in set(KINDS) - {case.kind}:
                    case.act(self.hosts[case.host], kind)
        self._phase("all")
        for host in self.hosts.values():
            host.mend()
        self._phase("back")
        self.bytes = self._bytes.read_text(errors="replace")

    def _phase(self, phase):
        before = {(case.host, kind): self.hosts[case.host].served[kind].made for case in self.cases for kind in KINDS}
        deadline = time.monotonic() + PATIENCE
        while True:
            seen = Seen(self.terminal.lines(styles=True), self.cases)
            found = {case.host: self._complaint(case, seen, phase, before) for case in self.cases}
            if not any(found.values()) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        self.complaints[phase] = found

    def _complaint(self, case, seen, phase, before):
        """What is not as it should be with a host; empty when all is."""
        is_bad = phase in ("bad", "all") or case.is_bad_at_first and phase == "good"
        bad = case.bad_kinds(phase) if is_bad else []
        for kind in KINDS:
            panel = seen.panel(case.host, kind)
            if kind in bad:
                wrong = self._bad(case, kind, panel, is_down=case.word == "unreachable" and len(bad) == len(KINDS))
            else:
                wrong = self._fresh(case, kind, panel, before, is_bad)
            if wrong or not panel.is_framed:
                return f"{kind}: {wrong or 'the frame is broken'}: {panel}"
        state = seen.state(case.host).strip()
        return "" if re.match(self._state(case, len(bad)), state) else f"the overview says: {state}"

    def _bad(self, case, kind, panel, is_down):
        # A host that is down is one event, told where its first document is shown.
        if kind == (list(KINDS)[0] if is_down else case.kind):
            at = f"{self.hosts[case.host].address}:{KINDS[kind][0]}"
            sentence = re.escape(case.sentence.format(at=at, host=case.host))
            sentence = sentence.replace("<n>", r"\d+").replace("<age>", AGE)
            # Before it stand the values, with the end of their last line.
            if not re.search(rf"(^|\s){sentence}$", panel.text):
                return "another sentence"
        elif is_down and case.reason in panel.text:
            return "a second sentence"
        elif case.is_bad_at_first and panel.text != f"{case.host} does not answer.":
            return "values from nowhere"
        if case.is_bad_at_first:
            return "an age without values" if panel.age else ""
        if not re.fullmatch(f"{AGE} ago", panel.age):
            return "no age"
        if len(panel.shades) != 1:
            return "not grey"
        count = self.hosts[case.host].served[kind].sent
        return "" if panel.count(kind) == count or case.goes_on else f"not the last good values, which are {count}"

    def _fresh(self, case, kind, panel, before, is_bad):
        if panel.age:
            return "old"
        if len(panel.shades) < 2:
            return "grey"
        if panel.count(kind) is None or panel.count(kind) < before[case.host, kind] + 2:
            return f"no newer values than {before[case.host, kind]}"
        if is_bad and kind == case.kind and case.is_usable:
            if not panel.text.endswith(case.sentence) or case.shown not in panel.heading + panel.text:
                return "not what is to be seen"
        elif re.search(r"document|127\.\d+\.7\.", panel.text):
            return "a sentence"
        return ""

    @staticmethod
    def _state(case, bad):
        """The words of the overview's state for a host of which so many documents are bad, as a pattern."""
        if bad == 0:
            return "online "
        if bad < len(KINDS):
            return f"{case.kind} {case.word}: .*{re.escape(case.reason)}"
        age = f"(, {AGE} ago)?" if case.word == "unreachable" else " data"
        return f"{case.word}{age}: .*{re.escape(case.reason)}"

    def _hears_keys(self):
        self.terminal.send("?")
        self.terminal.wait_for("Shift-Tab")
        self.terminal.send("Escape")
        self.terminal.wait_gone("Shift-Tab")
        return True


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Each fleet is played when it is first asked for, and only then."""
    names = tmp_path_factory.mktemp("names") / "names.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", names, "-x", "c", "-"], input=NAMES, text=True, check=True)
    played = {}

    def get(name):
        if name not in played:
            try:
                played[name] = Fleet(tmp_path_factory.mktemp(name), FLEETS[name], names)
            except Exception as error:
                played[name] = error
        if isinstance(played[name], Exception):
            raise played[name]
        return played[name]

    return get


def of(name):
    """
    All tests of a fleet in one worker of pytest-xdist, since whoever asks first plays it. The odd ones alone: thousands of
    services within a second take a processor.
    """
    return pytest.mark.alone if name == "odd" else pytest.mark.xdist_group(f"{name} hosts")


ALL = [pytest.param(name, case, marks=of(name), id=case.name) for name, cases in FLEETS.items() for case in cases]


@pytest.mark.limit(240)
@pytest.mark.parametrize("name, case", ALL)
def test_a_bad_host(fleet, name, case):
    found = {phase: wrong[case.host] for phase, wrong in fleet(name).complaints.items()}
    assert found == dict.fromkeys(found, "")


@pytest.mark.limit(240)
@pytest.mark.parametrize("name", [pytest.param(name, marks=of(name)) for name in FLEETS])
def test_nothing_else_is_disturbed(fleet, name):
    found = {phase: wrong[WELL.host] for phase, wrong in fleet(name).complaints.items()}
    assert found == dict.fromkeys(found, "")
    assert fleet(name).hears_keys


@of("odd")
def test_no_control_character_reaches_the_terminal(fleet):
    """But those that the program itself sends: styles, cursor, character sets."""
    text = fleet("odd").bytes
    assert "web" in text and "EVIL" in text
    assert "web\x1b[2J" not in text and "\x1b]" not in text
    text = re.sub("\x1b\\[[?>!]?[0-9;]*[A-Za-z]|\x1b[()][0AB]|\x1b[=>78M]", "", text)
    assert not re.findall(".{,20}[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e].{,20}", text)
