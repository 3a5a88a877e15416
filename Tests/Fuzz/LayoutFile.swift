import Core
import LayoutFile

/// A layout file: whatever is in it, there is a layout, or a mistake with its place.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLayout(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = Array(UnsafeRawBufferPointer(start: data, count: size))
    let result = LayoutReader.read(bytes: bytes, source: "fuzz.layout", themes: ["light", "dark"])
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).count
    for problem in result.problems {
        require(problem.position.line <= lines, "a mistake behind the end: \(problem)")
        for scalar in problem.description.unicodeScalars {
            require(scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value), "a control character")
        }
        _ = problem.excerpt(of: text)
    }
    require(
        (result.layout == nil) == result.problems.contains { $0.severity == .error },
        "neither a layout nor a mistake, or both")
    guard let layout = result.layout else { return 0 }
    for area in [Rect(x: 0, y: 1, width: 80, height: 22), Rect(x: 0, y: 0, width: 1000, height: 300)] {
        for (name, rect) in layout.place(in: area) ?? [] {
            require(
                rect.x >= area.x && rect.y >= area.y && rect.x + rect.width <= area.x + area.width
                    && rect.y + rect.height <= area.y + area.height && rect.width > 0 && rect.height > 0,
                "\(name) at \(rect)")
        }
    }
    for widget in layout.widgets {
        _ = OptionChecker.check(widget, against: Example.description, source: "fuzz.layout")
        require(widget.ticks(refresh: layout.refresh) > 0, "never collected")
    }
    return 0
}
