import Core
import TOMLKit

/// Translates the errors of the TOML library into messages for the author of the file.
enum Syntax {
    static func problem(_ surprise: KeyIndex.Surprise, source: String) -> Problem {
        Problem(
            source: source, position: surprise.position, message: "not TOML: \(surprise.message)",
            expected: surprise.expected)
    }

    /// The library stops at the first mistake. Duplicate keys are all reported, each with the position of its first
    /// occurrence.
    static func problems(_ error: any Error, index: KeyIndex, source: String) -> [Problem] {
        guard let error = error as? TOMLParseError else {
            return [Problem(source: source, message: "not TOML: \(Problem.printable("\(error)"))")]
        }
        let (subject, detail) = parts(of: error.description)
        if !index.duplicates.isEmpty, detail.mentions("redefine") {
            return index.duplicates.map { duplicate in
                Problem(
                    source: source, position: duplicate.position,
                    message:
                        "\(Problem.quoted(duplicate.name)) stands twice: first in line \(duplicate.first.line)"
                )
            }
        }
        let position = Position(line: error.source.begin.line, column: error.source.begin.column)
        let place = subject.map { " (in a \($0))" } ?? ""
        let isBareText = subject == "boolean" || detail.mentions("determine value type")
        return [
            Problem(
                source: source, position: position, message: "not TOML: \(detail)\(place)",
                expected: isBareText ? "a text in quotes, a number, true or false" : nil)
        ]
    }

    /// Splits the library's description: "Error while parsing string: encountered end-of-file" has the subject
    /// "string".
    private static func parts(of description: String) -> (subject: String?, detail: String) {
        let text = Problem.printable(description)
        let start = "Error while parsing "
        guard text.hasPrefix(start) else { return (nil, text) }
        let rest = text.utf8.dropFirst(start.utf8.count)
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
            let subject = String(rest[..<colon]), let detail = String(rest[colon...].dropFirst(2))
        else { return (nil, text) }
        return (subject, detail)
    }
}

extension String {
    /// Whether the text contains `part`, compared as bytes.
    func mentions(_ part: StaticString) -> Bool {
        let text = Array(utf8)
        return part.withUTF8Buffer { wanted in
            text.count >= wanted.count
                && (0...(text.count - wanted.count)).contains { start in
                    text[start..<start + wanted.count].elementsEqual(wanted)
                }
        }
    }
}
