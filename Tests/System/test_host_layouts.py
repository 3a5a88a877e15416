"""What is watched on a host is what its own layout says, by its limits; and a host that is opened is not asked twice."""

import time

from stub_fleet import row_is, tells

LAYOUT = """
title = "srv1"
grid = "{grid}"
[widget.nvme]
wear_warning = {warning}
wear_critical = 95
"""


def save(fleet, host, grid="nvme", warning=70):
    folder = fleet.folder / "layouts"
    folder.mkdir(exist_ok=True)
    new = folder / f"{host}.new"
    new.write_text(LAYOUT.format(grid=grid, warning=warning))
    new.replace(folder / f"{host}.layout")


def test_a_hosts_own_layout_judges_its_row(fleet):
    for host in ("srv1", "srv2"):
        fleet[host].wears(60)
    save(fleet, "srv1", warning=50)
    terminal = fleet.open(refresh="1d")
    terminal.wait_for(row_is("srv1", " 60%", sign="⚠"))
    assert row_is("srv2", " 60%", sign="✅")(terminal.lines())


def test_only_what_a_hosts_own_layout_names_is_watched(fleet):
    """And what a column of the overview shows, which is here but the drives."""
    save(fleet, "srv1", grid="nvme")
    fleet.configure('columns = ["nvme.wear"]')
    terminal = fleet.open(refresh="1d")
    document = fleet.dashboard.snapshot(fleet.dashboard.layout('grid = "hosts"\n'), time=None)
    plugins = {name: set() for name in fleet.hosts}
    for widget in document["widgets"]:
        plugins[widget["host"]].add(widget["plugin"])
    assert plugins["srv1"] == {"nvme"}
    assert plugins["srv2"] >= {"nvme", "services", "memory", "cpu", "backup"}
    assert all("/" not in widget["widget"] for widget in document["widgets"])
    terminal.settle()


def test_a_hosts_layout_that_is_saved_judges_anew_without_a_question(fleet):
    fleet["srv1"].wears(60)
    save(fleet, "srv1", warning=70)
    terminal = fleet.open(refresh="1d")
    assert row_is("srv1", " 60%", sign="✅")(terminal.lines())
    asked = fleet["srv1"].asked
    save(fleet, "srv1", warning=50)
    terminal.wait_for(row_is("srv1", " 60%", sign="⚠"))
    assert fleet["srv1"].asked == asked


def test_a_mistake_in_a_hosts_layout_is_told_in_the_overview(fleet):
    fleet["srv1"].wears(60)
    save(fleet, "srv1", warning=50)
    terminal = fleet.open(refresh="1d", size=(150, 20))
    terminal.wait_for(row_is("srv1", " 60%", sign="⚠"))
    (fleet.folder / "layouts/srv1.layout").write_text('titel = "srv1"\ngrid = "nvme"\n')
    terminal.wait_for(lambda lines: "srv1.layout:1:1: error: unknown key" in " ".join(lines))
    # The last good one goes on, with its limits.
    assert row_is("srv1", " 60%", sign="⚠")(terminal.lines())
    # What only the plugin knows to be wrong stands in the row too.
    save(fleet, "srv1", warning='"much"')
    terminal.wait_for(row_is("srv1", "nvme: "))
    terminal.wait_for(lambda lines: "srv1.layout:5:16: error" in " ".join(lines))
    save(fleet, "srv1", warning=70)
    terminal.wait_for(row_is("srv1", " 60%", sign="✅"))


def test_opening_a_host_asks_it_nothing_and_shows_its_values_at_once(fleet):
    terminal = fleet.open(refresh="1d")
    asked = fleet["srv1"].asked
    terminal.send("Enter")
    terminal.wait_for(lambda lines: "Wear" in " ".join(lines) and " 4%" in " ".join(lines))
    terminal.settle()
    assert fleet["srv1"].asked == asked
    terminal.send("H")
    terminal.wait_for(row_is("srv1", " 4% "))
    assert fleet["srv1"].asked == asked


def test_a_layout_that_is_saved_a_hundred_times_a_second(dashboard):
    path = dashboard.layout('title = "One"\ngrid = "cpu"\n')
    terminal = dashboard.terminal(layout=path)
    terminal.wait_for("One")
    deadline = time.monotonic() + 3
    number = 0
    while time.monotonic() < deadline:
        number += 1
        path.write_text(f'title = "Number {number}"\ngrid = "cpu"\n')
        time.sleep(0.01)
        if number == 200:
            # It does not wait until somebody stops saving.
            assert any("Number" in line for line in terminal.lines()), terminal.lines()
    terminal.wait_for(f"Number {number}")
    assert not tells("error")(terminal.lines())
