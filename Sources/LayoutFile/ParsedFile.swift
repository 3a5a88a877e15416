import Core
import TOMLKit

/// A TOML file as a tree. All kinds of files are read with it, so that the same mistake has the same message
/// everywhere.
struct ParsedFile {
    struct Mistakes: Error {
        var problems: [Problem]
    }

    var nodes: [Node]
    /// Mistakes that do not prevent the tree from being read: control characters in texts.
    var problems: [Problem]

    /// - Parameters:
    ///   - limit: the largest size in bytes.
    ///   - what: the expected kind of file, for messages: "a layout".
    init(_ bytes: [UInt8], source: String, limit: Int, what: String) throws(Mistakes) {
        guard bytes.count <= limit else {
            throw Mistakes(problems: [
                Problem(
                    source: source, message: "the file has \(bytes.count) bytes",
                    expected: "\(what) of \(limit) bytes at most")
            ])
        }
        if let problem = Encoding.problem(in: bytes, source: source) { throw Mistakes(problems: [problem]) }
        let index = KeyIndex(bytes)
        do {
            nodes = try Document.read(index.soundText(of: bytes), index: index)
        } catch {
            let problems = Syntax.problems(error, index: index, source: source)
            throw Mistakes(problems: problems.sortedForReading(source: source))
        }
        if let surprise = index.surprise {
            throw Mistakes(problems: [Syntax.problem(surprise, source: source)])
        }
        problems = index.controls.map { control in
            Problem(
                source: source, position: control.position,
                message: "control character \(Problem.code(of: control.scalar))")
        }
    }
}

extension KeyIndex {
    /// The text for the library, up to where it ceases to be TOML. What is not ASCII right behind a joined line is
    /// escaped: the library looks there for white space of all kinds in a way that C++ does not define.
    func soundText(of bytes: [UInt8]) -> String {
        let end = surprise?.statement ?? bytes.count
        var (sound, start) = ("", 0)
        for offset in joins where offset < end {
            let length = bytes[offset] < 0xe0 ? 2 : bytes[offset] < 0xf0 ? 3 : 4
            let text = String(decoding: bytes[offset..<offset + length], as: UTF8.self)
            let digits = text.unicodeScalars.map { String($0.value, radix: 16) }.joined()
            sound += String(decoding: bytes[start..<offset], as: UTF8.self)
            sound += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
            start = offset + length
        }
        return sound + String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    }
}

extension [Problem] {
    /// The problems in the order of the file, cut to a readable number.
    func sortedForReading(source: String) -> [Problem] {
        let sorted = enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
        guard sorted.count > 100 else { return sorted }
        let rest = Problem(source: source, message: "\(sorted.count - 100) more mistakes are not listed")
        return sorted.prefix(100) + [rest]
    }
}
