"""Asking hosts over HTTP: what a good one is asked, every way in which a bad one is found out, and `hosts discover`.

Hosts are servers on addresses of the loopback network; see stub_host.py.
"""

import gzip
import json
import os
import socket
import subprocess
import threading
import time

import pytest
from conftest import PROGRAM, environment
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, answer, bomb, forever, good, in_turn, says

# The addresses of its hosts are written out.
pytestmark = pytest.mark.xdist_group("http")

ADDRESS = "127.0.0.9"
JSON = {"Content-Type": "application/json"}
OK = answer("200 OK", JSON | {"Content-Length": 1000})


def poll(dashboard, *urls, count=1, every="100ms", status=None, env=(), timeout="2s", **flags):
    """The answers as the program's JSON, in the order in which they came."""
    arguments = [f"--{name}" for name in flags]
    arguments += ["--count", count, "--every", every, "--timeout", timeout, "--format", "json"]
    done = dashboard.run("hosts", "poll", *urls, *arguments, env=env)
    assert done.stderr == ""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    failed = any(one["outcome"] == "failure" for one in answers)
    assert done.returncode == (1 if failed else 0) if status is None else status
    assert len(answers) == count * len(urls)
    return answers


def discover(dashboard, *arguments, status=0, env=()):
    done = dashboard.run("hosts", "discover", *arguments, env=env)
    assert done.returncode == status, done.stderr
    return done


# A good host


def test_a_connection_is_kept_and_an_unchanged_document_is_not_sent_again(dashboard):
    with StubHost(ADDRESS, {6128: good(SERVICES)}) as host:
        answers = poll(dashboard, host.url(6128), count=3)
    assert [(one["outcome"], one["status"], one["reused"]) for one in answers] == [
        ("document", 200, False), ("unchanged", 304, True), ("unchanged", 304, True)]  # fmt: skip
    assert answers[0]["length"] == len(json.dumps(SERVICES))
    assert host.connections[6128] == 1
    first, second, _ = host.requests[6128]
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == answers[0]["etag"]


def test_the_bytes_on_the_wire_are_told_as_they_are(dashboard):
    with StubHost(ADDRESS, {6128: good(SERVICES)}) as host:
        packed = poll(dashboard, host.url(6128), count=3)
        assert sum(one["received"] for one in packed) == host.bytes_out[6128]
        assert [one["sent"] for one in packed] == [request.size for request in host.requests[6128]]
        plain = poll(dashboard, host.url(6128), uncompressed=True, unconditional=True, count=2)
    assert [one["outcome"] for one in plain] == ["document"] * 2
    assert packed[0]["received"] < plain[0]["received"] / 3
    assert packed[1]["received"] < 100 and plain[1]["received"] > 2000


def test_compression_and_conditions_can_be_switched_off(dashboard):
    with StubHost(ADDRESS, {6128: good(SERVICES)}) as host:
        poll(dashboard, host.url(6128), uncompressed=True, unconditional=True, count=2)
    assert len(host.requests[6128]) == 2
    for request in host.requests[6128]:
        assert "accept-encoding" not in request.headers and "if-none-match" not in request.headers


def test_a_date_is_a_validator_too(dashboard):
    date = "Wed, 01 Oct 2025 04:00:12 GMT"
    whole = says(answer("200 OK", {"Last-Modified": date, "Content-Length": 2}, b"{}"), ending="stay")
    with StubHost(ADDRESS, {6129: in_turn(whole, says(answer("304 Not Modified", {}), ending="stay"))}) as host:
        answers = poll(dashboard, host.url(6129), count=3)
    assert [one["outcome"] for one in answers] == ["document", "unchanged", "unchanged"]
    assert [request.headers.get("if-modified-since") for request in host.requests[6129]] == [None, date, date]


def test_validators_that_could_break_a_request_are_not_sent_back(dashboard):
    tags = ["x" * 1000, '"a\x01b"', '"a\x7f"']
    ports = {7000 + i: says(answer("200 OK", {"ETag": tag, "Content-Length": 2}, b"{}"), ending="stay")
             for i, tag in enumerate(tags)}  # fmt: skip
    with StubHost(ADDRESS, ports) as host:
        poll(dashboard, *[host.url(port) for port in ports], count=2)
    for port in ports:
        assert [request.headers.get("if-none-match") for request in host.requests[port]] == [None, None]


def test_a_server_that_closes_after_each_answer(dashboard):
    """Said or not, it costs a connection and no answer."""
    silently = in_turn(says(answer("200 OK", {"Content-Length": 2}, b"{}"), after=0.05))
    with StubHost(ADDRESS, {6127: good(DRIVES, stays=False), 6128: silently}) as host:
        for port in (6127, 6128):
            answers = poll(dashboard, host.url(port), count=3)
            assert {one["outcome"] for one in answers} <= {"document", "unchanged"}
            assert host.connections[port] == 3


def test_what_a_request_carries(dashboard):
    """Nothing of the environment: no proxy, no password file, no cookies."""
    (dashboard.home / ".netrc").write_text(f"machine {ADDRESS} login me password secret\n")
    cookie = says(answer("200 OK", {"Set-Cookie": "a=b", "Content-Length": 2}, b"{}"), ending="stay")
    proxy = dict.fromkeys(["http_proxy", "ALL_PROXY"], "http://127.0.0.10:1")
    proxy |= dict.fromkeys(["no_proxy", "NO_PROXY"])
    with StubHost(ADDRESS, {6127: cookie}) as host:
        poll(dashboard, host.url(6127, "/api/drives?full=1"), count=2, env=proxy)
    assert len(host.requests[6127]) == 2
    for request in host.requests[6127]:
        assert request.path == "/api/drives?full=1"
        assert request.headers == {"host": f"{ADDRESS}:6127", "user-agent": "cm-dashboard",
                                   "accept": "application/json", "accept-encoding": "gzip"}  # fmt: skip


def test_over_ipv6(dashboard):
    with StubHost("::1", {6127: good(DRIVES)}) as host:
        assert poll(dashboard, "http://[::1]:6127/")[0]["outcome"] == "document"
    assert host.requests[6127][0].headers["host"] == "[::1]:6127"


def test_a_redirect_on_the_same_host_is_followed(dashboard):
    there = says(answer("301 Moved Permanently", {"Location": "/api/v2", "Content-Length": 0}), ending="stay")
    elsewhere = says(answer("307 Temporary Redirect", {"Location": f"http://{ADDRESS}:6128/", "Content-Length": 0}))
    with StubHost(ADDRESS, {6127: in_turn(there, good(DRIVES)), 6128: good(SERVICES), 6129: elsewhere}) as host:
        moved = poll(dashboard, host.url(6127))[0]
        other_port = poll(dashboard, host.url(6129))[0]
    assert (moved["outcome"], moved["length"]) == ("document", len(json.dumps(DRIVES)))
    assert [request.path for request in host.requests[6127]] == ["/", "/api/v2"]
    assert (other_port["outcome"], other_port["length"]) == ("document", len(json.dumps(SERVICES)))


# A bad host


def redirect(location):
    return says(answer("302 Found", {"Location": location, "Content-Length": 0}), ending="stay")


CHUNKED = answer("200 OK", {"Transfer-Encoding": "chunked"})
SEE_LOG = "; see the log of what serves it"
UNPACKED = "KB that unpack to more than 4 MB, and was cut off; does something else answer there?"
TOO_LARGE = "sends more than 4 MB, which no document has, and was cut off; does something else answer there?"
HEADERS = "sends over 64 KB of headers and was cut off"
NOT_HTTP = "does not speak HTTP; is another service on that port?"
ELSEWHERE = "which is no address of this host that can be followed; give the address of the API itself"
HALF = gzip.compress(bytes(range(256)) * 40)[:-40]
BAD = {
    "reset midway": (says(OK, b"x" * 300, pause=0.05, ending="reset", after=0.05), "broken",
                     f"broke off its answer after 300 of 1000 bytes{SEE_LOG}"),
    "reset at once": (says(ending="reset"), "broken", "reset the connection without an answer"),
    "closed at once": (says(), "broken", "closed the connection without an answer"),
    "half a document": (says(OK + b"x" * 300), "broken", f"broke off its answer after 300 of 1000 bytes{SEE_LOG}"),
    "half of the headers": (says(b"HTTP/1.1 200 OK\r\nContent-Le"), "broken",
                            f"broke off its answer after 17 bytes{SEE_LOG}"),
    "half of a chunk": (says(CHUNKED, b"3e8\r\n" + b"x" * 10), "broken",
                        f"broke off its answer after 57 bytes{SEE_LOG}"),
    "silence": (says(ending="silent"), "silent",
                "accepted the connection and answered nothing within 2s; is what serves it hung?"),
    "silence after the headers": (says(OK, ending="silent"), "slow",
                                  "sent only 0 of 1000 bytes within 2s and was given up"),
    "endless": (forever(answer("200 OK", JSON), b"x" * 65536), "tooLarge", TOO_LARGE),
    "endless chunks": (forever(CHUNKED, b"8000\r\n" + b"x" * 32768 + b"\r\n"), "tooLarge", TOO_LARGE),
    "10 GB promised": (says(answer("200 OK", {"Content-Length": 10 << 30}), ending="silent"), "tooLarge", TOO_LARGE),
    "compression bomb": (bomb(200 << 20), "tooLarge", UNPACKED),
    "not compressed as it says": (says(answer("200 OK", {"Content-Encoding": "gzip", "Content-Length": 5}, b"hello")),
                                  "encoding", "sends a packed answer that cannot be unpacked"),
    "endless redirects": (redirect("/again"), "redirect",
                          f'redirects more than 3 times, last to "http://{ADDRESS}:6128/again"'),
    "a redirect to another host": (redirect("http://127.0.0.10:6127/"), "redirect",
                                   f'redirects to "http://127.0.0.10:6127/", {ELSEWHERE}'),
    "a redirect to a file": (redirect("file:///etc/passwd"), "redirect",
                             f'redirects to "file:///etc/passwd", {ELSEWHERE}'),
    "404": (says(answer("404 Not Found", {"Content-Length": 0})), "status", "answers 404 Not Found; check the path /"),
    "500": (says(answer("500 Internal Server Error", {})), "status", f"answers 500 Internal Server Error{SEE_LOG}"),
    "403": (says(answer("403 Forbidden", {})), "status",
            "answers 403 Forbidden; it asks for rights that this program does not have"),
    "no reason": (says(answer("503", {})), "status", f"answers 503{SEE_LOG}"),
    "nothing": (says(answer("204 No Content", {})), "status", "answers 204 No Content"),
    "unchanged, but nothing was known": (says(answer("304 Not Modified", {})), "status", "answers 304 Not Modified"),
    "a reason with escapes": (says(b"HTTP/1.1 500 \x1b[2J\r\n\r\n"), "status", f"answers 500{SEE_LOG}"),
    "endless headers": (forever(b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"y" * 1000 + b"\r\n"), "tooLarge", HEADERS),
    "one endless header": (forever(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000), "tooLarge", HEADERS),
    "endlessly about to answer": (forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "tooLarge", HEADERS),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.2p1\r\n", ending="silent"), "notHTTP", NOT_HTTP),
    "noise": (says(bytes(range(256)) * 16), "notHTTP", NOT_HTTP),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_named(dashboard, name):
    behaviour, kind, sentence = BAD[name]
    with StubHost("127.0.0.10", {6127: good(DRIVES)}) as other, StubHost(ADDRESS, {6128: behaviour}) as host:
        found = poll(dashboard, host.url(6128))[0]
    assert (found["outcome"], found["kind"]) == ("failure", kind), found
    if name == "compression bomb":
        assert found["error"].startswith(f"{ADDRESS}:6128 sends ") and found["error"].endswith(sentence)
    else:
        assert found["error"] == f"{ADDRESS}:6128 {sentence}"
    assert found["received"] < 8 << 20
    assert other.requests[6127] == []


@pytest.mark.parametrize("head", [OK, b"HTTP/1.1 200 OK\r\nX: "], ids=["in the body", "in the headers"])
def test_one_byte_a_second(dashboard, head):
    with StubHost(ADDRESS, {6128: forever(head, b"x", pause=1)}) as host:
        found = poll(dashboard, host.url(6128))[0]
    assert found["kind"] == "slow"
    assert found["error"].startswith(f"{ADDRESS}:6128 sent only ")
    assert found["error"].endswith(" within 2s and was given up")


def test_html_and_half_a_document_are_the_readers_business(dashboard):
    """What a document must look like is not for the transport to know."""
    ports = {7000: says(answer("200 OK", {}, b"<html>")), 7001: says(answer("200 OK", {}, b'{"a":'))}
    with StubHost(ADDRESS, ports) as host:
        assert [poll(dashboard, host.url(port))[0]["length"] for port in ports] == [6, 5]


def test_refused(dashboard):
    found = poll(dashboard, f"http://{ADDRESS}:6128/")[0]
    assert (found["kind"], found["error"]) == (
        "refused", f"{ADDRESS}:6128 refuses connections: nothing listens on that port")  # fmt: skip
    assert (found["sent"], found["received"]) == (0, 0)


def test_a_machine_that_does_not_answer(dashboard):
    """A listener whose queue is full is as silent as a machine that is off."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, 6128))
        listener.listen(0)
        queue = [socket.socket() for _ in range(4)]
        for one in queue:
            one.setblocking(False)
            one.connect_ex((ADDRESS, 6128))
        found = poll(dashboard, f"http://{ADDRESS}:6128/", timeout="500ms")[0]
        for one in queue:
            one.close()
    assert (found["kind"], found["error"]) == (
        "unreachable",
        f"{ADDRESS}:6128 accepted no connection within 500ms; is the machine on, and lets its firewall through to that "
        "port?",
    )


def test_no_such_name(dashboard):
    found = poll(dashboard, "http://no-such-host.invalid:6127/")[0]
    assert found["kind"] == "name"
    assert found["error"].startswith("the name no-such-host.invalid was not found: ")
    assert found["error"].endswith("; check it, or give an IP address")


SLOW_NAMES = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (name && !strncmp(name, "slow", 4)) sleep(30);
    return real(name && !strcmp(name, "fast") ? "127.0.0.9" : name, service, hints, found);
}
"""


@pytest.fixture(scope="module")
def slow_names(tmp_path_factory):
    """A name server that never answers for what begins with "slow", and knows the address of "fast"."""
    path = tmp_path_factory.mktemp("names") / "slow_names.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", path, "-x", "c", "-"], input=SLOW_NAMES, text=True, check=True)
    return {"LD_PRELOAD": str(path)}


def test_a_name_server_that_does_not_answer_delays_nobody(dashboard, slow_names):
    slow = [f"http://slow{number}:6127/" for number in range(5)]
    with StubHost(ADDRESS, {6127: good(DRIVES)}) as host:
        started = time.monotonic()
        answers = poll(dashboard, *slow, "http://fast:6127/", host.url(6127), env=slow_names, timeout="4s")
        assert time.monotonic() - started < 25
    by_url = {one["url"]: one for one in answers}
    # What can be answered is, before the others are given up.
    assert {one["url"] for one in answers[:2]} == {"http://fast:6127/", host.url(6127)}
    assert {one["outcome"] for one in answers[:2]} == {"document"}
    assert by_url[slow[0]]["error"] == (
        "the name slow0 was not found within 2s; is the name server reachable? An IP address needs none")
    assert {host.requests[6127][i].headers["host"] for i in (0, 1)} == {"fast:6127", f"{ADDRESS}:6127"}


# Again and again


def test_a_host_that_is_down_is_asked_again_but_not_without_pause(dashboard):
    with StubHost(ADDRESS, {6128: says()}) as host:
        answers = poll(dashboard, host.url(6128), count=6, every="60s")
    gaps = [late - early for early, late in zip(host.arrivals[6128], host.arrivals[6128][1:])]
    assert {one["kind"] for one in answers} == {"broken"}
    assert min(gaps) > 0.4
    # Five seconds, and what a busy machine may add.
    assert max(gaps) < 8


def test_a_host_that_answers_wrongly_is_asked_at_its_usual_pace(dashboard):
    with StubHost(ADDRESS, {6128: says(answer("404 Not Found", {"Content-Length": 0}), ending="stay")}) as host:
        poll(dashboard, host.url(6128), count=4, every="2s")
    assert host.arrivals[6128][3] - host.arrivals[6128][1] > 3.5


def test_a_host_that_returns_is_found(dashboard):
    with StubHost(ADDRESS, {6128: good(SERVICES)}) as host:
        url = host.url(6128)
        command = [str(PROGRAM), "hosts", "poll", url, "--every", "200ms", "--format", "json"]
        with subprocess.Popen(command, env=environment(dashboard.home), stdout=subprocess.PIPE, text=True) as program:
            try:
                answers = (json.loads(line) for line in program.stdout)
                assert next(answers)["outcome"] == "document"
                host.close(6128)
                assert next(one for one in answers if one["outcome"] == "failure")["kind"] in ("refused", "broken")
                host.open(6128)
                opened = time.monotonic()
                # Its answer has not changed since, and that is all it says.
                assert next(one for one in answers if one["outcome"] != "failure")["outcome"] == "unchanged"
                assert time.monotonic() - opened < 8
            finally:
                program.kill()


def test_a_slow_host_is_never_asked_twice_at_once(dashboard):
    under_way, most = [], []

    def slow(connection, request):
        under_way.append(request)
        most.append(len(under_way))
        time.sleep(0.7)
        under_way.pop()
        return good(DRIVES)(connection, request)

    with StubHost(ADDRESS, {6127: slow}) as host:
        poll(dashboard, host.url(6127), count=3, every="100ms")
    assert most == [1, 1, 1]


def test_a_bad_host_delays_no_other(dashboard):
    """Silent ones, and one that sends without end, beside one that is well."""
    bad = {7000 + number: says(ending="silent") for number in range(20)}
    bad[7100] = forever(answer("200 OK", {}), b"x" * 65536)
    with StubHost(ADDRESS, bad | {6127: good(DRIVES)}) as host:
        answers = poll(dashboard, *[host.url(port) for port in bad], host.url(6127), timeout="3s")
    order = [one["url"] for one in answers]
    assert order.index(host.url(6127)) < 2
    assert sum(one.get("kind") == "silent" for one in answers) == 20


def test_more_hosts_than_files_may_be_open(dashboard):
    ports = {7000 + number: good(DRIVES) for number in range(60)}
    with StubHost(ADDRESS, ports) as host:
        urls = [host.url(port) for port in ports]
        command = 'ulimit -n 40; exec "$0" hosts poll --count 2 --every 500ms --format json "$@"'
        done = subprocess.run(["sh", "-c", command, PROGRAM, *urls], env=environment(dashboard.home), text=True,
                              capture_output=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 120


def test_what_people_read(dashboard):
    with StubHost(ADDRESS, {6128: in_turn(good(SERVICES), good(SERVICES), says())}) as host:
        done = dashboard.run("hosts", "poll", host.url(6128), "--count", 3, "--every", "100ms")
    lines = [line[8:] for line in done.stdout.splitlines()]
    assert lines[0].startswith(f"  200, {len(json.dumps(SERVICES))} bytes  (")
    assert lines[0].endswith("ms, new connection)")
    assert lines[1].startswith("  304, unchanged  (") and lines[1].endswith("ms, same connection)")
    assert lines[2].startswith(f"  {ADDRESS}:6128 closed the connection without an answer  (")


URLS = [
    ("srv01", '"srv01" is no URL; expected one like http://srv01:6127/'),
    ("ftp://srv01/", '"ftp://srv01/" is no URL; expected one like http://srv01:6127/'),
    ("http://", '"http://" is no URL; expected one like http://srv01:6127/'),
    ("http://x:99999/", '"http://x:99999/" is no URL; expected one like http://srv01:6127/'),
    ("http://x/a b", '"http://x/a b" has a blank or control character in it; write it as %20'),
    ("http://x/\nGET /", '"http://x/U+000AGET /" has a blank or control character in it; write it as %20'),
    ("http://me:secret@x/", "a URL must not hold a user name or password, which would be sent in the clear"),
]


@pytest.mark.parametrize("url, sentence", URLS)
def test_a_wrong_url(dashboard, url, sentence):
    assert dashboard.wrong("hosts", "poll", url) == [f"cm-dashboard: {sentence}"]


# Discovery

SUBNET = ["--subnet", "127.0.0.8/29", "--timeout", "1s"]
ALL = {6127: good(DRIVES), 6128: good(SERVICES), 6129: good(BACKUPS)}


def test_hosts_are_found_as_lines_for_hosts_toml(dashboard):
    """What a document is, is told by itself and not by its port; what else answers is a comment."""
    lost = {6127: says(ending="silent"), 6128: bomb(100 << 20), 6129: says(answer("404 Not Found", {}))}
    html = {6127: says(answer("200 OK", {"Content-Type": "text/html"}, b"<html>")), 6129: good(BACKUPS)}
    with (StubHost("127.0.0.9", ALL), StubHost("127.0.0.10", {6127: good(SERVICES), 6128: good(DRIVES)}),
          StubHost("127.0.0.11", lost), StubHost("127.0.0.12", html)):  # fmt: skip
        done = discover(dashboard, *SUBNET)
    lines = done.stdout.splitlines()
    bomb_line = next(line for line in lines if ":6128 sends" in line)
    assert bomb_line.endswith(f" {UNPACKED}")
    lines.remove(bomb_line)
    assert lines == [
        '# For hosts.toml, somewhere below its line "version = 1".',
        "",
        "# 127.0.0.9: drives, services, backups",
        "[host.host-127-0-0-9]",
        'address = "127.0.0.9"',
        "",
        "# 127.0.0.10: drives, services",
        "[host.host-127-0-0-10]",
        'address = "127.0.0.10"',
        "ports.drives = 6128",
        "ports.services = 6127",
        "ports.backups = false",
        "",
        "# 127.0.0.12: backups",
        "[host.host-127-0-0-12]",
        'address = "127.0.0.12"',
        "ports.drives = false",
        "ports.services = false",
        "",
        "# 127.0.0.11:6127 accepted the connection and answered nothing within 1s; is what serves it hung?",
        "# 127.0.0.11:6129 answers 404 Not Found; check the path /",
        "# 127.0.0.12:6127 answers with something else than one of the documents",
    ]
    assert done.stderr == "asking 6 addresses in 127.0.0.8/29\n"


def test_what_is_found_can_be_read_as_a_configuration(dashboard):
    with StubHost("127.0.0.9", ALL), StubHost("127.0.0.10", {7000: good(DRIVES)}):
        found = discover(dashboard, *SUBNET, "--ports", "6127,6128,6129,7000", "--path", "/")
    path = dashboard.folder / "hosts.toml"
    path.write_text("version = 1\n\n" + found.stdout)
    done = dashboard.run("config", "check", path)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_found_as_json(dashboard):
    with StubHost("127.0.0.12", {7000: good(BACKUPS), 7001: good({"status": "ok"})}) as host:
        done = discover(dashboard, *SUBNET, "--ports", "7000,7001", "--path", "/api/", "--format", "json")
    assert json.loads(done.stdout) == {
        "hosts": [{"name": "host-127-0-0-12", "address": "127.0.0.12",
                   "apis": {"backups": {"port": 7000, "path": "/api/"}}}],
        "others": ["127.0.0.12:7001 answers with something else than one of the documents"],
    }  # fmt: skip
    assert [request.path for request in host.requests[7000]] == ["/api/"]


ALMOST = [
    [], {}, 1, "text", {"drives": [], "status": "ok"}, {"drives": {}, "status": "ok", "timestamp": 1},
    {"drives": [], "status": 1, "timestamp": 1}, {"services": [], "timestamp": 1}, {"backup": {}, "timestamp": 1},
    {"services": [], "summary": [], "timestamp": 1}, {"drives": [], "status": "ok", "timestamp": "now"},
]  # fmt: skip


def test_what_is_almost_a_document_is_none(dashboard):
    bodies = [json.dumps(one).encode() for one in ALMOST]
    bodies += [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"timestamp": NaN}']
    ports = {7000 + i: says(answer("200 OK", {"Content-Length": len(body)}, body)) for i, body in enumerate(bodies)}
    for some in (list(ports)[:8], list(ports)[8:]):
        with StubHost(ADDRESS, {port: ports[port] for port in some}):
            done = discover(dashboard, *SUBNET, "--ports", ",".join(map(str, some)), status=1)
        assert done.stdout.splitlines() == [
            f"# {ADDRESS}:{port} answers with something else than one of the documents" for port in some
        ]


def test_at_most_64_connections_are_under_way(dashboard):
    under_way, most, lock = set(), [], threading.Lock()

    def slow(connection, request):
        with lock:
            under_way.add(request.connection)
            most.append(len(under_way))
        time.sleep(0.3)
        with lock:
            under_way.discard(request.connection)
        return good(BACKUPS)(connection, request)

    # One that listens at every address of the network, so at a port that no other test has.
    with StubHost("0.0.0.0", {7129: slow}) as everywhere:
        done = discover(dashboard, "--subnet", "127.8.1.0/24", "--ports", "7129", "--timeout", "10s")
    assert len(everywhere.requests[7129]) == 254
    assert 16 < max(most) <= 64
    assert done.stdout.count("[host.") == 254


def test_nothing_is_found(dashboard):
    done = discover(dashboard, *SUBNET, "--ports", "6127,6128", status=1)
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        "cm-dashboard: no host with one of the APIs was found at 6127, 6128 in 127.0.0.8/29")
    done = discover(dashboard, *SUBNET, "--format", "json", status=1)
    assert json.loads(done.stdout) == {"hosts": [], "others": []}


def test_without_a_network(dashboard):
    command = ["unshare", "-rn", PROGRAM, "hosts", "discover", "--subnet", "192.168.1.0/24"]
    done = subprocess.run(command, env=environment(dashboard.home), capture_output=True, text=True, timeout=60)
    if "unshare" in done.stderr:
        pytest.skip("no namespace may be made here")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "cm-dashboard: this machine has no way to 192.168.1.0/24; is it connected to that network?")


EXAMPLE = "expected one like 192.168.1.0/24"
LAST = f"behind the / stands a number from 22 to 32; {EXAMPLE}"
LARGE = "at most 1024, a /22, are asked in one go"
WRONG = [
    (["--subnet", "lan"], f'--subnet "lan" is no subnet; {EXAMPLE}'),
    (["--subnet", "192.168.1"], f'--subnet "192.168.1" is no subnet; {EXAMPLE}'),
    (["--subnet", "192.168.1.256/24"], f'--subnet "192.168.1.256/24" is no subnet; {EXAMPLE}'),
    (["--subnet", "192.168.01.0/24"], f'--subnet "192.168.01.0/24" is no subnet; {EXAMPLE}'),
    (["--subnet", "192.168.1.0/"], f'--subnet "192.168.1.0/" is no subnet: {LAST}'),
    (["--subnet", "192.168.1.0/33"], f'--subnet "192.168.1.0/33" is no subnet: {LAST}'),
    (["--subnet", "192.168.1.0/+24"], f'--subnet "192.168.1.0/+24" is no subnet: {LAST}'),
    (["--subnet", "10.0.0.0/8"], f'--subnet "10.0.0.0/8" has 16777216 addresses; {LARGE}'),
    (["--subnet", "10.0.0.0/21"], f'--subnet "10.0.0.0/21" has 2048 addresses; {LARGE}'),
    (["--subnet", "0.0.0.0/0"], f'--subnet "0.0.0.0/0" has 4294967296 addresses; {LARGE}'),
    (["--subnet", "0.0.0.0/24"], f'--subnet "0.0.0.0/24" holds no addresses of machines; {EXAMPLE}'),
    (["--subnet", "224.0.0.0/24"], f'--subnet "224.0.0.0/24" holds no addresses of machines; {EXAMPLE}'),
    (["--subnet", "fd00::/120"],
     '--subnet "fd00::/120" is an IPv6 subnet, and those are too large to be searched; name its hosts one by one in '
     "hosts.toml"),
    (["--subnet", "10.0.0.0/22", "--subnet", "10.0.4.0/22"],
     "the subnets have 2044 addresses together; at most 1024 are asked in one go"),
    ([*SUBNET, "--ports", ""], "--ports expects numbers from 1 to 65535, like 6127,6128; not ''"),
    ([*SUBNET, "--ports", "6127,0"], "--ports expects numbers from 1 to 65535, like 6127,6128; not '6127,0'"),
    ([*SUBNET, "--ports", "65536"], "--ports expects numbers from 1 to 65535, like 6127,6128; not '65536'"),
    ([*SUBNET, "--ports", ",".join(map(str, range(1, 18)))], "--ports takes at most 16 ports"),
    (["--timeout", "0s"], "--timeout expects a duration from 100ms to 1m, like \"2s\"; not '0s'"),
    (["--timeout", "soon"], "--timeout expects a duration from 100ms to 1m, like \"2s\"; not 'soon'"),
    ([*SUBNET, "--path", "api"], "--path expects a path that begins with /, not 'api'"),
]  # fmt: skip


@pytest.mark.parametrize("arguments, sentence", WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_a_wrong_search_ends_with_2(dashboard, arguments, sentence):
    assert dashboard.wrong("hosts", "discover", *arguments)[0] == f"Error: {sentence}"


# Hosts that announce themselves


def with_avahi(dashboard, lines, ending=""):
    """A PATH on which avahi-browse says these lines, in bytes, to whoever asks for their type."""
    folder = dashboard.folder / "bin"
    folder.mkdir()
    (dashboard.folder / "announced").write_bytes(b"".join(line + b"\n" for line in lines))
    program = folder / "avahi-browse"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >>{dashboard.folder}/asked\n'
        f'for type; do :; done\ngrep -a ";$type;" {dashboard.folder}/announced\n{ending}\n'
    )
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def service(host, address, port, type="_cm-drives._tcp", record=b"", kind=b"="):
    fields = [kind, b"eth0", b"IPv4", rb"Drives\032on\032it", type.encode(), b"local", host.encode(), address.encode()]
    return b";".join([*fields, str(port).encode(), record])


def test_hosts_that_announce_themselves(dashboard):
    env = with_avahi(dashboard, [
        b"+;eth0;IPv4;early;_cm-drives._tcp;local",
        service("srv01.local", "127.0.0.9", 7001, record=b'"version=1" "path=/api/drives"'),
        service("srv01.local", "127.0.0.9", 6128, "_cm-services._tcp"),
        service("cmbox.local", "127.0.0.10", 6129, "_cm-backups._tcp"),
        service("gone.local", "127.0.0.11", 6127),
    ])  # fmt: skip
    with StubHost("127.0.0.9", {7001: good(DRIVES), 6128: good(SERVICES)}) as host, \
            StubHost("127.0.0.10", {6129: good(BACKUPS)}):  # fmt: skip
        done = discover(dashboard, env=env)
    assert done.stdout.splitlines()[2:] == [
        "# 127.0.0.9: drives, services", "[host.srv01]", 'address = "127.0.0.9"', "ports.drives = 7001",
        "ports.backups = false", 'paths.drives = "/api/drives"', "",
        "# 127.0.0.10: backups", "[host.cmbox]", 'address = "127.0.0.10"', "ports.drives = false",
        "ports.services = false", "",
        "# gone.local announces itself, but 127.0.0.11:6127 refuses connections: nothing listens on that port",
    ]  # fmt: skip
    assert host.requests[7001][0].path == "/api/drives"
    asked = (dashboard.folder / "asked").read_text().splitlines()
    assert sorted(asked) == [f"--parsable --resolve --terminate --no-db-lookup _cm-{kind}._tcp"
                             for kind in ("backups", "drives", "services")]  # fmt: skip


def test_an_address_of_the_link_takes_no_service_away(dashboard):
    """Of a host's addresses Avahi tells one, now this one and now that."""
    env = with_avahi(dashboard, [service("srv01.local", "fe80::1", 6127), service("box.local", "fe80::2", 6127),
                                 service("srv01.local", "127.0.0.9", 6128, "_cm-services._tcp")])  # fmt: skip
    with StubHost("127.0.0.9", ALL):
        done = discover(dashboard, env=env)
    assert done.stdout.splitlines()[2:] == [
        "# 127.0.0.9: drives, services", "[host.srv01]", 'address = "127.0.0.9"', "ports.backups = false", ""]  # fmt: skip


def test_a_host_that_is_announced_and_in_a_subnet_is_one(dashboard):
    env = with_avahi(dashboard, [service("srv01.local", "127.0.0.9", 6127)])
    with StubHost("127.0.0.9", ALL):
        done = discover(dashboard, *SUBNET, env=env)
    assert done.stdout.splitlines()[2:] == [
        "# 127.0.0.9: drives, services, backups", "[host.srv01]", 'address = "127.0.0.9"', ""]  # fmt: skip


def test_what_is_announced_is_not_trusted(dashboard):
    """It comes from anybody on the network."""
    hostile = [
        service("a.local", "127.0.0.9/evil", 6127),
        service("b.local", "$(reboot)", 6127),
        service("n.local", "localhost", 7003),
        service("c.local", "127.0.0.9", 99999),
        service("d.local", "127.0.0.9", 0),
        service("e.local", "fe80::1", 6127),
        service("f.local", "", 6127),
        service("g.local", "127.0.0.9", 6127, "_ssh._tcp"),
        b"=;eth0;IPv4;cut;_cm-drives._tcp;local;h.local",
        b"=;\xff\xfe;IPv4;\x1b[2J;_cm-drives._tcp;local;i\x1b[2J.local;127.0.0.9;6127;\"path=/\\\x1b\"",
    ]  # fmt: skip
    with StubHost("127.0.0.9", ALL) as host, StubHost("127.0.0.1", {7003: good(DRIVES)}) as local:
        done = discover(dashboard, env=with_avahi(dashboard, hostile))
    assert local.requests[7003] == []
    assert [request.path for request in host.requests[6127]] == ["/"]
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[3] == "[host.host-127-0-0-9]"


@pytest.mark.parametrize("ending", ["sleep 60", "yes '=;;;;;;' | head -c 100000000", "exit 1"])
def test_avahi_that_does_not_end_or_fails(dashboard, ending):
    env = with_avahi(dashboard, [service("srv01.local", "127.0.0.9", 6127)], ending)
    with StubHost("127.0.0.9", ALL):
        done = discover(dashboard, "--timeout", "1s", env=env)
    assert "[host.srv01]" in done.stdout


def test_nobody_announces_itself(dashboard):
    done = discover(dashboard, env=with_avahi(dashboard, []), status=1)
    assert done.stdout == ""
    assert done.stderr.startswith(
        "cm-dashboard: no host with one of the APIs was found: none announces itself; name a subnet, like --subnet ")


def test_nobody_can_be_asked(dashboard):
    (line,) = dashboard.wrong("hosts", "discover", env={"PATH": "/nonexistent"})
    assert line.startswith("cm-dashboard: avahi-browse is not installed here, so nobody knows what is announced; ")
