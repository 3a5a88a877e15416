import PluginJSON
import PluginKit

/// The JSON in what restic or borg has printed.
///
/// Both print lines of text before or behind it in some versions and circumstances: progress, retries of a backend, a
/// cache that cannot be opened. The JSON begins at the start of a line.
struct ToolOutput {
    private let lines: [String]

    /// Lines before the JSON that are tried as its beginning, since text can begin with a bracket too.
    private static let mostTried = 64

    init(_ output: String) { lines = output.lines }

    /// The first value that `fits`. Throws where there is none: the words of jansson for the whole output, or the
    /// `lack` of the value that the command has answered.
    func json(
        of tool: String, _ command: String, _ lack: String, where fits: (JSON) -> Bool
    ) throws(PluginError) -> JSON {
        var other = false
        var tried = 0
        for start in lines.indices where Self.canBegin(lines[start]) && tried < Self.mostTried {
            tried += 1
            guard let value = value(from: start) else { continue }
            if fits(value) { return value }
            other = true
        }
        if !other { _ = try JSON(lines.joined(separator: "\n"), from: tool) }
        throw .failed("\(tool) \(command) answered JSON \(lack)")
    }

    /// An object or array, or the null that stands for an empty array.
    private static func canBegin(_ line: String) -> Bool {
        let text = line.trimmed
        guard let first = text.utf8.first else { return false }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || text == "null"
    }

    /// The value that begins at a line, with or without text behind it.
    private func value(from start: Int) -> JSON? {
        var text = lines[start...].joined(separator: "\n")
        return text.withUTF8 { bytes in
            do throws(JSON.Mistake) {
                return try JSON(UnsafeRawBufferPointer(bytes), isWhole: false)
            } catch { return nil }
        }
    }
}
