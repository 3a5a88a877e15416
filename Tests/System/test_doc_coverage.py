"""scripts/doc-coverage.py, which make check calls, counts what it says that it counts."""

import pathlib
import subprocess
import sys

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "doc-coverage.py"

SOURCE = """\
/// A point.
public struct Point {
    /// Columns.
    @available(*, deprecated)
    public var x: Int
    public private(set) var y: Int

    public init(x: Int, y: Int) {
        self.x = x
        self.y = y
    }

    public init(diagonal: Int) {
        self.init(x: diagonal, y: diagonal)
    }

    func hidden() {}
}

/// A shape.
public protocol Shape {
    func area() -> Double
}
"""


def coverage(folder, *arguments):
    command = [sys.executable, str(SCRIPT), *arguments, str(folder), str(folder / "missing")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_lists_what_lacks_a_comment_and_fails_below_the_percentage(tmp_path):
    (tmp_path / "Point.swift").write_text(SOURCE)
    result = coverage(tmp_path, "--at-least", "60")
    *missing, total = result.stdout.splitlines()
    # Documented: Point, x, the memberwise initialiser, Shape.
    assert [line.split(":")[1] for line in missing] == ["6", "13", "22"]
    assert total == f"{tmp_path}: 4 of 7 public declarations documented, 57.1 % (below 60 %)"
    assert result.returncode == 1
    assert coverage(tmp_path, "--at-least", "57").returncode == 0


def test_leaves_out_excluded_folders(tmp_path):
    (tmp_path / "Other").mkdir()
    (tmp_path / "Other" / "Point.swift").write_text(SOURCE)
    result = coverage(tmp_path, "--at-least", "100", "--exclude", str(tmp_path / "Other"))
    assert result.returncode == 0
    assert result.stdout == f"{tmp_path}: 0 of 0 public declarations documented, 100.0 %\n"


def test_counts_witnesses_of_documented_requirements(tmp_path):
    (tmp_path / "Package.swift").touch()
    for folder in ["Shapes", "Squares"]:
        (tmp_path / "Sources" / folder).mkdir(parents=True)
    (tmp_path / "Sources" / "Shapes" / "Shape.swift").write_text(
        """\
/// A shape.
public protocol Shape: AnyObject {
    /// Returns the area in square metres.
    func area() -> Double
    func name() -> String
}
"""
    )
    (tmp_path / "Sources" / "Squares" / "Square.swift").write_text(
        """\
/// A square.
public final class Square: Drawable, Shape {
    public func area() -> Double { 1 }
    public func name() -> String { "square" }
}

/// A circle without the protocol.
public final class Circle {
    public func area() -> Double { 3 }
}
"""
    )
    *missing, _ = coverage(tmp_path / "Sources" / "Squares").stdout.splitlines()
    # The square's area is documented by the protocol; `name` is documented nowhere.
    assert [line.split(":")[1] for line in missing] == ["4", "9"]
