import Core

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
        let file: ParsedFile
        do throws(ParsedFile.Mistakes) {
            file = try ParsedFile(bytes, source: source, limit: maximumSize, what: "a layout")
        } catch {
            return Result(layout: nil, widgets: [], problems: error.problems)
        }
        var builder = LayoutBuilder(source: source, themes: themes)
        builder.problems = file.problems
        let layout = builder.layout(from: file.nodes)
        let problems = builder.problems.sortedForReading(source: source)
        let hasErrors = problems.contains { $0.severity == .error }
        return Result(layout: hasErrors ? nil : layout, widgets: layout.widgets, problems: problems)
    }
}
