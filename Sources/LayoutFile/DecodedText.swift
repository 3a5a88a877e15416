import Core

/// A TOML string of any kind, decoded, with the position of each character in the file.
struct DecodedText {
    private(set) var scalars: [Unicode.Scalar] = []
    private(set) var positions: [Position] = []

    /// Whether the closing quotes were found.
    private(set) var isClosed = false

    /// The first backslash before what is not ASCII, which no escape is.
    private(set) var wrongEscape: Position?

    /// Bytes of the file before what is not ASCII and stands right behind a joined line.
    private(set) var joins: [Int] = []

    var string: String { String(String.UnicodeScalarView(scalars)) }

    /// A word between blanks, with its position.
    struct Word {
        var text: String
        var position: Position
    }

    /// Reads the string at the cursor, and moves the cursor behind it.
    init(_ cursor: inout Cursor) {
        scalars.reserveCapacity(16)
        positions.reserveCapacity(16)
        if cursor.isAt("\"\"\"") || cursor.isAt("'''") {
            readLines(&cursor)
        } else {
            readLine(&cursor)
        }
    }

    /// The words of each line; lines without a word are left out.
    var lines: [[Word]] {
        var result: [[Word]] = []
        var line: [Word] = []
        var inWord = false
        for (scalar, position) in zip(scalars, positions) {
            switch scalar {
            case "\n":
                if !line.isEmpty { result.append(line) }
                (line, inWord) = ([], false)
            case " ", "\t", "\r": inWord = false
            default:
                if inWord {
                    line[line.count - 1].text.unicodeScalars.append(scalar)
                } else {
                    line.append(Word(text: String(scalar), position: position))
                    inWord = true
                }
            }
        }
        if !line.isEmpty { result.append(line) }
        return result
    }

    private mutating func readLine(_ cursor: inout Cursor) {
        let quote = cursor.byte
        cursor.advance()
        while let byte = cursor.byte, byte != UInt8(ascii: "\n") {
            if byte == quote {
                cursor.advance()
                isClosed = true
                return
            }
            readOne(&cursor, escapes: quote == UInt8(ascii: "\""))
        }
    }

    private mutating func readLines(_ cursor: inout Cursor) {
        guard let quote = cursor.byte else { return }
        cursor.advance(3)
        // A line end directly behind the opening quotes is not part of the text.
        if cursor.isAt("\r\n") { cursor.advance() }
        if cursor.isAt("\n") { cursor.advance() }
        while let byte = cursor.byte {
            if byte == quote, cursor.byte(ahead: 1) == quote, cursor.byte(ahead: 2) == quote {
                // Up to two quotes before the closing ones are part of the text.
                while cursor.byte(ahead: 3) == quote { readOne(&cursor, escapes: false) }
                isClosed = true
                return cursor.advance(3)
            }
            readOne(&cursor, escapes: quote == UInt8(ascii: "\""))
        }
    }

    private mutating func readOne(_ cursor: inout Cursor, escapes: Bool) {
        let position = cursor.position
        if escapes, cursor.byte == UInt8(ascii: "\\") {
            if let scalar = escape(&cursor) { append(scalar, position) }
        } else if let scalar = cursor.takeScalar() {
            append(scalar, position)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar, _ position: Position) {
        scalars.append(scalar)
        positions.append(position)
    }

    private mutating func escape(_ cursor: inout Cursor) -> Unicode.Scalar? {
        let start = cursor.position
        cursor.advance()
        guard let byte = cursor.byte else { return nil }
        switch byte {
        case UInt8(ascii: "u"): return code(&cursor, digits: 4)
        case UInt8(ascii: "U"): return code(&cursor, digits: 8)
        case UInt8(ascii: "x"): return code(&cursor, digits: 2)
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
            // A backslash at the end of a line joins it with the next line.
            while let byte = cursor.byte, byte <= 32 { cursor.advance() }
            if cursor.isBeyondASCII, cursor.position.line > start.line {
                joins.append(cursor.offset)
            } else if cursor.isBeyondASCII {
                wrongEscape = wrongEscape ?? start
            }
            return nil
        case 0x80...: wrongEscape = wrongEscape ?? start
        default: break
        }
        let letter = cursor.takeScalar()
        switch letter {
        case "b": return "\u{8}"
        case "t": return "\t"
        case "n": return "\n"
        case "f": return "\u{c}"
        case "r": return "\r"
        case "e": return "\u{1b}"
        default: return letter
        }
    }

    private func code(_ cursor: inout Cursor, digits: Int) -> Unicode.Scalar? {
        cursor.advance()
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = cursor.byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                break
            }
            value = value << 4 | UInt32(digit)
            cursor.advance()
        }
        return Unicode.Scalar(value)
    }
}
