"""Runs a built plugin in Tests/Support/probe.c, the smallest host.

For what needs two collects with a change in between, which the real program's clock would make a matter of
luck, and for pictures without frame and theme.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(os.environ.get("PROBE_PLUGINS", ROOT / "build/lib/cm-dashboard/plugins"))
SAMPLE = re.compile(r"^(.{16,}?) +([a-z][a-z0-9_]*) +(.*)  \[(-|ok|warning|critical|unknown)\]$")

_built = None


def program():
    """The path of the compiled probe."""
    global _built
    if _built is None:
        _built = tempfile.TemporaryDirectory()
        subprocess.run(
            [
                "gcc",
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-O1",
                "-o",
                f"{_built.name}/probe",
                str(ROOT / "Tests/Support/probe.c"),
                f"-I{ROOT}/Sources/PluginAPI/include",
                "-ldl",
                "-lm",
            ],
            check=True,
        )
    return f"{_built.name}/probe"


class Probe:
    """One run: `samples` as {(instance, metric): (value as text, status)}, `picture` as lines, `output`."""

    def __init__(self, plugin, root, *options, size="76x10", ticks=1, interval=1, between="", expect=0):
        command = [
            program(),
            str(
                PLUGINS / f"{plugin}.so"
                if (PLUGINS / f"{plugin}.so").exists()
                else PLUGINS / f"lib{plugin}.so"
            ),
            "--root",
            str(root),
            "--time",
            "1772366400",
            "--size",
            size,
            "--ticks",
            str(ticks),
            "--interval",
            str(interval),
            "--no-sleep",
            *options,
        ]
        if between:
            command += ["--between", between]
        environment = os.environ | {"TZ": "UTC"}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        self.output = run.stdout
        assert run.returncode == expect, run.stdout + run.stderr
        self.samples = {}
        for line in self.output.splitlines():
            if match := SAMPLE.match(line):
                self.samples[match[1].strip(), match[2]] = (match[3].strip(), match[4])
        self.picture = [line[1:-1].rstrip() for line in self.output.splitlines() if line.startswith("|")]

    def number(self, instance, metric):
        return float(self.samples[instance, metric][0].split()[0])
