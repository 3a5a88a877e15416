import Core
import TOMLKit

/// A TOML file as a tree. Files of whatever kind are read through this, so that all speak of the same mistakes
/// in the same words.
struct ParsedFile {
    struct Mistakes: Error {
        var problems: [Problem]
    }

    var nodes: [Node]
    /// What is wrong without keeping the tree from being read: control characters in its texts.
    var problems: [Problem]

    /// - Parameters:
    ///   - limit: the most bytes that the file may have.
    ///   - what: what the file is to be, for messages: "a layout".
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
            let sound = bytes[..<(index.surprise?.statement ?? bytes.count)]
            nodes = try Document.read(String(decoding: sound, as: UTF8.self), index: index)
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

extension [Problem] {
    /// In the order of the file, and no more than anybody reads.
    func sortedForReading(source: String) -> [Problem] {
        let sorted = enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
        guard sorted.count > 100 else { return sorted }
        let rest = Problem(source: source, message: "\(sorted.count - 100) more mistakes are not listed")
        return sorted.prefix(100) + [rest]
    }
}
