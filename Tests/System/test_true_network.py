"""What comes from a network or a file system is not taken for more than it is: names, clocks, redirects, busy hosts,
files behind links."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zlib
from contextlib import ExitStack
from email.utils import formatdate

import pytest
from conftest import PROGRAM, SUPPORT, environment
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, answer, good, loopback, says

ALL = {"drives": 6127, "services": 6128, "backups": 6129}
DOCUMENTS = {"drives": DRIVES, "services": SERVICES, "backups": BACKUPS}

# getaddrinfo() by the file $NAMES: lines "NAME ADDRESS [SECONDS]". After so many seconds the address is found, or for
# "again" no server can be asked, or for "none" there is no such name.
NAMES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    FILE *file = node && getenv("NAMES") ? fopen(getenv("NAMES"), "re") : NULL;
    char line[512], name[256], address[128];
    while (file && fgets(line, sizeof line, file)) {
        double seconds = 0;
        if (sscanf(line, "%255s %127s %lf", name, address, &seconds) < 2 || strcmp(name, node)) continue;
        fclose(file);
        usleep((useconds_t)(seconds * 1e6));
        if (!strcmp(address, "again")) return EAI_AGAIN;
        if (!strcmp(address, "none")) return EAI_NONAME;
        return real(address, service, hints, found);
    }
    if (file) fclose(file);
    return real(node, service, hints, found);
}
"""

# The wall clock is off by the seconds in the file $CLOCK.
CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long off(void) {
    char text[32] = {0};
    int file = getenv("CLOCK") ? open(getenv("CLOCK"), O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    if (read(file, text, 31) < 0) text[0] = 0;
    close(file);
    return atol(text);
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += off();
    return code;
}
time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *kept, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *kept = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
"""

# inotify has no room: for a first watch, or for any at all.
EXHAUSTED = r"""
#include <errno.h>
int inotify_%s { errno = %s; return -1; }
"""


def shim(folder, name, text):
    path = folder / f"{name}.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", path, "-x", "c", "-", "-ldl"], input=text, text=True, check=True)
    return path


@pytest.fixture(scope="module")
def shims(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shims")
    return {"names": shim(folder, "names", NAMES), "clock": shim(folder, "clock", CLOCK)}


class Names:
    """What the name server says."""

    def __init__(self, path, shims):
        self.path = path
        self.env = {"LD_PRELOAD": shims["names"], "NAMES": path}

    def are(self, *lines):
        draft = self.path.with_suffix(".new")
        draft.write_text("".join(f"{line}\n" for line in lines))
        draft.rename(self.path)


@pytest.fixture
def names(tmp_path, shims):
    return Names(tmp_path / "names", shims)


def serve(address, behaviours=(), now=time.time):
    """The three documents of this moment; `behaviours` takes the place of some, `now` is the host's clock."""
    ports = {ALL[kind]: good(DOCUMENTS[kind], now=now) for kind in ALL}
    for kind, behaviour in dict(behaviours).items():
        ports[ALL[kind]] = behaviour
    return StubHost(address, ports)


def configure(dashboard, hosts, refresh="1s"):
    """hosts.toml: `hosts` has an address for each name, or the lines of its table."""
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True, exist_ok=True)
    text = f'version = 1\n[defaults]\nrefresh = "{refresh}"\n'
    for name, table in hosts.items():
        text += f"[host.{name}]\n" + (table if "=" in table else f'address = "{table}"\n')
    (folder / "hosts.toml").write_text(text)
    return folder / "hosts.toml"


def states(dashboard, ticks=2, env=()):
    """Of each host its state, its reason, its status."""
    done = dashboard.run("snapshot", "--format", "json", "--ticks", ticks, env=env)
    assert done.returncode == 0, done.stderr
    return {host["host"]: host for host in json.loads(done.stdout)["hosts"]}


def row(host, pattern):
    return lambda lines: any(re.search(rf"\b{host}\b.*{pattern}", line) for line in lines)


def waits(what, seconds, terminal):
    """Waits for something beside the screen; returns the seconds that it took."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds, terminal.screen
        time.sleep(0.02)
    return time.monotonic() - start


class TestNames:
    def test_a_machine_with_a_new_address_is_found_there_at_once(self, dashboard, names):
        old, new, other = (loopback(51, number) for number in (1, 2, 3))
        names.are(f"box.lan {old}")
        configure(dashboard, {"box": "box.lan", "other": other})
        with serve(other), serve(new) as there:
            with serve(old):
                terminal = dashboard.terminal(size=(150, 12), env=names.env)
                terminal.wait_for(row("box", "online"))
            names.are(f"box.lan {new}")
            assert waits(lambda: any(there.requests.values()), 12, terminal) < 12
            terminal.wait_for(row("box", "online"))

    def test_no_connection_stays_with_an_address_that_the_name_has_lost(self, dashboard, names):
        old, new, other = (loopback(52, number) for number in (1, 2, 3))
        names.are(f"box.lan {old}")
        configure(dashboard, {"box": "box.lan", "other": other})
        with serve(other), serve(new) as there, serve(old) as here:
            terminal = dashboard.terminal(size=(150, 12), env=names.env)
            terminal.wait_for(row("box", "online"))
            names.are(f"box.lan {new}")
            # One port that fails is enough for the name to be looked up; the others still answer at the old address.
            here.close(6127)
            waits(lambda: all(there.requests.values()), 12, terminal)
            count = len(here.requests[6128])
            time.sleep(2.5)
            assert len(here.requests[6128]) == count
            # And the kept connections are closed, not left alone.
            assert not here._open[6128] and not here._open[6129]
            terminal.wait_for(row("box", "online"))

    @pytest.mark.limit(100)
    def test_a_name_is_looked_up_again_though_its_old_address_answers(self, dashboard, names):
        old, new, other = (loopback(53, number) for number in (1, 2, 3))
        names.are(f"box.lan {old}")
        configure(dashboard, {"box": "box.lan", "other": other})
        with serve(other), serve(new) as there, serve(old):
            terminal = dashboard.terminal(size=(150, 12), env=names.env)
            terminal.wait_for(row("box", "online"))
            names.are(f"box.lan {new}")
            waits(lambda: any(there.requests.values()), 60, terminal)

    def test_a_name_server_that_fails_takes_no_host_away(self, dashboard, names):
        one, other = loopback(54, 1), loopback(54, 2)
        names.are(f"box.lan {one}")
        configure(dashboard, {"box": "box.lan", "other": other})
        with serve(other), serve(one) as host:
            terminal = dashboard.terminal(size=(150, 12), env=names.env)
            terminal.wait_for(row("box", "online"))
            names.are("box.lan again 1")
            host.close(6127)
            terminal.wait_for(row("box", "drives unreachable"))
            host.open(6127)
            terminal.wait_for(row("box", "online"))

    def test_dead_names_delay_no_good_one(self, dashboard, names):
        good_ones = {f"good{number}": loopback(55, number) for number in range(1, 11)}
        dead = [f"dead{number}" for number in range(40)]
        # Dead ones first and last, so that they are asked before and after the good ones.
        hosts = {name: f"{name}.lan" for name in (*dead[:30], *good_ones, *dead[30:])}
        names.are(*(f"{name}.lan {address}" for name, address in good_ones.items()),
                  *(f"{name}.lan again 6" for name in dead))  # fmt: skip
        configure(dashboard, hosts)
        with ExitStack() as stack:
            served = {name: stack.enter_context(serve(address)) for name, address in good_ones.items()}
            started = time.monotonic()
            terminal = dashboard.terminal(size=(150, 60), env=names.env)
            terminal.wait_for(lambda lines: all(row(name, "online")(lines) for name in good_ones), timeout=8)
            # A name that is being looked up says nothing about its host.
            terminal.wait_for(row("dead1", "waiting: the name"))
            assert "unreachable" not in terminal.screen
            terminal.wait_for(row("dead1", "unreachable: the n"))
            # It stays so while the name server is silent again.
            deadline = started + 14
            while time.monotonic() < deadline:
                assert not row("dead1", "waiting")(terminal.lines())
                time.sleep(0.2)
            ended = time.monotonic()
        for name, host in served.items():
            times = [moment for moment in host.arrivals[6127] if moment < ended]
            assert times[0] - started < 6, name
            gaps = [late - early for early, late in zip(times, [*times[1:], ended])]
            # The first ones are spread over an interval, and a busy machine adds something.
            assert max(gaps[1:]) < 2.5, (name, gaps)

    def test_a_slow_name_server_is_waited_for(self, dashboard, names):
        slow, other = loopback(56, 1), loopback(56, 2)
        names.are(f"slow.lan {slow} 5")
        configure(dashboard, {"slow": "slow.lan", "other": other})
        with serve(other), serve(slow):
            terminal = dashboard.terminal(size=(150, 12), env=names.env)
            terminal.wait_for(row("slow", "waiting: the name"))
            terminal.wait_for(lambda lines: "unreachable" in "".join(lines) or row("slow", "online")(lines))
            assert "unreachable" not in terminal.screen

    def test_the_interface_of_a_link_local_address_is_kept(self, dashboard, names):
        inner = dashboard.folder / "inner.py"
        inner.write_text(LINK_LOCAL)
        names.are("nas.local fe80::5%d0", "bare.local fe80::5")
        link = "fe80::5%d0"
        configure(dashboard, {"nas": "nas.local", "literal": link, "bare": "bare.local", "none": "fe80::5%nosuch0"})
        if subprocess.run(["unshare", "-n", "ip", "link", "add", "d0", "type", "veth"], capture_output=True).returncode:
            pytest.skip("a network of its own cannot be made here")
        command = ["unshare", "-n", sys.executable, str(inner), str(PROGRAM)]
        env = environment(dashboard.home, {"PYTHONPATH": SUPPORT, "SHIM": names.env["LD_PRELOAD"], "NAMES": names.path})
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
        assert done.stdout, done.stderr
        found = {host["host"]: host for host in json.loads(done.stdout)["hosts"]}
        assert (found["nas"]["state"], found["literal"]["state"]) == ("online", "online"), found
        assert "link-local" in found["bare"]["reason"]
        assert 'this machine has no network interface "nosuch0"' in found["none"]["reason"]
        assert json.loads(done.stderr.splitlines()[-1]) == ["[fe80::5]:6127", "nas.local:6127"]


LINK_LOCAL = """
import json, os, subprocess, sys, time
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, good
for command in ("link set lo up", "link add d0 type veth peer name d1", "link set d0 up",
                "link set d1 up", "addr add fe80::5/64 dev d0 nodad"):
    subprocess.run(["ip", *command.split()], check=True)
ports = {6127: good(DRIVES, now=time.time), 6128: good(SERVICES, now=time.time), 6129: good(BACKUPS, now=time.time)}
with StubHost("fe80::5%d0", ports) as host:
    env = os.environ | {"LD_PRELOAD": os.environ["SHIM"]}
    subprocess.run([sys.argv[1], "snapshot", "--format", "json", "--ticks", "2"], env=env)
    print(json.dumps(sorted({request.headers["host"] for request in host.requests[6127]})), file=sys.stderr)
"""


class TestClocks:
    """`CLOCK` sets the clock of the dashboard's machine; `now` is that of a host."""

    @pytest.fixture
    def clock(self, tmp_path):
        path = tmp_path / "clock"
        path.write_text("0")
        return path

    def three(self, dashboard, block, refresh="1s", now=(time.time,) * 3, **documents):
        """Three hosts, which serve the documents given in the place of the usual ones."""
        addresses = [loopback(block, number) for number in (1, 2, 3)]
        configure(dashboard, {f"h{number}": address for number, address in enumerate(addresses, 1)}, refresh)
        stack = ExitStack()
        for address, time_of in zip(addresses, now):
            own = {kind: good(document, now=time_of) for kind, document in documents.items()}
            stack.enter_context(serve(address, own, now=time_of))
        return stack

    @pytest.mark.parametrize("off, words", [
        (-400 * 86400, "own clock 400d behind"), (-90, "own clock 1m 30s behind"),
        (90, "own clock 1m 30s ahead"), (400 * 86400, "own clock 400d ahead"),
    ], ids=["13 months behind", "90 s behind", "90 s ahead", "13 months ahead"])  # fmt: skip
    def test_this_machines_clock_is_suspected_where_all_hosts_differ_alike(self, dashboard, clock, shims, off, words):
        clock.write_text(str(off))
        env = {"LD_PRELOAD": shims["clock"], "CLOCK": clock}
        with self.three(dashboard, 57):
            terminal = dashboard.terminal(size=(160, 12), env=env)
            terminal.wait_for(lambda lines: all(row(f"h{number}", words)(lines) for number in (1, 2, 3)))
            # The values are there, and nothing is blamed on the hosts.
            assert row("h1", "4 ?%")(terminal.lines()), terminal.screen
            assert not re.search("stale|wrong|future", terminal.screen)
            # Once it is right, nothing is said any more.
            clock.write_text("0")
            terminal.wait_for(lambda lines: all(row(f"h{number}", "online")(lines) for number in (1, 2, 3)))

    def test_a_host_whose_clock_differs_is_named_and_its_values_are_shown(self, dashboard):
        with self.three(dashboard, 58, now=(time.time, lambda: time.time() + 7200, lambda: time.time() - 7200)):
            terminal = dashboard.terminal(size=(160, 12))
            lines = terminal.wait_for(lambda lines: row("h2", "clock 2h ahead")(lines) and row("h3", "clock 2h behind")(lines))
            assert row("h1", "online")(lines) and "own clock" not in terminal.screen
            assert row("h2", "4 ?%")(lines) and row("h3", "4 ?%")(lines)

    @pytest.mark.parametrize("hours", [1, 8])
    def test_after_a_sleep_all_is_that_much_older_at_once_and_nobody_is_blamed(self, dashboard, clock, shims, hours):
        def now():
            return time.time() + float(clock.read_text() or 0)

        # Two hours ago, as text of UTC.
        success = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
        backups = BACKUPS | {"backup": BACKUPS["backup"] | {"last_success": success}}
        with self.three(dashboard, 79, now=(now,) * 3, backups=backups):
            terminal = dashboard.terminal(
                size=(160, 24), env={"LD_PRELOAD": shims["clock"], "CLOCK": clock})
            def are_old(hours):
                return lambda lines: all(row(f"h{number}", rf"online.*success +{hours}h")(lines) for number in (1, 2, 3))

            terminal.wait_for(are_old(2))
            clock.write_text(str(hours * 3600))
            terminal.wait_for(are_old(2 + hours), timeout=6)
            # What was said wrongly for a moment would stay in the log of events.
            terminal.send("e")
            lines = terminal.wait_for(lambda lines: any("Nothing has" in line or "Events" in line for line in lines))
            assert not re.search("stale|unreachable|no answer|clock", "\n".join(lines)), terminal.screen

    def test_the_date_of_an_answer_tells_the_hosts_clock_at_once(self, dashboard):
        def dated(kind, off, age=0):
            def behave(connection, request):
                now = time.time() + off
                body = json.dumps(DOCUMENTS[kind] | {"timestamp": int(now - age)}).encode()
                headers = {"Content-Length": len(body), "Date": formatdate(now, usegmt=True)}
                connection.sendall(answer("200 OK", headers, body))
                return True

            return behave

        def all_of(off, age=0):
            return {kind: dated(kind, off, age) for kind in ALL}

        addresses = {name: loopback(59, number) for number, name in enumerate(("late", "old", "right"), 1)}
        configure(dashboard, addresses)
        with serve(addresses["late"], all_of(-3600)), serve(addresses["old"], all_of(0, 3600)), serve(addresses["right"]):
            found = states(dashboard, ticks=1)
        assert found["late"]["state"] == "skewed" and found["late"]["age"] < 60
        assert found["late"]["reason"].startswith("clock 1h behind: ")
        # Here the clocks agree, so that the documents are old.
        assert found["old"]["state"] == "stale" and found["old"]["age"] > 3500
        assert found["right"]["state"] == "online"

    def test_documents_that_stopped_alike_are_old_and_no_sign_of_a_clock(self, dashboard):
        stopped = int(time.time()) - 900
        with self.three(dashboard, 60, now=(lambda: stopped,) * 3):
            found = states(dashboard, ticks=5)
        assert {host["state"] for host in found.values()} <= {"stale", "wrong"}, found
        assert all(host["age"] > 850 for host in found.values())


class TestWishes:
    def test_a_busy_host_is_asked_again_when_it_wishes(self, dashboard):
        busy = answer("429 Too Many Requests", {"Retry-After": 30, "Content-Length": 0})
        upgrading = answer("503 Service Unavailable", {"Retry-After": 30, "Content-Length": 0})
        addresses = {name: loopback(61, number) for number, name in enumerate(("busy", "upgrading", "other"), 1)}
        configure(dashboard, addresses)
        with serve(addresses["busy"], dict.fromkeys(ALL, says(busy, ending="stay"))) as one, serve(
            addresses["upgrading"], dict.fromkeys(ALL, says(upgrading, ending="stay"))
        ) as two, serve(addresses["other"]):
            terminal = dashboard.terminal(size=(160, 12))
            lines = terminal.wait_for(row("upgrading", r"busy, asked again in (30|2\d)s: "))
            assert row("busy", r"busy, asked again in (30|2\d)s: ")(lines)
            time.sleep(5)
            # Nor by the user's hand.
            terminal.send("r")
            time.sleep(1)
            for host in (one, two):
                assert [len(host.requests[port]) for port in ALL.values()] == [1, 1, 1]

    @pytest.mark.parametrize("header, pattern", [
        ({"Retry-After": 86400}, "asked again in (5m|4m 5)"),
        ({"Retry-After": 99999999999999999999999}, "asked again in (5m|4m 5)"),
        ({"Retry-After": "DATE"}, r"asked again in (40|3\d)s"),
        ({}, r"asked again in [12]s"),
        ({"Retry-After": "soon"}, r"asked again in [12]s"),
        ({"Retry-After": -5}, r"asked again in [12]s"),
    ], ids=["a day", "ages", "a date", "nothing", "a word", "less than nothing"])  # fmt: skip
    def test_a_wish_is_met_within_reason(self, dashboard, header, pattern):
        def behave(connection, request):
            # A date is one of the host's clock, which is an hour late.
            late = time.time() - 3600
            headers = {"Date": formatdate(late, usegmt=True), "Content-Length": 0} | header
            if header.get("Retry-After") == "DATE":
                headers["Retry-After"] = formatdate(late + 40, usegmt=True)
            connection.sendall(answer("429 Too Many Requests", headers))
            return True

        addresses = {"busy": loopback(62, 1), "other": loopback(62, 2)}
        configure(dashboard, addresses)
        with serve(addresses["busy"], dict.fromkeys(ALL, behave)), serve(addresses["other"]):
            found = states(dashboard)["busy"]
        assert found["state"] == "busy" and re.search(pattern, found["reason"]), found
        assert found["reason"].startswith("is busy and answers 429 Too Many Requests; asked again in ")

    def test_a_busy_document_leaves_the_others_alone(self, dashboard):
        busy = says(answer("429 Too Many Requests", {"Retry-After": 30, "Content-Length": 0}), ending="stay")
        addresses = {"busy": loopback(63, 1), "other": loopback(63, 2)}
        configure(dashboard, addresses)
        with serve(addresses["busy"], {"drives": busy}), serve(addresses["other"]):
            found = states(dashboard)["busy"]
        assert found["state"] == "partial" and found["reason"].startswith("drives busy: is busy and answers 429")


def body_of(kind):
    return json.dumps(DOCUMENTS[kind] | {"timestamp": int(time.time())}).encode()


def sends(change, status="200 OK", **headers):
    """Answers with changed bytes; headers by their names with _ for -."""

    def behaviour(kind):
        def behave(connection, request):
            body = change(body_of(kind))
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.sendall(answer(status, {"Content-Length": len(body)} | named, body))
            return True

        return behave

    return {kind: behaviour(kind) for kind in ALL}


def members(body):
    return b"".join(gzip.compress(body[start : start + 100]) for start in range(0, len(body), 100))


class TestAnswers:
    @pytest.mark.parametrize("behaviours", [
        sends(lambda body: b"\xef\xbb\xbf" + body), sends(lambda body: body, "203 Non-Authoritative Information"),
        sends(members, Content_Encoding="gzip"), sends(lambda body: members(body) + b"\0" * 512, Content_Encoding="gzip"),
        sends(gzip.compress, Content_Encoding="x-gzip"), sends(lambda body: body, Content_Encoding="identity"),
        sends(lambda body: zlib.compress(body), Content_Encoding="deflate"),
        sends(lambda body: zlib.compress(body)[2:-4], Content_Encoding="deflate"),
    ], ids=["byte order mark", "203", "gzip members", "gzip padded", "x-gzip", "identity", "deflate", "raw deflate"])  # fmt: skip
    def test_is_read(self, dashboard, behaviours):
        addresses = {"odd": loopback(64, 1), "other": loopback(64, 2)}
        configure(dashboard, addresses)
        with serve(addresses["odd"], behaviours), serve(addresses["other"]):
            found = states(dashboard)["odd"]
        assert (found["state"], found["reason"]) == ("online", None)

    @pytest.mark.parametrize("behaviours, words", [
        (sends(lambda body: gzip.compress(body)[:-20], Content_Encoding="gzip"), "cannot be unpacked"),
        (sends(lambda body: body, Content_Encoding="gzip"), "cannot be unpacked"),
        (sends(lambda body: gzip.compress(gzip.compress(body)), Content_Encoding="br"), "cannot be unpacked"),
        (sends(lambda body: gzip.compress(body[:90]) + gzip.compress(body[90:])[:-9], Content_Encoding="gzip"),
         "cannot be unpacked"),
        (sends(gzip.compress), "is not JSON"),
        (sends(lambda body: b"\xef\xbb\xbf" * 3 + body), "U+FEFF"),
        (sends(lambda body: "\u200b".encode() + body), "U+200B"),
        (sends(lambda body: "\u00ad".encode() + body), "U+00AD"),
    ], ids=["cut", "not packed", "brotli", "second member cut", "unsaid", "two marks", "no width", "soft hyphen"])  # fmt: skip
    def test_is_named(self, dashboard, behaviours, words):
        addresses = {"odd": loopback(65, 1), "other": loopback(65, 2)}
        configure(dashboard, addresses)
        with serve(addresses["odd"], behaviours), serve(addresses["other"]):
            found = states(dashboard)["odd"]
        assert found["state"] == "wrong" and words in found["reason"], found
        # Nothing that a terminal would not show.
        assert all(sign.isprintable() for sign in found["reason"]), ascii(found["reason"])

    def test_what_fails_behind_a_redirect_is_said_of_its_target(self, dashboard):
        addresses = {"away": loopback(66, 1), "other": loopback(66, 2)}
        configure(dashboard, addresses)
        target = f"http://{addresses['away']}:8443/metrics"
        to = says(answer("302 Found", {"Location": target, "Content-Length": 0}), ending="stay")
        with serve(addresses["away"], dict.fromkeys(ALL, to)), serve(addresses["other"]):
            found = states(dashboard)["away"]
        assert found["state"] == "wrong"
        assert found["reason"] == f'redirects to "{target}", which refuses connections: nothing listens on that port'

    def test_proxies_of_the_environment_do_not_matter(self, dashboard):
        addresses = {"one": loopback(67, 1), "other": loopback(67, 2)}
        configure(dashboard, addresses)
        variables = ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        env = dict.fromkeys(variables, "http://127.0.0.1:9") | {"no_proxy": "nothing"}
        with serve(addresses["one"]), serve(addresses["other"]):
            found = states(dashboard, env=env)
        assert {host["state"] for host in found.values()} == {"online"}


class TestOneHost:
    def test_the_only_host_is_shown(self, dashboard):
        address = loopback(68, 1)
        configure(dashboard, {"nas": address})
        with serve(address) as host:
            terminal = dashboard.terminal(size=(110, 26))
            lines = terminal.wait_for("Wear        4%")
            assert "nas" in lines[0]
            assert all(host.requests.values())
            done = dashboard.run("snapshot", "--format", "json", "--ticks", 2)
        assert {widget["host"] for widget in json.loads(done.stdout)["widgets"]} == {"nas"}

    def test_one_that_comes_later_or_gets_another_name_is_shown_then(self, dashboard):
        address = loopback(69, 1)
        (dashboard.home / ".config/cm-dashboard").mkdir(parents=True)
        with serve(address):
            terminal = dashboard.terminal(size=(110, 26))
            terminal.wait_for("CPU")
            configure(dashboard, {"nas": address})
            terminal.wait_for(lambda lines: "nas" in lines[0] and "Wear        4%" in "".join(lines))
            configure(dashboard, {"attic": address})
            terminal.wait_for(lambda lines: "attic" in lines[0] and "no longer" not in "".join(lines))

    def test_one_that_is_this_machine_is_this_machine(self, dashboard):
        configure(dashboard, {"here": 'source = "local"\naddress = "127.0.0.1"\n'})
        done = dashboard.run("snapshot", "--format", "json")
        assert "not served" not in done.stdout and done.returncode == 0


def write(path, text):
    path.write_text(text)


class Place:
    """The folders of a test of files."""

    def __init__(self, dashboard):
        self.root = dashboard.folder
        self.config = dashboard.home / ".config/cm-dashboard"
        self.config.mkdir(parents=True)
        self.file = self.config / "hosts.toml"
        hosts = {name: f"127.0.0.{number}" for number, name in enumerate(("one1", "one2", "two1", "two2"), 71)}
        head = 'version = 1\n[defaults]\nrefresh = "10s"\n'
        self.one, self.two = (
            head + "".join(f'[host.{name}]\naddress = "{hosts[name]}"\n' for name in hosts if name.startswith(which))
            for which in ("one", "two")
        )


class Links:
    """Each begins with one text at the path, and ends with another one there."""

    def config_map(place):
        for number, text in (("1", place.one), ("2", place.two)):
            (place.config / f"..{number}").mkdir()
            write(place.config / f"..{number}/hosts.toml", text)
        (place.config / "..data").symlink_to("..1")
        place.file.symlink_to("..data/hosts.toml")
        yield
        (place.config / "..tmp").symlink_to("..2")
        (place.config / "..tmp").rename(place.config / "..data")

    def folder_is_a_link(place):
        place.config.rmdir()
        for name, text in (("d1", place.one), ("d2", place.two)):
            (place.root / name).mkdir()
            write(place.root / name / "hosts.toml", text)
        place.config.symlink_to(place.root / "d1")
        yield
        (place.root / "n").symlink_to(place.root / "d2")
        (place.root / "n").rename(place.config)

    def parent_is_a_link(place):
        parent = place.config.parent
        place.config.rmdir()
        parent.rmdir()
        for name, text in (("c1", place.one), ("c2", place.two)):
            (place.root / name / "cm-dashboard").mkdir(parents=True)
            write(place.root / name / "cm-dashboard/hosts.toml", text)
        parent.symlink_to(place.root / "c1")
        yield
        (place.root / "n").symlink_to(place.root / "c2")
        (place.root / "n").rename(parent)

    def middle_of_a_chain(place):
        write(place.root / "h1", place.one)
        write(place.root / "h2", place.two)
        (place.root / "mid").mkdir()
        (place.root / "mid/link").symlink_to(place.root / "h1")
        place.file.symlink_to(place.root / "mid/link")
        yield
        (place.root / "n").symlink_to(place.root / "h2")
        (place.root / "n").rename(place.root / "mid/link")

    def hard_link(place):
        write(place.root / "x", place.one)
        os.link(place.root / "x", place.file)
        yield
        write(place.root / "x", place.two)

    def late_target(place):
        write(place.root / "h1", place.one)
        place.file.symlink_to(place.root / "h1")
        yield
        place.file.unlink()
        place.file.symlink_to(place.root / "late")
        time.sleep(1.5)
        write(place.root / "late", place.two)

    def made_anew(place):
        write(place.file, place.one)
        yield
        shutil.rmtree(place.config)
        place.config.mkdir()
        write(place.file, place.two)

    def saved(place):
        write(place.file, place.one)
        yield
        draft = place.config / "hosts.toml~"
        write(draft, place.two)
        draft.rename(place.file)


ALL_LINKS = {name: value for name, value in vars(Links).items() if not name.startswith("_")}


class TestFiles:
    @pytest.mark.parametrize("case", ALL_LINKS.values(), ids=ALL_LINKS)
    def test_whatever_makes_the_path_read_otherwise_is_noticed(self, dashboard, case):
        steps = case(Place(dashboard))
        next(steps)
        terminal = dashboard.terminal(size=(120, 12))
        terminal.wait_for(lambda lines: "one1" in "".join(lines))
        next(steps, None)
        terminal.wait_for(lambda lines: "two1" in "".join(lines) and "one1" not in "".join(lines), timeout=3)

    @pytest.mark.parametrize("call, code, setting", [
        ("init1(int flags)", "EMFILE", "max_user_instances"),
        ("add_watch(int file, const char *path, unsigned mask)", "ENOSPC", "max_user_watches"),
    ], ids=["instances", "watches"])  # fmt: skip
    def test_without_room_for_events_changes_are_noticed_all_the_same(self, dashboard, tmp_path, call, code, setting):
        place = Place(dashboard)
        write(place.file, place.one)
        path = shim(tmp_path, "exhausted", EXHAUSTED % (call, code))
        terminal = dashboard.terminal(size=(120, 12), env={"LD_PRELOAD": path})
        lines = terminal.wait_for(lambda lines: "one1" in "".join(lines) and setting in "".join(lines))
        assert "The system has no more room to report changes of files" in " ".join(lines)
        write(place.file, place.two)
        terminal.wait_for(lambda lines: "two1" in "".join(lines), timeout=4)

    @pytest.mark.parametrize("name, words", [
        ("link", "is a link to /nonexistent/x, which is not there"), ("loop", "Too many levels of symbolic links"),
        ("folder", "Is a directory"), ("folder link", "is a link to /nonexistent/y, which is not there"),
        ("parent link", "is a link to /nonexistent/z, which is not there"), ("file in its way", "Not a directory"),
    ])  # fmt: skip
    @pytest.mark.parametrize("file", ["hosts.toml", "dashboard.toml"])
    def test_a_file_that_is_there_and_cannot_be_read_is_named(self, dashboard, name, words, file):
        place = Place(dashboard)
        path, parent = place.config / file, place.config.parent
        if name == "link":
            path.symlink_to("/nonexistent/x")
        elif name == "loop":
            path.symlink_to(file)
        elif name == "folder":
            path.mkdir()
        else:
            place.config.rmdir()
            if name == "folder link":
                place.config.symlink_to("/nonexistent/y")
            elif name == "file in its way":
                place.config.write_text("")
            else:
                parent.rmdir()
                parent.symlink_to("/nonexistent/z")
        for command in (("config", "check"), ("snapshot",), ()):
            (line,) = dashboard.wrong(*command)
            assert str(place.config) in line and words in line, line

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
    def test_a_folder_of_another_user_is_named(self, dashboard):
        place = Place(dashboard)
        write(place.file, place.one)
        for folder in [dashboard.folder, *dashboard.folder.parents]:
            if str(folder).startswith("/tmp/"):
                folder.chmod(0o755)
        for folder in (dashboard.home, place.config.parent):
            folder.chmod(0o755)
        place.config.chmod(0o700)
        done = subprocess.run(
            [str(PROGRAM), "config", "check"], capture_output=True, text=True, cwd="/", user=12345, group=12345,
            extra_groups=[], env=environment(dashboard.home))  # fmt: skip
        assert done.returncode == 2 and "hosts.toml cannot be read: Permission denied" in done.stderr, done

    def test_without_any_file_this_machine_is_watched(self, dashboard):
        done = dashboard.run("config", "check")
        assert done.returncode == 0 and "this machine alone is watched" in done.stdout

    def test_a_layout_behind_a_dead_link_is_not_passed_over(self, dashboard):
        folder = dashboard.home / ".config/cm-dashboard/layouts"
        folder.mkdir(parents=True)
        (folder / "default.layout").symlink_to("/nonexistent/x")
        (line,) = dashboard.wrong("snapshot")
        assert "default.layout cannot be read: it is a link to /nonexistent/x, which is not there" in line

