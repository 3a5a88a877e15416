/// A JSON value to be written.
///
/// jansson can write too, but it knows no shortest form of a number: it makes 0.10000000000000001 of 0.1.
public enum JSONValue: Sendable {
    case null
    case flag(Bool)
    case whole(Int64)
    /// Written as null where it is not finite, since JSON has no word for that.
    case number(Double)
    case text(String)
    case list([JSONValue])
    /// Written in the order of its keys.
    case object([String: JSONValue])

    /// A text, or null.
    public static func text(orNull text: String?) -> JSONValue { text.map { .text($0) } ?? .null }

    /// A number, or null.
    public static func number(orNull number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }

    /// The document on one line, without a line end.
    public var line: String { written(isPretty: false) }

    /// The document with a line for each element and member, two blanks deeper for each level, and a line end.
    public var page: String { written(isPretty: true) + "\n" }

    private func written(isPretty: Bool) -> String {
        var writer = JSONWriter(isPretty: isPretty)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Collects the bytes of a document.
private struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let isPretty: Bool
    private var depth = 0

    init(isPretty: Bool) { self.isPretty = isPretty }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes += "null".utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .whole(let number): bytes += String(number).utf8
        case .number(let number): write(number)
        case .text(let text): write(text)
        case .list(let elements):
            write(elements, between: "[", "]") { writer, element in writer.write(element) }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            write(sorted, between: "{", "}") { writer, member in
                writer.write(member.key)
                writer.bytes += (writer.isPretty ? " : " : ":").utf8
                writer.write(member.value)
            }
        }
    }

    private mutating func write<Part>(
        _ parts: [Part], between open: Unicode.Scalar, _ close: Unicode.Scalar,
        part: (inout JSONWriter, Part) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        depth += 1
        for (index, one) in parts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            beginLine()
            part(&self, one)
        }
        depth -= 1
        // An empty one has an empty line inside.
        if isPretty, parts.isEmpty { bytes.append(UInt8(ascii: "\n")) }
        beginLine()
        bytes.append(UInt8(ascii: close))
    }

    private mutating func beginLine() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes += repeatElement(UInt8(ascii: " "), count: 2 * depth)
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else { return write(JSONValue.null) }
        let text = "\(number)".utf8
        bytes += text.dropLast(text.suffix(2).elementsEqual(".0".utf8) ? 2 : 0)
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\u{8}": bytes += "\\b".utf8
            case "\u{c}": bytes += "\\f".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            // JSON lets DEL and the C1 controls stand as they are; a terminal that the document is printed on
            // would act upon them.
            case "\0"..."\u{1f}", "\u{7f}"..."\u{9f}":
                bytes += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))".utf8
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
