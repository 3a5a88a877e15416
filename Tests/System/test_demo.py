"""The simulated fleet: always the same at the same moment, and what goes wrong in it is seen."""

import json

EVENING = "2026-03-01T20:30:00Z"


def snapshot(dashboard, *arguments, time=EVENING):
    done = dashboard.run("snapshot", "--time", time, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_the_same_at_the_same_moment(dashboard):
    first, second = (snapshot(dashboard, "--demo", "--layout", "overview", "--size", "140x12") for _ in range(2))
    assert first == second
    assert snapshot(dashboard, "--demo", "--layout", "overview", "--size", "140x12", time="2026-03-02T03:00:00Z") != first


def test_the_five_hosts_stand_in_the_overview(dashboard):
    lines = snapshot(dashboard, "--demo", "--layout", "overview", "--size", "140x12").splitlines()
    # By role, which is named once for all that have it.
    for host, role in [("srv01", "server"), ("cmbox", "workstation"), ("labbox", "lab"), ("simonbox", "gaming"),
                       ("steambox", "")]:  # fmt: skip
        row = next(line for line in lines if f" {host} " in line)
        assert row.split()[1] == role if role else "gaming" not in row
        assert "online" in row
    # A drive that wears out, and a backup that has failed.
    assert "⚠" in next(line for line in lines if " cmbox " in line)
    assert "❌" in next(line for line in lines if " labbox " in line)


def test_a_host_has_its_own_layout_and_values(dashboard):
    widgets = json.loads(snapshot(dashboard, "--demo", "--host", "cmbox", "--format", "json"))["widgets"]
    assert {widget["host"] for widget in widgets} == {"cmbox"}
    drives = next(widget for widget in widgets if widget["plugin"] == "nvme")
    wear = {row["instance"]: row["metrics"]["wear"] for row in drives["instances"]}
    assert wear == {
        "nvme0n1": {"value": 12, "unit": "percent", "status": "ok"},
        "nvme1n1": {"value": 71, "unit": "percent", "status": "warning"},
    }


def test_a_host_goes_away_and_returns(dashboard):
    def state(time):
        lines = snapshot(dashboard, "--demo", "--layout", "overview", "--size", "140x12", time=time).splitlines()
        return "unreachable" in next(line for line in lines if " labbox " in line)

    states = [state(f"2026-03-01T20:{minute:02}:15Z") for minute in range(0, 20, 1)]
    assert True in states and False in states


def test_a_number_that_cannot_be(dashboard):
    for count in ("0", "1000000"):
        (line,) = dashboard.wrong("snapshot", "--demo-hosts", count)
        assert f"--demo-hosts {count} is out of range" in line


def test_a_thousand_hosts(dashboard):
    text = snapshot(dashboard, "--demo-hosts", "1000", "--layout", "overview", "--size", "140x12")
    assert "/1000" in text
