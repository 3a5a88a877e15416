"""
What is done with all hosts on one screen: marks, maintenance, walking through several, groups, orders and columns; what
the screen tells of hosts that change; and its files, which are read while it runs.

A fleet of stubs on the loopback network. Where it says `refresh="1d"` nothing is asked for twice unless somebody asks.
"""

import json
import re
import socket
import threading
import time

from conftest import SUPPORT
from stub_fleet import ALL, NAMES, heading, marked, message, order, row_is, rows, tells, Host
from stub_host import good

# Marks


def test_hosts_are_marked(fleet):
    terminal = fleet.open(refresh="1d")
    assert marked()(terminal.lines()) and order(terminal.lines()) == NAMES
    # A mark moves on, and is taken away where there is one.
    terminal.send("x", "x")
    lines = terminal.wait_for(marked("srv1", "srv2"))
    assert "Enter open 2 hosts" in lines[-1]
    terminal.send("Up", "x")
    assert "Enter open 1 host " in terminal.wait_for(marked("srv1"))[-1]
    # All that a filter shows, or none of them.
    terminal.send("/")
    terminal.type("lab")
    terminal.send("Enter")
    terminal.wait_for(lambda lines: order(lines) == ["lab1", "lab2"])
    terminal.send("X")
    terminal.wait_for(marked("lab1", "lab2"))
    terminal.send("X")
    terminal.wait_for(lambda lines: order(lines) == ["lab1", "lab2"] and marked()(lines))
    terminal.send("X", "Escape")
    terminal.wait_for(lambda lines: order(lines) == NAMES and marked("srv1", "lab1", "lab2")(lines))
    terminal.send("X")
    terminal.wait_for(marked(*NAMES))
    terminal.send("Escape")
    assert "Enter open  n trouble" in terminal.wait_for(marked())[-1]


def test_keys_that_come_at_once_do_what_they_do_one_by_one(fleet):
    """As from a slow line, or from somebody who types fast: of hosts that nobody sees none is marked."""
    terminal = fleet.open(refresh="1d")
    terminal.type("/lab\rX")
    terminal.wait_for(marked("lab1", "lab2"))
    terminal.send("Escape")
    lines = terminal.wait_for(lambda lines: order(lines) == NAMES)
    assert marked("lab1", "lab2")(lines), lines


def test_the_marked_hosts_alone_are_asked_anew(fleet):
    terminal = fleet.open(refresh="1d")
    for host in fleet.hosts.values():
        host.wears(33)
    terminal.send("Down", "x", "x", "r")
    terminal.wait_for(tells(r"^Fresh values of srv2, lab1 are asked for\.$"))
    terminal.wait_for(lambda lines: all(row_is(name, " 33% ")(lines) for name in ("srv2", "lab1")))
    fleet.wait_asked(srv2=6, lab1=6)
    terminal.settle()
    assert {name: host.asked for name, host in fleet.hosts.items()} == dict.fromkeys(NAMES, 3) | {"srv2": 6, "lab1": 6}
    assert [row.host for row in rows(terminal.lines()) if " 4% " in row.rest] == ["srv1", "lab2", "box1"]
    # Escape and a letter at once would be Alt and the letter.
    terminal.send("Escape")
    terminal.wait_for(marked())
    terminal.send("r")
    terminal.wait_for(lambda lines: all(row_is(name, " 33% ")(lines) for name in NAMES))


def test_several_hosts_are_walked_through(fleet):
    fleet.configure('columns = ["nvme.wear", "address"]')
    terminal = fleet.open(refresh="1d")
    terminal.send("s")
    terminal.wait_for(lambda lines: order(lines) == sorted(NAMES))
    terminal.send("Home", "Down", "x", "x")
    before = terminal.wait_for(marked("lab1", "lab2"))
    terminal.send("Enter")
    terminal.wait_for(tells(r"^2 hosts are open: \] and \[ walk through them\.$"))

    def shows(place, host):
        title = re.compile(rf" {place} of 2 +{host} ")
        return lambda lines: title.search(lines[0]) and any("NVMe Health" in line for line in lines)

    terminal.wait_for(shows(1, "lab1"))
    terminal.send("]")
    terminal.wait_for(shows(2, "lab2"))
    terminal.send("]")
    assert shows(2, "lab2")(terminal.settle())
    terminal.send("[")
    terminal.wait_for(shows(1, "lab1"))
    terminal.send("[")
    assert shows(1, "lab1")(terminal.settle())
    terminal.send("]")
    terminal.wait_for(shows(2, "lab2"))
    terminal.send("H")
    # Marks, order, columns, and which row is selected.
    after = terminal.wait_for(lambda lines: rows(lines) == rows(before))
    assert after[2] == before[2] and " of 2 " not in after[0]
    terminal.send("x")
    terminal.wait_for(marked("lab1", "lab2", "srv1"))


def test_they_are_walked_through_as_they_are_shown(fleet):
    fleet.configure('columns = ["address"]\nsort = "-address"')
    terminal = fleet.open(refresh="1d")
    terminal.wait_for(lambda lines: order(lines) == NAMES[::-1])
    terminal.send("Home", "x", "x", "Enter")
    terminal.wait_for(re.compile(" 1 of 2  (box1|lab2) "))
    assert " box1 " in terminal.lines()[0]


def test_a_click_selects_and_a_second_one_opens(fleet):
    terminal = fleet.open(refresh="1d")
    lines = terminal.lines()
    place = next(number for number, line in enumerate(lines) if re.search(r" lab2 ", line))
    terminal.mouse(6, place)
    terminal.settle()
    terminal.send("x", "Up", "Up")
    terminal.wait_for(marked("lab2"))
    terminal.send("Escape")
    terminal.wait_for(marked())
    # Another row is selected now.
    terminal.mouse(6, place)
    terminal.settle()
    assert order(terminal.lines()) == NAMES
    terminal.mouse(6, place)
    terminal.wait_for("NVMe Health")
    assert re.search(" lab2 ", terminal.lines()[0])


# Maintenance


def test_hosts_in_maintenance(fleet, tmp_path):
    fleet["srv2"].wears(96)
    fleet["lab1"].go()
    env = {"XDG_STATE_HOME": tmp_path / "state"}
    terminal = fleet.open(env=env)
    terminal.wait_for(row_is("srv2", "online .* 96%✖", sign="❌"))
    terminal.wait_for(row_is("lab1", "unreachable", sign="❔"))
    terminal.send("Down", "x", "x", "m")
    terminal.wait_for(tells(r"^Maintenance on for srv2, lab1\.$"))

    def are_in_it(*hosts):
        return lambda lines: [
            row.host for row in rows(lines) if row.sign == "" and re.match(" +maintenance(,| )", row.rest)
        ] == list(hosts)  # fmt: skip

    terminal.wait_for(are_in_it("srv2", "lab1"))
    kept = json.loads((tmp_path / "state/cm-dashboard/maintenance.json").read_text())
    assert sorted(kept["hosts"]) == ["lab1", "srv2"]

    def outside(*arguments):
        assert fleet.dashboard.run("hosts", "maintenance", *arguments, env=env).returncode == 0

    outside("off", "srv2")
    terminal.wait_for(row_is("srv2", "online", sign="❌"), timeout=5)
    outside("on", "box1")
    terminal.wait_for(are_in_it("lab1", "box1"), timeout=5)
    # Where one of the marked is not in it, all of them get into it.
    terminal.send("m")
    terminal.wait_for(are_in_it("srv2", "lab1", "box1"))
    terminal.send("m")
    terminal.wait_for(are_in_it("box1"))
    assert message(terminal.lines()) == "Maintenance off for srv2, lab1."
    assert row_is("lab1", "unreachable")(terminal.lines())
    # It is told until when, and that it is not there.
    outside("on", "lab1", "--for", "2h")
    terminal.wait_for(row_is("lab1", r"^ maintenance until \d\d:\d\d, unreach"))
    outside("off", "lab1")
    # Without marks it is the selected one.
    terminal.send("Escape")
    terminal.wait_for(marked())
    terminal.send("End", "m")
    terminal.wait_for(are_in_it())
    assert message(terminal.lines()) == "Maintenance off for box1."
    assert json.loads((tmp_path / "state/cm-dashboard/maintenance.json").read_text())["hosts"] == {}


# Groups, orders, columns


def test_roles(fleet):
    for name, role in zip(NAMES, ["server", "server", "lab", "lab", "box"]):
        fleet[name].role = role
    fleet["box1"].role = "server"
    fleet["lab2"].role = "attic"
    fleet.configure('roles = ["server"]')
    terminal = fleet.open(refresh="1d")
    # The order of the file, then by name; within a role that of hosts.toml.
    assert [(row.role, row.host) for row in rows(terminal.lines())] == [
        ("server", "srv1"), ("", "srv2"), ("", "box1"), ("attic", "lab2"), ("lab", "lab1"),
    ]  # fmt: skip
    # Groups stay together, whatever they are sorted by.
    fleet["srv2"].wears(50)
    fleet["lab1"].wears(60)
    terminal.send("r")
    terminal.wait_for(row_is("lab1", " 60% "))
    terminal.mouse(terminal.lines()[2].index("NVMe wear"), 2)
    terminal.wait_for(lambda lines: [(row.role, row.host) for row in rows(lines)] == [
        ("server", "srv2"), ("", "srv1"), ("", "box1"), ("attic", "lab2"), ("lab", "lab1"),
    ])  # fmt: skip
    terminal.send("o")
    terminal.wait_for(lambda lines: [(row.role, row.host) for row in rows(lines)] == [
        ("lab", "lab1"), ("server", "srv2"), ("server", "srv1"), ("attic", "lab2"), ("server", "box1"),
    ])  # fmt: skip
    assert message(terminal.lines()) == "All hosts in one list."
    terminal.send("o")
    terminal.wait_for(lambda lines: order(lines) == ["srv2", "srv1", "box1", "lab2", "lab1"])
    assert message(terminal.lines()) == "Hosts of one role stand together."


def test_the_order_at_the_start(fleet):
    for name, percent in zip(NAMES, [10, 30, 50, 20, 40]):
        fleet[name].wears(percent)
    fleet.configure('sort = "-nvme.wear"')
    terminal = fleet.open(refresh="1d")
    terminal.wait_for(lambda lines: order(lines) == ["lab1", "box1", "srv2", "lab2", "srv1"])
    # It is an order of values and not of moments; what the user sorts by then is the user's affair.
    fleet["srv1"].wears(45)
    terminal.send("r")
    terminal.wait_for(lambda lines: order(lines) == ["lab1", "srv1", "box1", "srv2", "lab2"])
    terminal.send("S")
    terminal.wait_for(lambda lines: order(lines) == ["lab2", "srv2", "box1", "srv1", "lab1"])


def test_an_order_stays_with_its_column(fleet):
    for name, percent in zip(NAMES, [10, 30, 50, 20, 40]):
        fleet[name].wears(percent)
    fleet.configure('columns = ["nvme.wear", "address"]\nsort = "-nvme.wear"')
    terminal = fleet.open(refresh="1d")
    terminal.wait_for(lambda lines: order(lines) == ["lab1", "box1", "srv2", "lab2", "srv1"])
    fleet.configure('columns = ["address", "nvme.wear"]\nsort = "-nvme.wear"')
    lines = terminal.wait_for(lambda lines: heading(lines)[-1] == "NVMe wear")
    assert order(lines) == ["lab1", "box1", "srv2", "lab2", "srv1"]


def test_columns_are_as_asked_and_change_while_it_runs(fleet):
    fleet["srv1"].role = "server"
    fleet["srv2"].wears(91)
    fleet.configure('columns = ["address", "status", "age", "nvme.temperature", "alert", "role", "state"]')
    terminal = fleet.open(refresh="1d")
    titles = ["Host", "Address", "Status", "Age", "NVMe temp", "Last alert", "Role", "State"]
    terminal.wait_for(lambda lines: heading(lines) == titles)
    terminal.wait_for(row_is("srv1", rf"^ {re.escape(fleet['srv1'].address)} +ok +\d+s +56°C +server +online"))
    moment = r"\d\d:\d\d NVMe wear 91% \(nvme0n1\)"
    terminal.wait_for(row_is("srv2", rf"^ {re.escape(fleet['srv2'].address)} +warning +\d+s +56°C +{moment} +online", sign="⚠"))
    # Who is with whom, and whether a host is there, is shown unasked.
    fleet.configure('columns = ["backup.snapshots"]')
    terminal.wait_for(lambda lines: heading(lines) == ["Role", "Host", "State", "Backup snapshots"])
    terminal.wait_for(row_is("srv1", r"^ online +42 "))
    # A wrong file is told, and the old one goes on.
    fleet.configure('columns = ["backup.snapshots"]\nsotr = "host"')
    lines = terminal.wait_for(tells(r'^dashboard\.toml:4:1: error: unknown key "sotr" .* goes on\.$'))
    assert heading(lines) == ["Role", "Host", "State", "Backup snapshots"]
    fleet.configure('columns = ["alert", "nvme.wear"]')
    lines = terminal.wait_for(lambda lines: heading(lines) == ["Role", "Host", "State", "Last alert", "NVMe wear"])
    assert "sotr" not in message(lines)
    assert {host.asked for host in fleet.hosts.values()} == {3}


class TestHeadlines:
    """Nobody says which columns there are: a layout of one's own, and no word in dashboard.toml."""

    LAYOUT = 'refresh = "200ms"\ngrid = "hosts"\n'

    def test_what_stands_for_a_plugin_is_shown_where_there_are_values(self, fleet):
        terminal = fleet.open(layout=self.LAYOUT, size=(220, 16))
        shown = {"NVMe wear", "CPU temperature", "Memory used", "Services", "Backup state", "Backup age"}
        titles = heading(terminal.wait_for(lambda lines: shown <= set(heading(lines))))
        assert titles[:2] == ["Host", "State"] and titles[-1] == "Last alert"
        # No document tells them.
        assert not any("GPU" in title or title == "CPU use" for title in titles)
        fleet["lab2"].documents["services"]["summary"]["gpu_load_percent"] = 12.0
        terminal.wait_for(lambda lines: "GPU load" in heading(lines))
        terminal.wait_for(lambda lines: [row.host for row in rows(lines) if " 12%" in row.rest] == ["lab2"])
        assert not any("GPU temp" in title for title in heading(terminal.lines()))

    def test_a_plugin_that_comes_brings_its_column(self, fleet, plugin_folder):
        source = (SUPPORT / "ingest_plugin.c").read_text()
        headline = source.replace("0, 0, NAN, NAN, 0,", "0, 0, NAN, NAN, CM_METRIC_HEADLINE,")
        assert headline != source
        terminal = fleet.open("--plugins", plugin_folder, layout=self.LAYOUT, size=(220, 16))
        assert "Papers size" not in heading(terminal.lines())
        plugin_folder.add("papers", headline)
        lines = terminal.wait_for(lambda lines: "Papers size" in heading(lines))
        # The largest of its numbers: the bytes of a document.
        place = heading(lines).index("Papers size")

        def is_a_size(row):
            # Where there is no value yet there are fewer cells.
            cells = re.split(r" {2,}", row.rest.strip())
            return len(cells) >= place and re.match(r"\d{3,}$", cells[place - 1])

        terminal.wait_for(lambda lines: len(rows(lines)) == 5 and all(map(is_a_size, rows(lines))))


# What the screen tells


def test_the_last_alert(fleet):
    fleet.configure('columns = ["alert", "nvme.wear"]')
    terminal = fleet.open()
    assert not any("NVMe wear" in row.rest for row in rows(terminal.lines()))
    fleet["lab1"].wears(91)
    terminal.wait_for(row_is("lab1", r"\d\d:\d\d NVMe wear 91% \(nvme0n1\) +91%", sign="⚠"))
    fleet["lab1"].wears(96)
    terminal.wait_for(row_is("lab1", r"\d\d:\d\d NVMe wear 96% \(nvme0n1\) +96%", sign="❌"))
    fleet["lab1"].wears(5)
    terminal.wait_for(row_is("lab1", r"\d\d:\d\d NVMe wear 5% \(nvme0n1\) +5%", sign="✅"))
    assert [row.host for row in rows(terminal.lines()) if "NVMe wear" in row.rest] == ["lab1"]


def test_hosts_that_go_and_come_back_are_told_once(fleet):
    fleet.write()
    assert fleet.dashboard.run("hosts", "maintenance", "on", "box1").returncode == 0
    layout = 'refresh = "2s"\ngrid = "hosts"\n[widget.hosts]\ncolumns = ["alert"]\n'
    terminal = fleet.open(layout=layout)
    # Of a host in maintenance nothing is told, now and later.
    fleet["box1"].go()
    fleet["lab1"].go()
    address = re.escape(fleet["lab1"].address)
    sentence = rf"^lab1 is unreachable: {address}:6127 refuses connections: nothing listens on that port\.$"
    terminal.wait_for(tells(sentence))
    terminal.wait_for(row_is("lab1", r"\d\d:\d\d unreachable"))
    # A key takes the sentence away, and it does not come again.
    terminal.send("Home")
    terminal.wait_for(tells(r"^\? help"))
    asked = fleet["srv1"].asked
    while fleet["srv1"].asked < asked + 6:
        assert tells(r"^\? help")(terminal.lines())
        time.sleep(0.05)
    fleet["lab1"].come()
    terminal.wait_for(tells(r"^lab1 is back after \d+s\.$"))
    terminal.wait_for(row_is("lab1", r"online +\d\d:\d\d back after \d+s"))
    # What happens between two ticks is one sentence: nobody is asked in a pause, and all are at its end.
    terminal.send("Space")
    terminal.wait_for("paused")
    gone = ["srv1", "srv2", "lab2"]
    for name in gone:
        fleet[name].go()
    fleet["box1"].come()
    terminal.send("Space")
    terminal.wait_for(tells("^3 hosts are unreachable: srv1, srv2, lab2\\.$"))
    terminal.send("Space")
    terminal.wait_for("paused")
    for name in gone:
        fleet[name].come()
    terminal.send("Space")
    terminal.wait_for(tells("^3 hosts are back: srv1, srv2, lab2\\.$"))


def test_in_a_pause_nobody_is_asked(fleet):
    terminal = fleet.open()
    terminal.send("Space")
    terminal.wait_for("paused")
    # What was under way comes to its end.
    terminal.settle(quiet=0.5)
    asked = fleet["srv1"].asked
    fleet["srv1"].wears(91)
    time.sleep(2.5)
    assert fleet["srv1"].asked <= asked + 3
    assert not row_is("srv1", " 91% ")(terminal.lines())
    terminal.send("Space")
    terminal.wait_for(row_is("srv1", " 91%"))


def test_a_slow_host(fleet):
    fleet["lab1"].delay = 1.2
    terminal = fleet.open()
    terminal.wait_for(row_is("lab1", r"^ slow, (1\.[2-9]|[2-9](\.\d)?)s", sign="⚠"))
    fleet["lab1"].delay = 0
    terminal.wait_for(row_is("lab1", "^ online", sign="✅"))


# hosts.toml


class TestHostsToml:
    """Saved while it runs."""

    def test_hosts_come_and_go(self, fleet):
        terminal = fleet.open(names=NAMES[:4], refresh="1d")
        assert order(terminal.lines()) == NAMES[:4]
        terminal.send("Down", "x", "x")
        terminal.wait_for(marked("srv2", "lab1"))
        fleet.write("srv1", "lab1", "lab2", "box1")
        lines = terminal.wait_for(row_is("box1", "online"))
        assert order(lines) == ["srv1", "lab1", "lab2", "box1"]
        assert marked("lab1")(lines) and "Enter open 1 host " in lines[-1]
        # Those that stay are left alone.
        terminal.wait_for(lambda lines: all(row_is(name, "online .* 4% ")(lines) for name in order(lines)))
        fleet.wait_asked(box1=3)
        assert {name: host.asked for name, host in fleet.hosts.items()} == dict.fromkeys(NAMES, 3)

    def test_another_address_is_asked(self, fleet):
        terminal = fleet.open(refresh="1d")
        fleet["box1"].wears(77)
        fleet["srv1"].more = 'ports = { backups = false }\n'
        fleet["lab1"].address, fleet["box1"].address = fleet["box1"].address, fleet["lab1"].address
        fleet.write()
        terminal.wait_for(row_is("lab1", "online .* 77% "))
        terminal.wait_for(row_is("box1", "online .* 4% "))
        terminal.wait_for(row_is("srv1", "online .* 4% "))
        # Nobody else is asked again; what is no longer served is not asked for.
        fleet.wait_asked(srv1=5, lab1=6, box1=6)
        terminal.settle()
        assert [fleet[name].asked for name in NAMES] == [5, 3, 6, 3, 6]

    def test_another_limit_judges_anew(self, fleet):
        terminal = fleet.open(refresh="1d")
        fleet["lab1"].more = "[host.lab1.thresholds.nvme]\nwear_warning = 3\n"
        fleet.write()
        terminal.wait_for(row_is("lab1", "online .* 4%▲", sign="⚠"))
        assert [row.host for row in rows(terminal.lines()) if row.sign == "⚠"] == ["lab1"]
        fleet["lab1"].more = "[host.lab1.thresholds.nvme]\nwear_warning = 3\nwear_critical = 4\n"
        fleet.write()
        terminal.wait_for(row_is("lab1", "online .* 4%✖", sign="❌"))
        fleet["lab1"].more = ""
        fleet.write()
        terminal.wait_for(row_is("lab1", "online .* 4% ", sign="✅"))
        # What it has served is still known.
        assert {host.asked for host in fleet.hosts.values()} == {3}

    def test_a_host_that_is_removed_while_it_is_open(self, fleet):
        """Whatever is shown then: nothing that is not of that host, under its name."""
        layouts = fleet.folder / "layouts"
        layouts.mkdir()
        for name in ("srv1", "lab1"):
            (layouts / f"{name}.layout").write_text('grid = "cpu"\n')
        terminal = fleet.open(refresh="1d")
        terminal.send("x", "Down", "x", "Enter")
        # No document tells how many processors there are; the plugin knows it of this machine.
        is_here = re.compile(r" on \d+ cores?")
        terminal.wait_for(lambda lines: re.search(" 1 of 2 +srv1 ", lines[0]) and any("0.42" in line for line in lines))
        assert not is_here.search(terminal.screen)
        fleet.write("srv2", "lab2", "box1")
        for key in ("]", "["):
            lines = terminal.settle(quiet=1)
            assert not is_here.search("\n".join(lines)), lines
            terminal.send(key)

    def test_limits_that_a_plugin_refuses_are_told(self, fleet):
        """Which `config check` calls a mistake."""
        terminal = fleet.open(refresh="1d")
        fleet["lab1"].more = "[host.lab1.thresholds.nvme]\nwear_critical = 4\n"
        fleet.write()
        terminal.wait_for(row_is("lab1", r"^ nvme: hosts\.toml:\d+:\d+: error: ", sign="❔"))
        terminal.send("Down", "Down", "Enter")
        terminal.wait_for("wear_warning (80%) is above wear_critical (4%)")

    def test_a_wrong_file_and_one_that_is_gone(self, fleet):
        terminal = fleet.open()
        fleet.write("srv1", "srv2", more='adress = "127.0.0.1"\n')
        lines = terminal.wait_for(tells(
            r'^hosts\.toml:8:1: error: unknown key "adress" in host "srv2"; .*; did you mean "address"\?'
            r"\.? The old configuration goes on\.$"
        ))  # fmt: skip
        assert order(lines) == NAMES
        fleet["lab2"].wears(44)
        terminal.wait_for(row_is("lab2", " 44% "))
        fleet.write()
        terminal.wait_for(tells(r"^\? help"))
        (fleet.folder / "hosts.toml").unlink()
        lines = terminal.wait_for(tells(r"^hosts\.toml is gone\. What was read goes on; R does without\.$"))
        assert order(lines) == NAMES
        fleet["lab2"].wears(45)
        terminal.wait_for(row_is("lab2", " 45% "))
        fleet.write("srv1", "srv2", "lab2")
        lines = terminal.wait_for(lambda lines: order(lines) == ["srv1", "srv2", "lab2"])
        assert tells(r"^\? help")(lines)


# Nothing is shown as well that is not known to be


def statuses(dashboard, *arguments, **more):
    """State and sign of each host, without a terminal."""
    done = dashboard.run("snapshot", "--size", "150x16", *arguments, **more)
    assert done.returncode == 0, done.stderr
    return {row.host: (row.sign, row.rest.split("  ")[0].strip()) for row in rows(done.stdout.splitlines())}, done


def test_without_libcurl_no_host_is_this_machine(fleet, tmp_path):
    """What cannot be asked is said to be so; this machine's own values are nobody else's."""
    (tmp_path / "libcurl.so.4").write_bytes(b"no library")
    fleet.write()
    found, done = statuses(fleet.dashboard, env={"LD_LIBRARY_PATH": tmp_path})
    assert {sign for sign, _ in found.values()} == {"❔"} and list(found) == NAMES
    assert all(state.startswith("unreachable: HTTP cannot be used") for _, state in found.values()), found
    assert "HTTP cannot be used: " in done.stderr
    done = fleet.dashboard.run("snapshot", "--host", "srv1", "--format", "json", env={"LD_LIBRARY_PATH": tmp_path})
    assert all(widget["instances"] == [] for widget in json.loads(done.stdout)["widgets"])


def test_a_plugin_that_does_not_load_leaves_no_row_green(fleet, tmp_path):
    """What it would have said nobody knows."""
    (tmp_path / "services.so").write_bytes(b"no plugin")
    fleet.write()
    for columns in ('["nvme.wear"]', '["services.summary"]'):
        fleet.configure(f"columns = {columns}")
        found, done = statuses(fleet.dashboard, "--plugins", tmp_path)
        assert set(found.values()) == {("❔", "online")}, found
        assert f"{tmp_path}/services.so is not a shared object (no ELF header)" in done.stdout, done.stdout


def test_a_plugin_that_fails_late_leaves_no_row_green(fleet, plugin_folder):
    """When all the others have answered."""
    late = "#include <unistd.h>\n__attribute__((constructor)) static void fail(void) { sleep(1); _exit(1); }\n"
    plugin_folder.add("services", late)
    fleet.write()
    fleet.configure('columns = ["nvme.wear"]')
    found, _ = statuses(fleet.dashboard, "--plugins", plugin_folder)
    assert set(found.values()) == {("❔", "online")}, found


def test_a_failure_that_comes_while_a_document_is_read_is_not_forgotten(fleet, plugin_folder):
    """A slow plugin is done with the last good document when its host is gone already."""
    source = (SUPPORT / "ingest_plugin.c").read_text()
    slow = source.replace("    (void)tick;\n    if (!CM_HOLDS(sink, fail))", "    (void)tick;\n    sleep(4);\n    if (!CM_HOLDS(sink, fail))")
    assert slow != source
    plugin_folder.add("papers", slow)
    fleet.write()
    layout = 'host = "lab1"\nrefresh = "200ms"\ngrid = "papers"\n'
    terminal = fleet.dashboard.terminal("--plugins", plugin_folder, layout=layout, size=(100, 12))
    deadline = time.monotonic() + 15
    # A second round has begun, so that the first is over.
    while fleet["lab1"].asked < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    fleet["lab1"].go()
    terminal.wait_for("refuses connections")
    # The document is read at last, and its host as far away as before.
    terminal.wait_for("bytes")
    for _ in range(20):
        lines = terminal.lines()
        assert any("refuses connections" in line for line in lines), lines
        time.sleep(0.05)


def test_a_document_that_crashes_a_plugin_is_its_own_hosts_affair(fleet, plugin_folder):
    """The worker of all hosts ends of what two of them serve; then it leaves these out."""
    source = (SUPPORT / "ingest_plugin.c").read_text()
    deadly = source.replace(
        "    if (length == 0) return fail", '    if (memmem(data, length, "deadly", 6)) abort();\n    if (length == 0) return fail')
    # Much of what it has answered is still on its way when it ends: that is no reason to blame those who are read next.
    deadly = deadly.replace(
        '    emit(sink, "depth", deepest);', '''    emit(sink, "depth", deepest);
    for (int i = 0; i < 3000; i++) {
        char name[16];
        snprintf(name, sizeof name, "sample-%d", i);
        emit(sink, name, 1);
    }''')
    assert deadly.count("deadly") == 1 and "sample-" in deadly
    plugin_folder.add("papers", deadly)
    deadly_ones = ["lab2", "box1"]
    for name in deadly_ones:
        fleet[name].documents["drives"]["remark"] = "deadly"
    fleet.configure('columns = ["state", "papers.size"]')
    fleet.write()
    terminal = fleet.dashboard.terminal("--plugins", plugin_folder, size=(150, 16))
    others = [name for name in NAMES if name not in deadly_ones]
    sound = lambda lines: all(row_is(name, r"^ online +\d{3} ", sign="✅")(lines) for name in others)  # noqa: E731
    terminal.wait_for(sound, timeout=30)
    for name in deadly_ones:
        why = rf"^ papers: collect crashed: SIGABRT \(Aborted\) 2 times on what {name} serves; left out for 10m; R tries again"
        terminal.wait_for(row_is(name, why, sign="❔"), timeout=30)
    terminal.wait_for(sound, timeout=30)
    # And so it stays.
    for _ in range(20):
        assert sound(terminal.lines()), terminal.screen
        time.sleep(0.2)
    # The host's own layout does not wake it again.
    terminal.send("Home", "Enter")
    terminal.wait_for("NVMe Health")
    terminal.send("H")
    terminal.wait_gone("NVMe Health")
    terminal.wait_for(sound, timeout=1)
    # Another host by that name has done nothing yet.
    for name in deadly_ones:
        fleet[name].documents["drives"]["remark"] = ""
    fleet.write(*others, "box1")
    terminal.wait_for(lambda lines: order(lines) == [*others, "box1"])
    fleet.write()
    terminal.wait_for(row_is("lab2", r"^ online +\d{3} ", sign="✅"))
    assert row_is("box1", "left out")(terminal.lines())
    terminal.send("R")
    others = NAMES
    terminal.wait_for(sound)


def test_what_has_not_come_yet_is_awaited(fleet):
    ports = fleet["lab1"].stub.ports
    serve = ports[ALL["services"]]
    is_seen = threading.Event()

    def late(connection, request):
        is_seen.wait(15)
        return serve(connection, request)

    ports[ALL["services"]] = late
    fleet["lab1"].more = 'timeout = "20s"\n'
    fleet.write()
    terminal = fleet.dashboard.terminal(size=(150, 16))
    terminal.wait_for(row_is("lab1", " 4%"))
    waiting = terminal.wait_for(row_is("srv1", "online", sign="✅"))
    assert row_is("lab1", "^ waiting", sign="")(waiting)
    is_seen.set()
    terminal.wait_for(row_is("lab1", "^ online"))


def test_a_host_that_hosts_toml_does_not_name(fleet):
    fleet.write()
    done = fleet.dashboard.run(
        "snapshot", "--layout", fleet.dashboard.layout('host = "elsewhere"\ngrid = "memory"\n'), "--format", "json")
    (widget,) = json.loads(done.stdout)["widgets"]
    assert widget["instances"] == [] and widget["error"]["message"] == 'there is no host "elsewhere" in hosts.toml'


def test_keys_before_the_first_picture(fleet):
    """Typed ahead, while the terminal is still being made ready."""
    fleet.write()
    for _ in range(4):
        terminal = fleet.dashboard.terminal("--host", "srv1", size=(150, 16))
        terminal.type("H")
        terminal.wait_for(row_is("srv1", "online"))
        terminal.send("q")
        terminal.wait_exit()


def test_this_machine_is_collected_from_on_whatever_layout_was_open(fleet):
    """The clock of a layout with another refresh counts its ticks anew."""
    layouts = fleet.folder / "layouts"
    layouts.mkdir()
    (layouts / "here1.layout").write_text('refresh = "100ms"\ngrid = "memory"\n')
    fleet["lab2"].more = 'source = "local"\n'
    fleet.folder.joinpath("hosts.toml").write_text(
        f'version = 1\n{fleet["srv1"].table}[host.here1]\nsource = "local"\nrefresh = "1s"\n')
    layout = 'refresh = "100ms"\ngrid = "hosts"\n[widget.hosts]\ncolumns = ["age", "memory.used_percent"]\n'
    terminal = fleet.dashboard.terminal("--refresh", "100ms", layout=layout, size=(150, 16))
    terminal.wait_for(row_is("here1", "online"))
    time.sleep(3)
    fleet.dashboard.home.joinpath(".config/cm-dashboard/dashboard.toml").write_text("version = 1\n")
    terminal.send("Down", "Enter")
    terminal.wait_for(re.compile("Physical"))
    terminal.send("H")
    terminal.wait_for(row_is("here1", "online"))
    for _ in range(20):
        # A tick is 100 ms: a machine that stands still for three of them makes it stale for a moment.
        if row_is("here1", "stale")(terminal.lines()):
            terminal.wait_for(row_is("here1", "online"), timeout=1)
        time.sleep(0.2)


def test_limits_of_all_hosts_hold_for_this_machine_too(fleet):
    fleet.write()
    layout = f'host = "{socket.gethostname()}"\nrefresh = "200ms"\ngrid = "memory"\n'
    terminal = fleet.dashboard.terminal(layout=layout, size=(100, 12))
    terminal.wait_for("Physical")
    (fleet.folder / "dashboard.toml").write_text(
        "version = 1\n[thresholds.memory]\nused_percent_warning = 0\nused_percent_critical = 0.001\n")
    terminal.wait_for(lambda lines: any("❌ Physical" in line for line in lines))


def test_programs_read_what_the_rows_say(fleet):
    fleet["srv1"].role = "server"
    fleet["srv2"].wears(97)
    fleet["lab1"].go()
    fleet["box1"].documents["drives"] = {"drives": "none", "timestamp": time.time()}
    fleet.write()
    assert fleet.dashboard.run("hosts", "maintenance", "on", "lab2").returncode == 0
    done = fleet.dashboard.run("snapshot", "--format", "json")
    hosts = {row["host"]: row for row in json.loads(done.stdout)["hosts"]}
    assert list(hosts) == NAMES and hosts["srv1"].pop("age") < 60
    assert hosts["srv1"] == {
        "host": "srv1", "role": "server", "address": fleet["srv1"].address, "state": "online", "reason": None,
        "status": "ok"}  # fmt: skip
    assert (hosts["srv2"]["state"], hosts["srv2"]["status"], hosts["srv2"]["role"]) == ("online", "critical", None)
    gone = hosts["lab1"]
    assert (gone["state"], gone["status"], gone["age"]) == ("unreachable", "unknown", None)
    assert gone["reason"] == "refuses connections: nothing listens on that port"
    assert (hosts["lab2"]["state"], hosts["lab2"]["status"]) == ("maintenance", "none")
    assert (hosts["box1"]["state"], hosts["box1"]["status"]) == ("partial", "unknown")
    assert hosts["box1"]["reason"].startswith("drives wrong: the drives document lacks status")
    # One host's layout is no overview.
    done = fleet.dashboard.run("snapshot", "--host", "srv1", "--format", "json")
    assert json.loads(done.stdout)["hosts"] == []


# --- What is not well, and what was ------------------------------------------------------------------------------


def test_trouble_is_found_by_keys(fleet):
    fleet["srv2"].wears(97)
    fleet["lab2"].wears(96)
    fleet.write()
    terminal = fleet.open()
    for name in ("srv2", "lab2"):
        terminal.wait_for(lambda lines, name=name: any("❌ " + name in line for line in lines))
    terminal.send("n")
    terminal.wait_for(re.compile("srv2 · "))
    terminal.send("n")
    terminal.wait_for(re.compile("lab2 · "))
    terminal.send("N")
    terminal.wait_for(re.compile("srv2 · "))
    terminal.send("!")
    lines = terminal.wait_for(re.compile("not well  1/2 of 5"))
    assert not any("srv1 " in line for line in lines)
    terminal.send("Escape")
    terminal.wait_for(row_is("srv1", "online"))


def test_events_are_kept_with_their_end(fleet):
    fleet["srv2"].wears(97)
    fleet.write()
    terminal = fleet.open()
    terminal.wait_for(lambda lines: any("❌ srv2" in line for line in lines))
    fleet["srv2"].wears(4)
    terminal.wait_for(lambda lines: any("✅ srv2" in line for line in lines))
    terminal.send("e")
    terminal.wait_for(re.compile(r"❌ srv2 +NVMe wear 97% \(nvme0n1\) +\d\d:\d\d, after \d+s"))
    terminal.send("q")
    terminal.wait_gone("Events")
    assert any("Enter open" in line for line in terminal.lines()), "q closed the events and did not quit"


def test_q_and_escape_step_back_from_a_host(fleet):
    fleet.write()
    terminal = fleet.open()
    for key in ("q", "Escape", "H"):
        terminal.wait_for(row_is("srv1", "online"))
        terminal.send("Enter")
        terminal.wait_for(re.compile(r"online( \d+\S+)? .*srv1"))
        terminal.send(key)
    terminal.wait_for(row_is("srv1", "online"))
    terminal.send("q")
    terminal.wait_exit()


def test_the_footer_can_be_clicked(fleet):
    fleet.write()
    terminal = fleet.open()
    terminal.wait_for(row_is("srv1", "online"))
    line = terminal.lines()[-1]
    terminal.mouse(line.index("e events") + 2, len(terminal.lines()) - 1)
    terminal.wait_for("No event since the start.")


def test_a_click_on_a_message_presses_no_key_below_it(fleet):
    fleet.write()
    terminal = fleet.open()
    terminal.wait_for(row_is("srv1", "online"))
    line = terminal.lines()[-1]
    for key in ("q quit", "m maintenance"):
        terminal.send("t")
        terminal.wait_for("Theme: ")
        terminal.mouse(line.index(key) + 2, len(terminal.lines()) - 1)
        terminal.wait_for("q quit")
    assert "aintenance on" not in terminal.screen and "maintenance until" not in terminal.screen


def test_q_closes_what_is_open_before_it_quits(fleet):
    fleet.write()
    terminal = fleet.open()
    terminal.wait_for(row_is("srv1", "online"))
    terminal.send("/", "s", "r", "v", "2", "Enter")
    terminal.wait_gone(row_is("srv1", "online"))
    terminal.send("q")
    terminal.wait_for(row_is("srv1", "online"))
    for key, sign in [("x", "▌"), ("!", "not well")]:
        terminal.send(key)
        terminal.wait_for(lambda lines: any(sign in line for line in lines[:-1]))
        terminal.send("q")
        terminal.wait_for(lambda lines: not any(sign in line for line in lines[:-1]))
    terminal.send("q")
    terminal.wait_exit()
