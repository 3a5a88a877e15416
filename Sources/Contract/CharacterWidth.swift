/// The number of terminal cells that a character or a text takes.
///
/// Follows UAX #11 in the reading of glibc's `wcwidth`. Host and worker use the same tables, so they agree on every
/// width.
public enum CharacterWidth {
    enum Kind: UInt32 {
        /// Joins the character before it.
        case mark = 0
        case narrow, wide
        /// Never sent to a terminal, but replaced by U+FFFD: controls, bidi overrides, characters without a width.
        case replaced
        /// Invisible by itself, with a width that terminals disagree on. Never sent to a terminal: left out where it
        /// belongs to the character before it, else replaced by U+FFFD, so that two names that differ look different.
        case dropped
    }

    /// Cells of one scalar as the C library measures it: 0, 1 or 2. What a text takes is measured as ``CellReader``
    /// splits it, which shows what is invisible.
    public static func of(_ scalar: Unicode.Scalar) -> Int {
        switch kind(scalar.value) {
        case .mark, .dropped: 0
        case .narrow, .replaced: 1
        case .wide: 2
        }
    }

    /// Cells of a text, sequences counted as ``CellReader`` splits them.
    public static func of(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { of($0, atMost: Int.max - 2) }
    }

    /// Cells of a text. Counting stops at the first value above `limit`, so that a text of a megabyte costs no more
    /// than the part that is shown.
    public static func of(_ text: String, atMost limit: Int) -> Int {
        var text = text
        return text.withUTF8 { of($0, atMost: limit) }
    }

    /// The same for UTF-8 bytes.
    public static func of(_ bytes: UnsafeBufferPointer<UInt8>, atMost limit: Int) -> Int {
        var reader = CellReader(bytes)
        var width = 0
        while width <= limit, let cluster = reader.next() { width += cluster.width }
        return width
    }

    /// Whether a scalar is printable and exactly one cell wide by itself.
    public static func isNarrow(_ scalar: Unicode.Scalar) -> Bool { kind(scalar.value) == .narrow }

    static func kind(_ code: UInt32) -> Kind {
        if code < 0x300 {
            if code < 0x20 || (code >= 0x7f && code < 0xa0) { return .replaced }
            return code == 0xad ? .dropped : .narrow
        }
        return characterTable.withUnsafeBufferPointer { table in
            var (low, high) = (0, table.count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if table[middle] >> 3 <= code { low = middle } else { high = middle }
            }
            return low < table.count ? Kind(rawValue: table[low] & 7) ?? .replaced : .replaced
        }
    }

    /// Whether emoji sequences may contain the character.
    static func isPictographic(_ code: UInt32) -> Bool {
        switch code {
        case 0x2190...0x2bff, 0x1f000...0x1f1e5, 0x1f200...0x1faff: true
        case 0xa9, 0xae, 0x203c, 0x2049, 0x3030, 0x303d, 0x3297, 0x3299: true
        default: false
        }
    }
}

/// Splits a text into clusters, each of which fills one cell or two.
///
/// Sequences that terminals measure differently are reduced to a form that all measure alike: variation selectors
/// and skin tones are dropped, of a sequence joined by U+200D only the first character stays, and a cluster has at
/// most four marks. Invisible characters elsewhere are shown as U+FFFD.
public struct CellReader {
    /// A character with its combining marks.
    public struct Cluster {
        /// A printable scalar.
        public var code: UInt32
        /// Cells: 1 or 2.
        public var width: Int
        /// Scalars of the combining marks; only the first ``markCount`` are valid.
        public var marks: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        /// Number of marks, 0 to 4.
        public var markCount = 0

        init(code: UInt32, width: Int) {
            self.code = code
            self.width = width
        }

        mutating func append(_ mark: UInt32) {
            switch markCount {
            case 0: marks.0 = mark
            case 1: marks.1 = mark
            case 2: marks.2 = mark
            case 3: marks.3 = mark
            default: return
            }
            markCount += 1
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    private static let replacement: UInt32 = 0xfffd
    private static let joiner: UInt32 = 0x200d

    /// Reads from the first byte. `bytes` are borrowed UTF-8 and must outlive the reader; an invalid byte becomes
    /// U+FFFD.
    public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The next cluster, or nil at the end of the text.
    @inline(__always)
    public mutating func next() -> Cluster? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        let isAlone = position + 1 == bytes.count || bytes[position + 1] < 0x80
        if byte >= 0x20 && byte < 0x7f && isAlone {
            position += 1
            return Cluster(code: UInt32(byte), width: 1)
        }
        return nextOfMany()
    }

    private mutating func nextOfMany() -> Cluster? {
        while position < bytes.count {
            let (code, length) = decode(at: position)
            position += length
            switch CharacterWidth.kind(code) {
            // A mark at the start has no character to combine with.
            case .mark where !isJoiner(code): continue
            case .mark, .replaced, .dropped: return Cluster(code: Self.replacement, width: 1)
            case .narrow: return joined(Cluster(code: code, width: 1))
            case .wide: return joined(Cluster(code: code, width: 2))
            }
        }
        return nil
    }

    /// Consumes the marks and joined characters that follow `first`.
    private mutating func joined(_ first: Cluster) -> Cluster {
        var cluster = first
        if isRegional(first.code) { return flag(first) }
        let isPicture = CharacterWidth.isPictographic(first.code)
        var isSequence = false
        while position < bytes.count {
            let (code, length) = decode(at: position)
            if code < 0x300 { break }
            let kind = CharacterWidth.kind(code)
            if kind == .mark {
                // Letters of Latin scripts are not joined.
                if isJoiner(code) && first.code < 0x300 { break }
                position += length
                if isPicture && code == Self.joiner {
                    isSequence = true
                    skipPicture()
                } else if !isSequence {
                    cluster.append(code)
                }
            } else if isPartOfNeighbour(code, first.code) || (isPicture && code >= 0x1f3fb && code <= 0x1f3ff)
            {
                position += length
            } else {
                break
            }
        }
        return cluster
    }

    /// U+200C and U+200D, which say whether letters are joined.
    private func isJoiner(_ code: UInt32) -> Bool { code == 0x200c || code == 0x200d }

    /// Whether an invisible character says only how the one before it looks: a variation selector, a tag of a flag.
    private func isPartOfNeighbour(_ code: UInt32, _ first: UInt32) -> Bool {
        switch code {
        case 0xfe00...0xfe0f, 0xe0100...0xe01ef, 0x180b...0x180d, 0x180f:
            // Digits, # and * are parts of keycaps.
            return first >= 0x300 || (first >= 0x30 && first <= 0x39) || first == 0x23 || first == 0x2a
                || CharacterWidth.isPictographic(first)
        case 0xe0020...0xe007f: return CharacterWidth.isPictographic(first)
        default: return false
        }
    }

    private mutating func skipPicture() {
        guard position < bytes.count else { return }
        let (code, length) = decode(at: position)
        if CharacterWidth.isPictographic(code) { position += length }
    }

    /// Consumes a second regional indicator: two of them are a flag of two cells, and two letters of one cell each
    /// where a terminal has no flags.
    private mutating func flag(_ first: Cluster) -> Cluster {
        guard position < bytes.count else { return first }
        let (code, length) = decode(at: position)
        guard isRegional(code) else { return first }
        position += length
        var flag = Cluster(code: first.code, width: 2)
        flag.append(code)
        return flag
    }

    private func isRegional(_ code: UInt32) -> Bool { code >= 0x1f1e6 && code <= 0x1f1ff }

    private func decode(at index: Int) -> (code: UInt32, length: Int) {
        let first = bytes[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard first >= 0xc2, first < 0xf5, index + length <= bytes.count else { return (Self.replacement, 1) }
        var code = UInt32(first) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xc0 == 0x80 else { return (Self.replacement, 1) }
            code = code << 6 | UInt32(byte & 0x3f)
        }
        return (code, length)
    }
}
