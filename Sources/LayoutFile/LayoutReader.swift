import Core

/// Reads the text of a layout file and reports all its mistakes.
public enum LayoutReader {
    public struct Result: Sendable {
        /// The layout; nil where there is an error. Warnings do not prevent it.
        public var layout: Layout?
        /// Every widget that could be read, even where there are errors, so that its options can be checked too.
        public var widgets: [WidgetConfiguration]
        /// All mistakes in the order of the file.
        public var problems: [Problem]
    }

    /// The largest file in bytes. Layouts have a few kilobytes; a larger file is a mistake of the user.
    public static let maximumSize = 1 << 20

    /// Reads a layout.
    ///
    /// - Parameters:
    ///   - source: the name of the file as the user gave it, for messages.
    ///   - themes: the allowed names of `theme`; empty: any.
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
