"""What comes of a host's documents in between: while a plugin lags behind, changes, or has nothing new to read."""

import json
import re
import time
from pathlib import Path

from conftest import SUPPORT
from stub_fleet import row_is
from stub_host import SERVICES, good

BEGIN = "    (void)tick;\n    if (!CM_HOLDS(sink, fail))"


def slow(microseconds):
    return BEGIN, BEGIN.replace(";\n", f";\n    usleep({microseconds});\n")


def papers(*changes):
    """The plugin that counts a document's bytes, with these texts replaced."""
    source = (SUPPORT / "ingest_plugin.c").read_text()
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def pss(process):
    """Megabytes."""
    return int(re.search(r"^Pss: +(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M)[1]) / 1024


def test_documents_do_not_pile_up_before_a_slow_plugin(fleet, plugin_folder):
    """It never catches up, so that there is always more to be sent to it; what was sent is let go."""
    plugin_folder.add("papers", papers(slow(300000), ("length > 100000", "length > 3000000")))
    for host in fleet.hosts.values():
        host.documents["drives"]["issues"] = ["x" * 1_000_000]
    fleet.configure('columns = ["papers.size"]')
    fleet.write()
    terminal = fleet.dashboard.terminal("--plugins", plugin_folder, size=(150, 16))
    terminal.wait_for(row_is("box1", r"online +\d"), timeout=30)
    time.sleep(3)
    before = pss(terminal.pid)
    asked = fleet["srv1"].asked
    time.sleep(8)
    assert fleet["srv1"].asked > asked + 3
    assert pss(terminal.pid) < before + 12


def test_what_still_holds_is_part_of_the_past(fleet):
    """A document that does not change for a while: the curve goes on with its last values."""
    begun = int(time.time())
    fleet["srv1"].stub.ports[6128] = good(lambda: SERVICES | {"timestamp": begun}, compressed=False)
    fleet.write("srv1")
    layout = 'host = "srv1"\ngrid = "memory"\n'
    terminal = fleet.dashboard.terminal("--host", "srv1", layout=layout, size=(80, 20))
    terminal.wait_for("Physical")
    terminal.send("z")
    # Of five minutes in 150 columns, each stands for two seconds: without what goes on the curve would be one of them.
    terminal.wait_for(re.compile("⣿⣿⣿"), timeout=40)
    assert "if-none-match" in fleet["srv1"].stub.requests[6128][-1].headers


def test_a_host_that_comes_while_a_newer_plugin_loads(fleet, plugin_folder):
    """It was asked of the old worker, which has ended without an answer."""
    newer = ("    (void)config;", "    (void)config;\n    usleep(1500000);")
    plugin_folder.add("papers", papers(slow(700000)))
    fleet.configure('columns = ["papers.size"]')
    fleet.write("srv1")
    with (fleet.folder / "hosts.toml").open("a") as file:
        file.write('[host.here1]\nsource = "local"\n')
    terminal = fleet.dashboard.terminal("--plugins", plugin_folder, size=(150, 16))
    terminal.wait_for(row_is("srv1", r"online +\d"), timeout=20)
    plugin_folder.add("papers", papers(newer, ("(double)length +", "1000000 + (double)length +")))
    time.sleep(0.4)
    fleet.write("srv1", "srv2", more='[host.here1]\nsource = "local"\n')
    for name in ("srv1", "srv2"):
        terminal.wait_for(row_is(name, r"online +1\.00M "), timeout=20)


def test_a_host_that_is_away_when_it_is_opened_says_so(fleet):
    """Its last document has no GPU; that is not why there is nothing new."""
    services = json.loads(json.dumps(SERVICES))
    for key in ("gpu_load_percent", "gpu_temp_c"):
        services["summary"].pop(key, None)
    fleet["srv1"].documents["services"] = services
    layouts = fleet.folder / "layouts"
    layouts.mkdir()
    (layouts / "srv1.layout").write_text('grid = "memory gpu"\n')
    terminal = fleet.open(size=(110, 14))
    fleet["srv1"].go()
    terminal.wait_for(row_is("srv1", "unreachable"))
    terminal.send("Space")
    terminal.wait_for("paused")
    terminal.send("Home", "Enter")
    lines = terminal.wait_for(lambda lines: "srv1" in lines[0] and "GPU" in "\n".join(lines))
    lines = terminal.settle()
    assert not any("reports no GPU" in line for line in lines), lines
    assert any("Physical" in line for line in lines), lines
