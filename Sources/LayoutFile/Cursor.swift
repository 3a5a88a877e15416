import Core

/// A position in a text, with its line and column.
struct Cursor {
    let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var position = Position(line: 1, column: 1)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark does not count as a column.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { offset = 3 }
    }

    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func byte(ahead count: Int) -> UInt8? { offset + count < bytes.count ? bytes[offset + count] : nil }

    func isAt(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            offset + wanted.count <= bytes.count
                && bytes[offset..<offset + wanted.count].elementsEqual(wanted)
        }
    }

    var isAtLineEnd: Bool { byte == nil || isAt("\n") || isAt("\r\n") }

    /// Whether a character begins here that only texts, quoted keys and comments may have.
    var isBeyondASCII: Bool { byte.map { $0 >= 128 } ?? false }

    mutating func advance() {
        guard let byte else { return }
        offset += 1
        if byte == UInt8(ascii: "\n") {
            position = Position(line: position.line + 1, column: 1)
        } else if byte & 0xc0 != 0x80 {
            position.column += 1
        }
    }

    mutating func advance(_ count: Int) {
        for _ in 0..<count { advance() }
    }

    mutating func take(_ text: StaticString) -> Bool {
        guard isAt(text) else { return false }
        advance(text.utf8CodeUnitCount)
        return true
    }

    /// Skips blanks and tabs, and with `newlines` also line ends and comments.
    mutating func skipBlank(newlines: Bool) {
        while let byte {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): advance()
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                guard newlines else { return }
                advance()
            case UInt8(ascii: "#"):
                guard newlines else { return }
                skipLine()
            default: return
            }
        }
    }

    mutating func skipLine() {
        while let byte, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Skips a number, true, false or a date; a date may have a blank before its time.
    mutating func skipWord() {
        let start = offset
        while let byte, byte > 32, byte < 128, !",]}#".utf8.contains(byte) { advance() }
        let isDate = offset - start == 10 && bytes[start + 4] == UInt8(ascii: "-")
        if isDate, byte == UInt8(ascii: " "), let next = byte(ahead: 1), (48...57).contains(next) {
            advance()
            skipWord()
        }
    }

    mutating func takeBareKey() -> String {
        let start = offset
        while let byte, byte.isLetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") {
            advance()
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Returns the character at the cursor and moves behind it. The text is known to be valid UTF-8.
    mutating func takeScalar() -> Unicode.Scalar? {
        guard let byte else { return nil }
        let count = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
        let end = min(offset + count, bytes.count)
        let scalar = String(decoding: bytes[offset..<end], as: UTF8.self).unicodeScalars.first
        advance(end - offset)
        return scalar
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
