"""The simulated fleet: every value follows from the host and the moment."""

import json

import pytest

EVENING = "2026-03-01T21:00:00Z"


def shown(dashboard, host, time=EVENING, **more):
    done = dashboard.run("snapshot", "--demo", "--host", host, "--time", time, "--format", "json", **more)
    assert done.returncode == 0, done.stderr
    return done.stdout, {widget["widget"]: widget for widget in json.loads(done.stdout)["widgets"]}


def values(widget, instance):
    row = next(row for row in widget["instances"] if row["instance"] == instance)
    return {name: metric["value"] for name, metric in row["metrics"].items() if "_usual_" not in name}


def test_a_moment_has_its_values(dashboard):
    output, widgets = shown(dashboard, "cmbox")
    assert {widget["host"] for widget in widgets.values()} == {"cmbox"}
    assert all(widget["error"] is None for widget in widgets.values()), widgets
    assert widgets["nvme"]["status"] == "warning"
    assert {name: widget["status"] for name, widget in widgets.items() if name != "nvme"} == dict.fromkeys(
        ["cpu", "memory", "gpu", "backup", "services"], "ok")  # fmt: skip
    worn = values(widgets["nvme"], "nvme1n1")
    assert (worn["wear"], worn["temperature"], worn["verdict"]) == (71, 42, "warning")
    assert values(widgets["cpu"], "total") == {
        "load1": 3, "load5": 2.81, "load15": 2.55, "frequency": 1653e6, "temperature": 45}  # fmt: skip
    assert values(widgets["gpu"], "gpu") == {"load": 6, "temperature": 38}
    assert values(widgets["memory"], "total")["used_percent"] == pytest.approx(37.577226)
    assert values(widgets["backup"], "backup")["last"] == 1772338430
    assert values(widgets["services"], "syncthing")["memory"] == pytest.approx(205.2 * 2**20)
    again, _ = shown(dashboard, "cmbox", env={"TZ": "Asia/Tokyo"})
    assert again == output


def test_a_service_that_has_failed(dashboard):
    _, widgets = shown(dashboard, "srv01", "2026-03-01T21:11:00Z")
    assert widgets["services"]["status"] == "critical"
    assert values(widgets["services"], "immich")["state"] == "stopped"


def test_a_host_that_is_away(dashboard):
    _, widgets = shown(dashboard, "labbox", "2026-03-01T21:08:00Z")
    ports = {"nvme": 6127, "services": 6128, "cpu": 6128, "memory": 6128, "backup": 6129}
    for name, port in ports.items():
        assert widgets[name]["error"]["message"].startswith(f"labbox:{port} accepted no connection within 4s;")


def test_the_fleet_on_one_screen(dashboard):
    done = dashboard.run("snapshot", "--demo", "--time", EVENING, "--size", "120x20")
    assert done.returncode == 0, done.stderr
    # Below the rows the selected host is described.
    lines = done.stdout.splitlines()[::-1]
    rows = {name: line for line in lines for name in line.split() if name.endswith(("box", "01"))}
    assert {"srv01", "cmbox", "labbox", "simonbox", "steambox"} <= set(rows)
    assert "71%" in rows["cmbox"]
    assert "8/8" in rows["srv01"]
    assert "failed" in rows["labbox"]


def test_more_hosts(dashboard):
    done = dashboard.run(
        "snapshot", "--demo-hosts", 9, "--host", "desk08", "--time", EVENING, "--format", "json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {widget["host"] for widget in json.loads(done.stdout)["widgets"]} == {"desk08"}


def test_what_cannot_be_simulated(dashboard):
    assert dashboard.wrong("snapshot", "--demo-hosts", 0) == [
        "cm-dashboard: --demo-hosts 0 is out of range; expected 1 to 10000"]  # fmt: skip
    assert dashboard.wrong("snapshot", "--demo", "--config", dashboard.folder) == [
        "cm-dashboard: --demo has hosts and settings of its own; leave out --config"]  # fmt: skip
    assert dashboard.wrong("snapshot", "--demo", "--host", "smbox") == [
        'cm-dashboard: there is no host "smbox" in the demo; expected one of '
        'srv01, cmbox, labbox, simonbox, steambox; did you mean "cmbox"?']  # fmt: skip
