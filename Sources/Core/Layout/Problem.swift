/// One mistake in a file, in the form of a compiler's message.
public struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// Whether the file can be used in spite of the problem.
    public enum Severity: String, Sendable {
        case error, warning
    }

    /// Error or warning.
    public var severity: Severity
    /// The name of the file, as the user gave it.
    public var source: String
    /// Where the mistake is; unknown for one of the whole file.
    public var position: Position
    /// The mistake, without a full stop.
    public var message: String
    /// What is allowed instead, to follow the word "expected".
    public var expected: String?
    /// The allowed word nearest to the wrong one.
    public var suggestion: String?

    public init(
        _ severity: Severity = .error, source: String, position: Position = Position(), message: String,
        expected: String? = nil, suggestion: String? = nil
    ) {
        self.severity = severity
        self.source = source
        self.position = position
        self.message = message
        self.expected = expected
        self.suggestion = suggestion
    }

    /// The whole message: `srv01.layout:14:3: error: unknown key "evry"; did you mean "every"?`
    public var description: String {
        var text = Problem.printable(source)
        if position.line > 0 { text += ":\(position.line)" }
        if position.line > 0, position.column > 0 { text += ":\(position.column)" }
        text += ": \(severity.rawValue): \(message)"
        if let expected { text += "; expected \(expected)" }
        if let suggestion { text += "; did you mean \(Problem.quoted(suggestion))?" }
        return text
    }

    /// The line that the problem stands in with a caret beneath it, or nil where there is nothing to show:
    ///
    ///     14 | evry = "30s"
    ///        | ^
    public func excerpt(of text: String) -> String? {
        guard position.line > 0, position.column > 0 else { return nil }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard position.line <= lines.count else { return nil }
        var line = String(lines[position.line - 1]) ?? ""
        if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
        guard !line.isEmpty, !line.utf8.contains(0) else { return nil }
        // Of a very long line the part around the mistake is shown.
        let skipped = position.column > 100 ? position.column - 40 : 0
        var (shown, marker) = ("", "")
        for (index, scalar) in line.unicodeScalars.enumerated()
        where index >= skipped && index < skipped + 140 {
            let sign = scalar == "\t" ? " " : Problem.printable(String(scalar))
            shown += sign
            guard index < position.column - 1 else { continue }
            marker += String(repeating: " ", count: Problem.isWide(scalar) ? 2 : sign.unicodeScalars.count)
        }
        let number = "\(position.line)"
        let margin = String(repeating: " ", count: number.utf8.count)
        return "\(number) | \(shown)\n\(margin) | \(marker)^"
    }

    /// The problem that a widget's plugin is not installed.
    public static func unknownPlugin(
        _ widget: WidgetConfiguration, available: [String], source: String
    ) -> Problem {
        let names = available.sorted().joined(separator: ", ")
        return Problem(
            source: source, position: widget.pluginPosition,
            message:
                "widget \(quoted(widget.name)) needs plugin \(quoted(widget.plugin)), which is not installed",
            expected: available.isEmpty ? "a plugin, but none was found" : "one of \(names)",
            suggestion: Spelling.nearest(to: widget.plugin, in: available))
    }

    /// The text in quotes, with control characters replaced, and cut after 57 characters where it exceeds 60.
    public static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > 60 else { return "\"\(printable(text))\"" }
        return "\"\(printable(String(String.UnicodeScalarView(scalars.prefix(57)))))…\""
    }

    /// The text with control characters and others that cannot be seen replaced by their code (``code(of:)``).
    public static func printable(_ text: String) -> String {
        // Most texts are ASCII, of which only control characters are hidden.
        guard text.unicodeScalars.contains(where: { isHidden($0, after: nil) }) else { return text }
        var result = ""
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if isHidden(scalar, after: last) {
                result += code(of: scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
            last = scalar
        }
        return result
    }

    /// Whether a scalar must not be printed: control characters, and those that change the direction of text or
    /// separate lines, since a name must not affect the text around it.
    public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
        default: false
        }
    }

    /// Whether a scalar cannot be seen in its place, so that two texts would look alike.
    private static func isHidden(_ scalar: Unicode.Scalar, after last: Unicode.Scalar?) -> Bool {
        if isControl(scalar) { return true }
        guard scalar.value >= 0xa0 else { return false }
        let properties = scalar.properties
        guard properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format else {
            return false
        }
        switch scalar.value {
        // What these do to an emoji is seen.
        case 0x200d, 0xfe0f:
            return !(last.map { $0.value == 0xfe0f || $0.value > 0xff && $0.properties.isEmoji } ?? false)
        default: return true
        }
    }

    /// Whether a scalar is about two cells wide; an approximation for the position of the caret.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xff00...0xff60,
            0x1f300...0x1faff:
            true
        default: false
        }
    }

    /// The code of a scalar: `U+001B`.
    public static func code(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(4 - digits.utf8.count, 0)) + digits
    }
}
