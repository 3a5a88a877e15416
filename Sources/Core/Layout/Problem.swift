/// One mistake in a file, said as a compiler does.
public struct Problem: Sendable, Equatable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        case error, warning
    }

    public var severity: Severity
    /// The file, as the user named it.
    public var source: String
    public var position: Position
    /// What is wrong, without a full stop.
    public var message: String
    /// What would be right.
    public var expected: String?
    /// The nearest right word.
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

    /// `srv01.layout:14:3: error: unknown key "evry"; did you mean "every"?`
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
        // What is beyond the middle of a very long line is shown from a little before its mistake.
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

    /// A widget whose plugin is not among those that were found.
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

    /// In quotes, without anything that a terminal would act upon, and not endless.
    public static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > 60 else { return "\"\(printable(text))\"" }
        return "\"\(printable(String(String.UnicodeScalarView(scalars.prefix(57)))))…\""
    }

    /// Control characters as their code.
    public static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += code(of: scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Also what turns the direction of text or separates lines: a name must not change the line around it.
    public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
        default: false
        }
    }

    /// Near enough to stand a caret under the right word.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xff00...0xff60,
            0x1f300...0x1faff:
            true
        default: false
        }
    }

    /// `U+001B`
    public static func code(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(4 - digits.utf8.count, 0)) + digits
    }
}
