/// Reads numbers and words from text in place, without making strings of the rest. For files that are read on every
/// tick; see ``Machine/readBytes(_:_:)``.
public struct Scanner {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// Scans from the first byte. The bytes are borrowed and must outlive the scanner.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        self.end = end
    }

    /// Whether nothing is left.
    public var isAtEnd: Bool { position >= end }

    /// The next line without its line end, or nil at the end. Moves past it.
    public mutating func line() -> Scanner? {
        guard position < end else { return nil }
        let start = position
        while position < end && bytes[position] != UInt8(ascii: "\n") { position += 1 }
        let line = Scanner(bytes, from: start, to: position)
        position += 1
        return line
    }

    /// Moves past a text if it follows; returns whether it did.
    public mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard end - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        position += count
        return true
    }

    /// Moves past the next occurrence of a byte; returns false and stays where there is none.
    public mutating func skip(past byte: UInt8) -> Bool {
        for index in position..<max(position, end) where bytes[index] == byte {
            position = index + 1
            return true
        }
        return false
    }

    /// Skips blanks and reads a decimal number; nil where none follows, with only the blanks skipped.
    public mutating func number() -> Double? {
        skipBlanks()
        let start = position
        let isNegative = skip("-")
        var (value, digits, scale) = (0.0, 0, 1.0)
        while let digit = digit() {
            value = value * 10 + digit
            digits += 1
        }
        if digits > 0, skip(".") {
            // A single division at the end gives the same number as the literal 0.42. Digits beyond the precision
            // of a double are skipped.
            while let digit = digit() {
                guard scale < 1e15 else { continue }
                scale *= 10
                value = value * 10 + digit
            }
            value /= scale
        }
        // Digits that go on as something else are another number ("1e300") or none ("4a").
        let isWhole = position >= end || !bytes[position].isLetter
        guard digits > 0, value.isFinite, isWhole else {
            position = start
            return nil
        }
        return isNegative ? -value : value
    }

    /// Skips blanks and reads up to the next blank; nil at the end.
    public mutating func word() -> String? {
        skipBlanks()
        let start = position
        while position < end && !isBlank(bytes[position]) { position += 1 }
        guard position > start else { return nil }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
    }

    /// What is left, without blanks at both ends. Does not move.
    public var rest: String {
        var (start, stop) = (position, max(position, end))
        while start < stop && isBlank(bytes[start]) { start += 1 }
        while stop > start && isBlank(bytes[stop - 1]) { stop -= 1 }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<stop]), as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while position < end && isBlank(bytes[position]) { position += 1 }
    }

    private mutating func digit() -> Double? {
        guard position < end, bytes[position].isDigit else { return nil }
        position += 1
        return Double(bytes[position - 1] - UInt8(ascii: "0"))
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
}

/// Pressure stall information of one resource: the share of the last ten seconds in which tasks waited for it, in
/// percent, from /proc/pressure.
public struct Pressure {
    /// Share in which at least one task waited.
    public let some: Double?
    /// Share in which all tasks with work waited.
    public let full: Double?
}

extension Machine {
    /// The pressure on "cpu", "memory" or "io"; nil where the kernel does not report it.
    public func pressure(on resource: String) -> Pressure? { pressure(in: "/proc/pressure/" + resource) }

    /// The pressure in a file of the form of /proc/pressure; nil where there is none.
    func pressure(in path: String) -> Pressure? {
        var some, full: Double?
        try? readBytes(path) { bytes in
            var text = Scanner(bytes)
            while var line = text.line() {
                if line.skip("some avg10=") {
                    some = Quantity.percent.possible(line.number())
                } else if line.skip("full avg10=") {
                    full = Quantity.percent.possible(line.number())
                }
            }
        }
        return some == nil && full == nil ? nil : Pressure(some: some, full: full)
    }
}
