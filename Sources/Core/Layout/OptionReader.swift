import Contract

/// Converts single values to the type that the plugin declares.
enum OptionReader {
    struct Complaint: Error {
        var position: Position
        var message: String
        var expected: String
    }

    static func read(_ setting: Setting, as option: OptionDeclaration) -> Result<OptionValue, Complaint> {
        switch (option.kind, setting.value) {
        case (.list, .list(let items)): return list(items, of: setting)
        case (.list, .text(let text)): return .success(.list([text]))
        case (.text, .text(let text)): return .success(.text(text))
        case (.bool, .bool(let flag)): return .success(.number(flag ? 1 : 0))
        case (.bool, _), (.list, _), (.text, _): break
        default:
            if let number = number(setting.value, kind: option.kind) {
                guard !(number < option.minimum), !(number > option.maximum) else { break }
                return .success(.number(number))
            }
        }
        return .failure(
            Complaint(
                position: setting.valuePosition,
                message: "\(Problem.quoted(setting.key)) is \(setting.value.summary)",
                expected: option.expectation))
    }

    private static func list(_ items: [Literal], of setting: Setting) -> Result<OptionValue, Complaint> {
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard case .text(let text) = item else {
                let places = setting.itemPositions
                return .failure(
                    Complaint(
                        position: index < places.count ? places[index] : setting.valuePosition,
                        message: "item \(index + 1) of \(Problem.quoted(setting.key)) is \(item.summary)",
                        expected: "a text in quotes"))
            }
            texts.append(text)
        }
        return .success(.list(texts))
    }

    static func number(_ literal: Literal, kind: OptionDeclaration.Kind) -> Double? {
        switch (kind, literal) {
        // Beyond 2^53 a double cannot represent every integer.
        case (.integer, .integer(let value)):
            return abs(Double(value)) <= 9_007_199_254_740_992 ? Double(value) : nil
        case (.float, .integer(let value)), (.duration, .integer(let value)), (.size, .integer(let value)):
            return Double(value)
        case (.float, .float(let value)), (.duration, .float(let value)), (.size, .float(let value)):
            return value.isFinite ? value : nil
        case (.duration, .text(let text)): return DurationText.seconds(text)
        case (.size, .text(let text)): return SizeText.bytes(text)
        default: return nil
        }
    }

    /// The value of a limit in its metric's unit; NaN for `false`, which removes the limit.
    static func limit(_ literal: Literal, unit: String) -> Double? {
        if literal == .bool(false) { return .nan }
        return number(literal, kind: limitKind(unit))
    }

    static func expectedLimit(unit: String) -> String {
        switch limitKind(unit) {
        case .duration: "a duration such as \(DurationText.example)"
        case .size: "a size such as \(SizeText.example)"
        default: unit.isEmpty || unit == "count" ? "a number" : "a number in \(unit)"
        }
    }

    private static func limitKind(_ unit: String) -> OptionDeclaration.Kind {
        switch unit {
        case "seconds": .duration
        case "bytes", "bytes/s": .size
        default: .float
        }
    }
}

extension OptionDeclaration {
    /// The default as a value; nil where the declared text is not valid for the option's type.
    public var parsedDefault: OptionValue? {
        switch kind {
        case .text: return .text(defaultValue)
        case .list:
            return .list(
                defaultValue.utf8.split(separator: UInt8(ascii: ",")).compactMap { item in
                    let text = Array(item)
                    guard let first = text.firstIndex(where: { $0 > 32 }),
                        let last = text.lastIndex(where: { $0 > 32 })
                    else { return nil }
                    return String(decoding: text[first...last], as: UTF8.self)
                })
        case .bool:
            return defaultValue == "true"
                ? .number(1) : ["false", ""].contains(defaultValue) ? .number(0) : nil
        case .integer:
            if defaultValue.isEmpty { return .number(0) }
            return Int(defaultValue).flatMap { OptionReader.number(.integer($0), kind: kind) }.map {
                .number($0)
            }
        case .float:
            if defaultValue.isEmpty { return .number(0) }
            return Quantity.split(defaultValue).flatMap { $0.unit.isEmpty ? .number($0.number) : nil }
        case .duration, .size:
            if defaultValue.isEmpty { return .number(0) }
            return OptionReader.number(.text(defaultValue), kind: kind).map { .number($0) }
        }
    }

    /// The value that replaces an invalid default.
    var emptyValue: OptionValue {
        switch kind {
        case .text: .text("")
        case .list: .list([])
        default: .number(minimum.isNaN ? 0 : max(minimum, 0))
        }
    }

    /// The values that a layout may set, for a message: `a duration from 1s to 7d, such as "2s"`.
    var expectation: String {
        switch kind {
        case .bool: "true or false, without quotes"
        case .integer: "a whole number" + range
        case .float: "a number" + range
        case .text: "a text in quotes"
        case .duration: "a duration\(range), such as \(DurationText.example)"
        case .size: "a size\(range), such as \(SizeText.example)"
        case .list: "a list of texts, such as [\"one\", \"two\"]"
        }
    }

    private var range: String {
        switch (minimum.isNaN, maximum.isNaN) {
        case (true, true): ""
        case (false, true): " of \(shown(minimum)) or more"
        case (true, false): " of \(shown(maximum)) or less"
        case (false, false): " from \(shown(minimum)) to \(shown(maximum))"
        }
    }

    private func shown(_ number: Double) -> String {
        switch kind {
        case .duration: DurationText.nanoseconds(number).map(DurationText.exact) ?? Literal.shown(number)
        case .size: Format.number(number, unit: "bytes")
        default: Literal.shown(number)
        }
    }
}

extension Literal {
    /// The value for a message after the word "is": `"on"`, `12`, `a list`.
    public var summary: String {
        switch self {
        case .bool(let flag): "\(flag)"
        case .integer(let value): "\(value)"
        case .float(let value): Literal.shown(value)
        case .text(let text): Problem.quoted(text)
        case .list: "a list"
        case .table: "a table"
        case .other(let kind): kind
        }
    }

    /// A number, without a fraction where it is whole.
    static func shown(_ number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
        return number.isNaN ? "nan" : "\(number)"
    }
}
