import Core

/// Checks that a file is UTF-8 text.
enum Encoding {
    static func problem(in bytes: [UInt8], source: String) -> Problem? {
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            return Problem(
                source: source, position: Position(line: 1, column: 1), message: "the file is UTF-16",
                expected: "UTF-8: save it as that")
        }
        guard let offset = firstBadByte(bytes) else { return nil }
        var cursor = Cursor(bytes)
        while cursor.offset < offset { cursor.advance() }
        let code = String(bytes[offset], radix: 16, uppercase: true)
        let what =
            bytes[offset] == 0 ? "a NUL byte" : "not UTF-8: byte 0x\(code.utf8.count < 2 ? "0" : "")\(code)"
        return Problem(
            source: source, position: cursor.position, message: "\(what) (byte \(offset + 1) of the file)")
    }

    /// The offset of the first byte that is not UTF-8, or is NUL, at which the TOML library would stop reading.
    private static func firstBadByte(_ bytes: [UInt8]) -> Int? {
        var offset = 0
        while offset < bytes.count {
            let length = sequenceLength(bytes, at: offset)
            guard length > 0 else { return offset }
            offset += length
        }
        return nil
    }

    /// The length in bytes of the character at an offset; 0 where the bytes are not valid UTF-8 (table 3-7 of the
    /// Unicode standard).
    private static func sequenceLength(_ bytes: [UInt8], at offset: Int) -> Int {
        func follows(_ distance: Int, _ range: ClosedRange<UInt8> = 0x80...0xbf) -> Bool {
            offset + distance < bytes.count && range.contains(bytes[offset + distance])
        }
        switch bytes[offset] {
        case 1...0x7f: return 1
        case 0xc2...0xdf: return follows(1) ? 2 : 0
        case 0xe0: return follows(1, 0xa0...0xbf) && follows(2) ? 3 : 0
        case 0xed: return follows(1, 0x80...0x9f) && follows(2) ? 3 : 0
        case 0xe1...0xef: return follows(1) && follows(2) ? 3 : 0
        case 0xf0: return follows(1, 0x90...0xbf) && follows(2) && follows(3) ? 4 : 0
        case 0xf1...0xf3: return follows(1) && follows(2) && follows(3) ? 4 : 0
        case 0xf4: return follows(1, 0x80...0x8f) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }
}
