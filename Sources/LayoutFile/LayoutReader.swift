import Core
import TOMLKit

/// Reads a layout file's text, and tells all its mistakes at once.
public enum LayoutReader {
    public struct Result: Sendable {
        /// nil when there is an error; warnings do not count.
        public var layout: Layout?
        /// Every widget that could be understood, also beside errors, so that its options can be checked too.
        public var widgets: [WidgetConfiguration]
        /// In the order of the file.
        public var problems: [Problem]
    }

    /// A layout is a page or two; a whole disk image is somebody's mistake.
    public static let maximumSize = 1 << 20

    /// - Parameters:
    ///   - source: the file's name, as the user gave it, for messages.
    ///   - themes: the names that `theme` may have; empty: any.
    public static func read(text: String, source: String, themes: [String] = []) -> Result {
        read(bytes: Array(text.utf8), source: source, themes: themes)
    }

    public static func read(bytes: [UInt8], source: String, themes: [String] = []) -> Result {
        if let problem = Encoding.problem(in: bytes, source: source) { return failure([problem]) }
        let index = KeyIndex(bytes)
        let nodes: [Node]
        do {
            let sound = bytes[..<(index.surprise?.statement ?? bytes.count)]
            nodes = try Document.read(String(decoding: sound, as: UTF8.self), index: index)
            if let surprise = index.surprise { return failure([Syntax.problem(surprise, source: source)]) }
        } catch {
            return failure(limited(Syntax.problems(error, index: index, source: source), source: source))
        }
        var builder = LayoutBuilder(source: source, themes: themes)
        for control in index.controls {
            builder.report(control.position, "control character \(Problem.code(of: control.scalar))")
        }
        let layout = builder.layout(from: nodes)
        let problems = limited(builder.problems, source: source)
        let hasErrors = problems.contains { $0.severity == .error }
        return Result(layout: hasErrors ? nil : layout, widgets: layout.widgets, problems: problems)
    }

    private static func failure(_ problems: [Problem]) -> Result {
        Result(layout: nil, widgets: [], problems: problems)
    }

    /// In the order of the file, and no more than anybody reads.
    private static func limited(_ problems: [Problem], source: String) -> [Problem] {
        let sorted = problems.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
        guard sorted.count > 100 else { return sorted }
        let rest = Problem(source: source, message: "\(sorted.count - 100) more mistakes are not listed")
        return sorted.prefix(100) + [rest]
    }
}
