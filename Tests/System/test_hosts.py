"""Hosts that serve their values over HTTP, on the screen of the real program beside the machine's own."""

import json
import re
import time

import pytest
from stub_host import BACKUPS, DRIVES, SERVICES, StubHost, answer, forever, good, says

# The addresses of its hosts are written out.
pytestmark = pytest.mark.xdist_group("hosts")

JSON = {"Content-Type": "application/json"}
FIVE = {f"host{number}": f"127.0.0.{20 + number}" for number in range(1, 6)}
ALL = {"drives": 6127, "services": 6128, "backups": 6129}
DOCUMENTS = {"drives": DRIVES, "services": SERVICES, "backups": BACKUPS}

LAYOUT = """
refresh = "200ms"
grid = \"\"\"
nvme     memory
services services
backup   cpu
\"\"\"
"""


def now():
    return time.time()


def serve(address, behaviours=None, **documents):
    """All three documents, of this moment; `behaviours` takes the place of some."""
    ports = {ALL[kind]: good(documents.get(kind, DOCUMENTS[kind]), now=now) for kind in ALL}
    for kind, behaviour in (behaviours or {}).items():
        ports[ALL[kind]] = behaviour
    return StubHost(address, ports)


@pytest.fixture
def hosts(dashboard):
    """hosts.toml with the five hosts, asked four times a second."""
    folder = dashboard.home / ".config/cm-dashboard"
    folder.mkdir(parents=True)
    text = 'version = 1\n[defaults]\nrefresh = "1s"\ntimeout = "1s"\n'
    for name, address in FIVE.items():
        text += f'[host.{name}]\naddress = "{address}"\n'
    (folder / "hosts.toml").write_text(text)
    return folder / "hosts.toml"


def shown(dashboard, host, layout=LAYOUT, **more):
    """The widgets of a host, as the program's JSON."""
    path = dashboard.layout(layout)
    done = dashboard.run("snapshot", "--host", host, "--layout", path, "--format", "json", **more)
    assert done.returncode == 0, done.stderr
    return {widget["widget"]: widget for widget in json.loads(done.stdout)["widgets"]}


def value(widget, metric, instance=None):
    for row in widget["instances"]:
        if (instance is None or row["instance"] == instance) and metric in row["metrics"]:
            return row["metrics"][metric]["value"]
    raise AssertionError(f"no {metric} in {widget}")


def test_what_a_host_serves_is_shown_as_it_is(dashboard, hosts):
    with serve(FIVE["host1"]):
        widgets = shown(dashboard, "host1")
    assert {widget["host"] for widget in widgets.values()} == {"host1"}
    assert all(widget["error"] is None for widget in widgets.values()), widgets
    assert value(widgets["nvme"], "wear") == 4
    assert value(widgets["nvme"], "temperature") == 56
    assert value(widgets["memory"], "used") == pytest.approx(2460.2 * 2**20)
    assert value(widgets["cpu"], "load1") == 0.42


def test_what_is_wrong_with_a_document_is_said_where_it_is_shown(dashboard, hosts):
    html = says(answer("200 OK", {"Content-Type": "text/html", "Content-Length": 13}, b"<html></html>"))
    with serve(FIVE["host1"], {"drives": html, "backups": says(answer("404 Not Found", {"Content-Length": 0}))}):
        widgets = shown(dashboard, "host1")
    assert widgets["nvme"]["error"]["message"] == (
        "127.0.0.21:6127: the drives document is HTML or XML and not JSON: does something else answer at that port and path?"
    )
    assert widgets["backup"]["error"]["message"] == "127.0.0.21:6129 answers 404 Not Found; check the path /"
    assert widgets["services"]["error"] is None


@pytest.mark.parametrize("timestamp, sentence", [
    (lambda: time.time() + 7230, "is from 2h in the future: set its clock, or this one's"),
    (lambda: 5e10, r"is from \d+y in the future; Unix seconds are expected"),
    (lambda: time.time() * 1000, "has its timestamp in milliseconds; seconds are expected"),
], ids=["two hours", "centuries", "milliseconds"])  # fmt: skip
def test_a_time_that_cannot_be_is_not_believed(dashboard, hosts, timestamp, sentence):
    with serve(FIVE["host1"], {"drives": good(DRIVES, now=timestamp)}):
        widgets = shown(dashboard, "host1")
    message = widgets["nvme"]["error"]["message"]
    assert re.fullmatch(f"127.0.0.21:6127: the drives document {sentence}", message), message
    assert widgets["services"]["error"] is None


def test_a_time_of_nought_is_just_old(dashboard, hosts):
    with serve(FIVE["host1"], {"drives": good(DRIVES, now=lambda: 0)}):
        widgets = shown(dashboard, "host1")
    assert widgets["nvme"]["error"] is None
    assert value(widgets["nvme"], "wear") == 4
    # Seconds since 1970, and since the answer.
    assert widgets["nvme"]["age"] > 1.7e9 and widgets["nvme"]["status"] == "unknown"
    assert widgets["services"]["age"] < 60


def test_a_host_that_is_not_there_is_named(dashboard, hosts):
    widgets = shown(dashboard, "host2")
    for name, port in [("nvme", 6127), ("services", 6128), ("backup", 6129)]:
        assert f"{FIVE['host2']}:{port}" in widgets[name]["error"]["message"], widgets[name]


def test_a_host_that_is_not_known(dashboard, hosts):
    assert dashboard.wrong("snapshot", "--host", "hots1") == [
        'cm-dashboard: there is no host "hots1" in hosts.toml; expected one of '
        'host1, host2, host3, host4, host5; did you mean "host1"?'
    ]


def test_five_hosts_on_one_screen_one_goes_and_comes_back(dashboard, hosts):
    layout = 'refresh = "200ms"\ngrid = """\n' + "\n".join(FIVE) + '\n"""\n'
    for name in FIVE:
        layout += f'[widget.{name}]\nplugin = "nvme"\nhost = "{name}"\ntitle = "{name}"\n'
    served = {name: serve(address) for name, address in FIVE.items()}
    for stub in served.values():
        stub.__enter__()
    try:
        terminal = dashboard.terminal(layout=layout, size=(120, 50))
        terminal.wait_for(lambda lines: sum("nvme0n1" in line or "56" in line for line in lines) >= 5)
        assert not any("ago" in line for line in terminal.lines())
        served["host3"].__exit__(None, None, None)
        lines = terminal.wait_for("127.0.0.23:6127", timeout=3)
        panel = [line for line in lines if "host3" in line and "ago" in line]
        assert panel, lines
        # Nobody else is disturbed, and its values stay.
        assert sum("ago" in line for line in lines) == 1
        assert sum("56" in line for line in lines) >= 5
        served["host3"] = serve(FIVE["host3"])
        served["host3"].__enter__()
        terminal.wait_gone("127.0.0.23:6127", timeout=5)
        terminal.wait_gone("ago", timeout=2)
    finally:
        for stub in served.values():
            stub.__exit__(None, None, None)


def test_a_host_that_drips_does_not_hold_up_the_keys(dashboard, hosts):
    drip = forever(answer("200 OK", JSON | {"Content-Length": 1000}), b"x", pause=0.2)
    layout = 'refresh = "200ms"\ngrid = "slow cpu"\n[widget.slow]\nplugin = "nvme"\nhost = "host1"\n'
    with serve(FIVE["host1"], {"drives": drip}):
        terminal = dashboard.terminal(layout=layout, size=(120, 20))
        terminal.wait_for("127.0.0.21:6127", timeout=5)
        terminal.send("?")
        terminal.wait_for("Keys", timeout=1)


class TestOverview:
    """All hosts on one screen: what is shown without a layout where there are several."""

    @pytest.fixture
    def fleet(self):
        worn = json.loads(json.dumps(DRIVES))
        worn["drives"][0]["wear_level"] = 91.0
        served = {name: serve(address, drives=worn if name == "host2" else DRIVES) for name, address in FIVE.items()}
        del served["host5"]
        for stub in served.values():
            stub.__enter__()
        yield served
        for stub in served.values():
            stub.__exit__(None, None, None)

    @staticmethod
    def row(lines, host):
        return next((line for line in lines if re.match(rf"│ .. ?{host} ", line)), "")

    def test_a_row_for_each_host(self, dashboard, hosts, fleet):
        terminal = dashboard.terminal(size=(160, 20))
        terminal.wait_for(lambda lines: all("4%" in self.row(lines, name) for name in ["host1", "host3", "host4"]))
        # A host's documents come one by one.
        lines = terminal.wait_for(lambda lines: "91%" in self.row(lines, "host2") and "Backup state" in lines[2]
                                  and re.search(r"online +.* 4% +32% +8/8", self.row(lines, "host1")))  # fmt: skip
        heading = lines[2]
        for title in ["Host", "State", "NVMe wear", "Memory used", "Services", "Backup state"]:
            assert title in heading, heading
        # One event for a host that is not there, not one for each of its documents.
        terminal.wait_for(lambda lines: "unreachable: refuses connections" in self.row(lines, "host5"))

    def test_enter_opens_a_host_and_h_comes_back(self, dashboard, hosts, fleet):
        terminal = dashboard.terminal(size=(120, 30))
        terminal.wait_for(lambda lines: "91%" in self.row(lines, "host2"))
        terminal.send("Down", "Enter")
        lines = terminal.wait_for("NVMe Health")
        assert "host2" in lines[0]
        terminal.wait_for(re.compile(r"Wear +91%"))
        terminal.send("H")
        lines = terminal.wait_for(lambda lines: "91%" in self.row(lines, "host2"), timeout=2)
        assert "NVMe Health" not in "\n".join(lines)

    def test_a_host_that_goes_is_greyed_and_comes_back(self, dashboard, hosts, fleet):
        terminal = dashboard.terminal(size=(140, 20))
        here = ["host1", "host2", "host4"]

        def are_well(lines, *names):
            return all(re.search("online .*%", self.row(lines, name)) for name in names)

        terminal.wait_for(lambda lines: are_well(lines, "host3", *here))
        fleet["host3"].__exit__(None, None, None)
        lines = terminal.wait_for(lambda lines: "unreachable" in self.row(lines, "host3"), timeout=4)
        # Its values stay, and nobody else is touched.
        assert "4%" in self.row(lines, "host3")
        assert all("online" in self.row(lines, name) for name in here)
        fleet["host3"] = serve(FIVE["host3"])
        fleet["host3"].__enter__()
        terminal.wait_for(lambda lines: "online" in self.row(lines, "host3"), timeout=5)

    def test_it_is_sorted_and_filtered_as_every_table(self, dashboard, hosts, fleet):
        terminal = dashboard.terminal(size=(120, 20))
        terminal.wait_for(lambda lines: "91%" in self.row(lines, "host2"))
        terminal.send("/")
        terminal.type("host2")
        terminal.send("Enter")
        terminal.wait_for(lambda lines: self.row(lines, "host2") and not self.row(lines, "host1"))

    def test_a_column_that_there_cannot_be_is_named(self, dashboard, hosts, fleet):
        layout = 'grid = "hosts"\n[widget.hosts]\nplugin = "hosts"\ncolumns = ["nvme.waer", "nvme.wear", "load"]\n'
        terminal = dashboard.terminal(layout=layout, size=(140, 20))
        lines = terminal.wait_for('columns: plugin "nvme" has no metric "waer"; did you mean "nvme.wear"?')
        assert any('columns: "load" is no column; expected PLUGIN.METRIC' in line for line in lines)
        terminal.wait_for(lambda lines: "91%" in self.row(lines, "host2"))
