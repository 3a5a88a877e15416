"""Compiles HistoryProgram, which feeds the history with turned time and reads it again."""

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = ("Core", "Contract", "Engine", "Platform", "CPosix", "CSQLite")


def compiled(folder, scratch=None):
    """The program, with the modules that `swift build -c release` has left."""
    program = Path(folder) / "history"
    products = Path(scratch or os.environ.get("SCRATCH", REPOSITORY / ".build")).resolve() / "release"
    objects = [file for module in MODULES for file in products.glob(f"{module}.build/*.o")]
    maps = [f"-fmodule-map-file={file}" for name in ("CPosix", "CSQLite") for file in products.glob(f"{name}.build/*.modulemap")]
    sources = [*(REPOSITORY / "Tests/Support/HistoryProgram").glob("*.swift"), *(REPOSITORY / "Sources/History").rglob("*.swift")]
    command = [os.environ.get("SWIFT", "swift") + "c", "-O", "-wmo", "-swift-version", "6", "-parse-as-library", "-static-stdlib"]
    command += ["-module-name", "HistoryProgram", "-I", products / "Modules"]
    command += [word for option in maps for word in ("-Xcc", option)]
    subprocess.run([*map(str, command), "-o", str(program), *map(str, sources), *map(str, objects)], check=True)
    return str(program)
