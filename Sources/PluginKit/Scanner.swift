/// Reads the kernel's text where it lies: numbers and words by their place, no string made that is not
/// wanted. For files that are read on every tick; see ``Machine/readBytes(_:_:)``.
public struct Scanner {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// The bytes must outlive the scanner.
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

    public var isAtEnd: Bool { position >= end }

    /// The next line without its end, or nil behind the last.
    public mutating func line() -> Scanner? {
        guard position < end else { return nil }
        let start = position
        while position < end && bytes[position] != UInt8(ascii: "\n") { position += 1 }
        let line = Scanner(bytes, from: start, to: position)
        position += 1
        return line
    }

    /// Passes a text if it stands here.
    public mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard end - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
        position += count
        return true
    }

    /// Passes all up to and with a byte; false, and nothing passed, when it does not follow.
    public mutating func skip(past byte: UInt8) -> Bool {
        for index in position..<max(position, end) where bytes[index] == byte {
            position = index + 1
            return true
        }
        return false
    }

    /// Passes blanks, then reads a decimal number; nil, and only the blanks passed, when none stands here.
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
            // One division at the end makes "0.42" the same number as in source code. More digits than a
            // double holds are passed.
            while let digit = digit() {
                guard scale < 1e15 else { continue }
                scale *= 10
                value = value * 10 + digit
            }
            value /= scale
        }
        guard digits > 0, value.isFinite else {
            position = start
            return nil
        }
        return isNegative ? -value : value
    }

    /// Passes blanks, then takes what stands up to the next blank.
    public mutating func word() -> String? {
        skipBlanks()
        let start = position
        while position < end && !isBlank(bytes[position]) { position += 1 }
        guard position > start else { return nil }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
    }

    /// All that is left, without blanks at both ends.
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

/// Pressure stall information: which part of the last ten seconds tasks waited for a resource, in percent.
public struct Pressure {
    /// At least one task waited.
    public let some: Double?
    /// All tasks that had work waited.
    public let full: Double?
}

extension Machine {
    /// The pressure on "cpu", "memory" or "io"; nil where the kernel does not tell it.
    public func pressure(on resource: String) -> Pressure? {
        var some, full: Double?
        try? readBytes("/proc/pressure/" + resource) { bytes in
            var text = Scanner(bytes)
            while var line = text.line() {
                if line.skip("some avg10=") {
                    some = line.number()
                } else if line.skip("full avg10=") {
                    full = line.number()
                }
            }
        }
        return some == nil && full == nil ? nil : Pressure(some: some, full: full)
    }
}
