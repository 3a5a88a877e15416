"""Pictures keep their promise at every size: a sign never stands without its reason, and no number is cut.

The reason is the figure or the words of a value with the worst status of its widget. Which value that is, the test
decides by limits: it makes one metric after another the only one that is critical.
"""

import json
import math
import re
import shutil
from pathlib import Path

import pytest
from conftest import FIXTURES
from probe import Probe
from stub_host import BACKUPS, DRIVES, SERVICES

# The smallest terminal, a small one, and so on to a large one.
SIZES = ["20x5", "24x8", "40x12", "60x20", "80x24", "120x40", "200x60"]
PLUGINS = {"drives": "nvme", "memory": "memory", "cpu": "cpu", "services": "services", "gpu": "gpu"}
MACHINES = sorted(path.name for path in FIXTURES.iterdir() if path.name.split("-")[0] in PLUGINS and "-" in path.name)

# A digit, the point in a number, and the ellipsis that would take the rest of it.
CUT = re.compile(r"[0-9][.,]?…")
# What is drawn for a metric beside or instead of its own number.
INSTEAD = {
    "load_per_core": ["load5"], "temperature_margin": ["temperature"], "heat": ["temperature"],
    "memory_percent": ["memory"], "disk_percent": ["disk"], "errors": ["findings"], "memory": ["memory_used"],
}  # fmt: skip


def plugin_of(machine):
    return PLUGINS[machine.split("-")[0]]


def layout(plugin, *options):
    return "\n".join([f'grid = "{plugin}"', f"[widget.{plugin}]", *options, ""])


def digits(value, decimals):
    """A number with so many decimals, rounded and rounded down and up."""
    scale = 10**decimals
    return {f"{f(value * scale) / scale:.{decimals}f}" for f in (round, math.floor, math.ceil, lambda x: int(x + 0.5))}


def forms(value, unit):
    """How a value may be written."""
    if isinstance(value, str):
        # Words may be shortened, but not to less than the first of them.
        return {value.split(" ")[0][:14]}
    if unit == "bytes":
        found = set()
        for power, letter in enumerate("BKMGTPE"):
            scaled = value / 1024**power
            if 0.5 <= scaled < 1024 or value == 0 and power == 0:
                found |= {text + letter for decimals in (0, 1, 2) for text in digits(scaled, decimals)}
        return found
    suffix = {"percent": "%", "celsius": "°"}.get(unit, "")
    found = {text + suffix for decimals in (0, 1, 2) for text in digits(value, decimals)}
    if value >= 1000:
        found |= {text + "k" + suffix for decimals in (0, 1) for text in digits(value / 1000, decimals)}
    return found


def reasons(metrics, status):
    """All forms of the values that have a status, by metric."""
    found = {}
    for name, cell in metrics.items():
        if cell["status"] == status:
            found[name] = set()
            for shown in [name, *INSTEAD.get(name, [])]:
                if shown in metrics:
                    found[name] |= forms(metrics[shown]["value"], metrics[shown].get("unit", ""))
    return found


def stands(form, text):
    """Whether a form stands in a text, and not as a part of another number."""
    return re.search(r"(?<![0-9.])" + re.escape(form) + ("(?![0-9.])" if form[-1:].isdigit() else ""), text)


def is_told(widget, text):
    """Whether the text tells a value that has the widget's status."""
    told = [
        form
        for instance in widget["instances"]
        for metric in reasons(instance["metrics"], widget["status"]).values()
        for form in metric
    ]
    return any(stands(form, text) for form in told)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_captured_machine(dashboard, machine):
    """At every size the reason of a warning stands in the picture, and no number is cut."""
    root, text = FIXTURES / machine, layout(plugin_of(machine))
    (widget,) = dashboard.snapshot(text, root=root)["widgets"]
    for size in SIZES:
        picture = "\n".join(dashboard.text(text, root=root, size=size))
        assert not CUT.search(picture), f"a number is cut at {size}\n{picture}"
        if widget["status"] in ("warning", "critical"):
            assert is_told(widget, picture), f"a sign without its reason at {size}\n{picture}"


LIMITS = {
    "cpu": ["use", "steal", "load_per_core", "temperature", "temperature_margin", "pressure_cpu", "pressure_io",
            "fs_percent", "fs_inodes_percent"],
    "memory": ["used_percent", "swap_percent", "tmpfs_percent", "pressure_some", "pressure_full", "oom_kills_hour"],
    "nvme": ["wear", "temperature", "spare", "errors"],
    "services": ["cpu", "memory", "memory_percent", "disk", "disk_percent"],
    "gpu": ["memory", "temperature"],
}  # fmt: skip
LOWER_IS_WORSE = {"temperature_margin", "spare"}


def guilty(dashboard, machine, metric):
    """A layout in which one metric of one instance is critical, and no other one is; nil where the machine has none."""
    plugin = plugin_of(machine)
    options = ["drive_limits = false"] if plugin == "nvme" else []
    for other in LIMITS[plugin]:
        options += [f"{other}_warning = false", f"{other}_critical = false"]
    (widget,) = dashboard.snapshot(layout(plugin, *options), root=FIXTURES / machine)["widgets"]
    values = [
        i["metrics"][metric]["value"] for i in widget["instances"]
        if metric in i["metrics"] and isinstance(i["metrics"][metric]["value"], (int, float))
    ]  # fmt: skip
    # No device counts beyond 64 bits.
    if not values or widget["status"] == "critical" or max(values) >= 2**64:
        return None
    limit = (min if metric in LOWER_IS_WORSE else max)(values)
    options.remove(f"{metric}_critical = false")
    return layout(plugin, *options, f"{metric}_critical = {limit!r}")


@pytest.mark.parametrize("metric", [f"{plugin}.{metric}" for plugin in LIMITS for metric in LIMITS[plugin]])
def test_every_metric_may_be_the_reason(dashboard, metric):
    """Whatever is critical is told, at every size, in the machine of each plugin that has most to draw."""
    plugin, metric = metric.split(".")
    tried = 0
    for machine in [name for name in MACHINES if plugin_of(name) == plugin]:
        text = guilty(dashboard, machine, metric)
        if text is None:
            continue
        (widget,) = dashboard.snapshot(text, root=FIXTURES / machine)["widgets"]
        assert widget["status"] == "critical", widget
        tried += 1
        for size in SIZES[:5]:
            picture = "\n".join(dashboard.text(text, root=FIXTURES / machine, size=size))
            assert is_told(widget, picture), f"{machine} at {size}\n{picture}"
    if not tried:
        pytest.skip("no captured machine has it")


def test_a_drive_says_why_it_is_marked_in_a_narrow_table(dashboard):
    lines = dashboard.text(layout("nvme"), root=FIXTURES / "drives-failing", size="40x12")
    marked = [line for line in lines if re.match(r"│ (❌|⚠)", line)]
    assert marked
    for line in marked:
        assert re.search(r"[0-9]|FAIL|error|sector", line.split("  ", 2)[-1]), line


# Numbers.


def served(tmp_path, plugin, kind, document, **more):
    path = tmp_path / f"{plugin}.json"
    path.write_text(json.dumps(document))
    return Probe(plugin, "", "--host", "srv01", "--ingest", f"{kind}={path}", **more)


def test_one_meaning_of_g(tmp_path):
    """62 GB of a drive, of a service and of a backup are the same bytes, so they read the same."""
    drive = dict(DRIVES["drives"][0], used_gb=62.0)
    drives = served(tmp_path, "nvme", "drives", DRIVES | {"drives": [drive]}, size="60x8")
    service = dict(SERVICES["services"][0], disk_used_gb=62.0)
    services = served(tmp_path, "services", "services", SERVICES | {"services": [service]}, size="76x8")
    backup = BACKUPS | {"backup": BACKUPS["backup"] | {"size_gb": 62.0}}
    backups = served(tmp_path, "backup", "backups", backup, size="60x8")
    for found, instance, metric in (
        (drives, "nvme0n1", "used"), (services, service["name"], "disk"), (backups, "backup", "size"),
    ):  # fmt: skip
        assert found.number(instance, metric) == 62e9
        assert "57.7G" in "\n".join(found.picture)
        assert "62.0G" not in "\n".join(found.picture)


@pytest.mark.parametrize("percent, figure, status", [
    (84.96, "84.9%", "ok"), (84.4, "84%", "ok"), (85, "85%", "warning"), (94.96, "94.9%", "warning"),
    (94.6, "94.6%", "warning"), (95, "95%", "critical"), (99.96, "100%", "critical"),
])  # fmt: skip
@pytest.mark.parametrize("size", ["76x8", "36x4", "18x3"])
def test_a_figure_stands_on_its_side_of_the_limit(tmp_path, percent, figure, status, size):
    summary = SERVICES["summary"] | {"system_memory_used_mb": percent, "system_memory_total_mb": 100}
    found = served(
        tmp_path, "memory", "services", SERVICES | {"summary": summary}, size=size)  # fmt: skip
    assert found.samples["total", "used_percent"][1] == status
    assert stands(figure, "\n".join(found.picture)), found.picture


# Widgets that the machine has nothing for.

SIX = """grid = \"\"\"
  cpu      memory
  nvme     gpu
  services backup
\"\"\"
"""


def frames(lines):
    """The titles of the frames, as they stand from left to right and from top to bottom."""
    return [title for line in lines for title in re.findall(r"╭─ \S+ +([A-Za-z][A-Za-z ]*?) ─", line)]


@pytest.fixture
def bare(tmp_path):
    """A machine without drives, card and backup."""
    root = Path(shutil.copytree(FIXTURES / "srv01", tmp_path / "bare", symlinks=True))
    for name in ("nvme0n1", "sda"):
        shutil.rmtree(root / "sys/block" / name)
    for path in root.glob("commands/smartctl*"):
        path.unlink()
    return root


def test_what_a_machine_does_not_have_takes_a_line(dashboard, bare):
    """Three frames and three lines at 80x24."""
    lines = dashboard.text(SIX, root=bare, size="80x24")
    assert frames(lines) == ["CPU", "Memory", "Services Status"]
    absent = [line for line in lines if not line.startswith(("╭", "│", "╰"))]
    for title in ("NVMe Health", "GPU", "Backup Status"):
        assert any(title in line for line in absent), lines
    # The services have the whole width.
    assert any(re.match(r"╭─ 🔧 Services Status ─[^╮]*╮$", line) for line in lines), lines


def test_absent_widgets_share_a_line_where_room_is_short(dashboard, bare):
    lines = dashboard.text(SIX, root=bare, size="40x12")
    absent = [line for line in lines[1:-1] if not line.startswith(("╭", "│", "╰"))]
    assert len(absent) == 1 and "GPU" in absent[0], lines


def test_a_layout_keeps_the_frames(dashboard, bare):
    lines = dashboard.text('absent = "frame"\n' + SIX, root=bare, size="80x24")
    assert len(frames(lines)) == 6, lines


def test_a_widget_alone_keeps_its_frame(dashboard):
    lines = dashboard.text(layout("gpu"), root=FIXTURES / "gpu-none", size="80x24")
    assert frames(lines) == ["GPU"], lines


def test_a_fault_is_not_folded(dashboard):
    """A plugin that is missing is no absent thing."""
    lines = dashboard.text('grid = "cpu nothing"\n', root=FIXTURES / "srv01", size="80x24")
    assert sum(line.count("╭") for line in lines) == 2, lines


def test_a_wrong_word_for_absent(dashboard):
    done = dashboard.run("layout", "check", dashboard.layout('absent = "hide"\ngrid = "cpu"\n'))
    assert done.returncode == 1 and 'one of line, frame' in done.stdout + done.stderr, done
