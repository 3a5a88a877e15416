/// A JSON value to be serialised. Members keep their order, so that equal values give equal bytes.
enum DemoJSON: ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral
{
    case null
    case flag(Bool)
    case whole(Int)
    /// A number rounded to `digits` decimals.
    case number(Double, digits: Int)
    case text(String)
    case list([DemoJSON])
    case object([(String, DemoJSON)])

    init(nilLiteral: ()) { self = .null }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(dictionaryLiteral elements: (String, DemoJSON)...) { self = .object(elements) }

    static func number(_ value: Double) -> DemoJSON { .number(value, digits: 1) }
    static func texts(_ values: [String]) -> DemoJSON { .list(values.map { .text($0) }) }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4096)
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .flag(let value): bytes += (value ? "true" : "false").utf8
        case .whole(let value): bytes += String(value).utf8
        case .number(let value, let digits): Self.write(value, digits, to: &bytes)
        case .text(let text): Self.write(text, to: &bytes)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.0, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.1.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Writes `null` for numbers that are not finite, which JSON cannot express.
    private static func write(_ value: Double, _ digits: Int, to bytes: inout [UInt8]) {
        guard value.isFinite, abs(value) < 1e12 else {
            bytes += "null".utf8
            return
        }
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        if value < 0, scaled > 0 { bytes.append(UInt8(ascii: "-")) }
        bytes += String(scaled / scale).utf8
        guard digits > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes += String(scaled % scale + scale).utf8.dropFirst()
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
