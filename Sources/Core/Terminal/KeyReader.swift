/// Makes keys of the bytes that a terminal sends. Reads neither the terminal nor a clock: the caller passes the bytes,
/// and says when no more of them came in time.
///
/// Every control sequence is read to its end, and becomes ``Key/other`` as a whole unless it is a key that is known
/// here or in the terminal's description.
public struct KeyReader: Sendable {
    /// Bytes of a paste that are kept; the rest is dropped.
    public static let longestPaste = 4096
    /// Nanoseconds after which a single Escape is the key of that name: a slow line may bring a sequence in pieces.
    public static let escapePatience: UInt64 = 150_000_000
    /// Nanoseconds after which an unfinished sequence is over.
    public static let sequencePatience: UInt64 = 1_000_000_000
    /// Nanoseconds without a byte after which a paste is over although its end has not come.
    public static let pastePatience: UInt64 = 5_000_000_000

    private enum Mode: Equatable {
        case keys
        case string(endsAtBell: Bool)
        /// The rest of a control sequence that is too long to be one.
        case overlong
        case paste
    }

    /// The bytes of the longest sequence that is kept in full.
    private static let longestSequence = 256
    private static let pasteEnd = Array("\u{1b}[201~".utf8)

    private let sequences: [(bytes: [UInt8], key: Key)]
    private let isUTF8: Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var mode = Mode.keys
    private var pasted: [UInt8] = []
    private var isExpired = false
    /// The number of bytes that the keys so far were made of.
    public private(set) var consumed = 0

    /// - Parameter sequences: What the terminal's description says its keys send. They win over the usual meanings.
    /// - Parameter isUTF8: Whether characters are UTF-8; else only ASCII is read as characters.
    public init(sequences: [(bytes: [UInt8], key: Key)] = [], isUTF8: Bool = true) {
        self.sequences = sequences.filter { !$0.bytes.isEmpty }
        self.isUTF8 = isUTF8
    }

    /// Adds bytes at the end.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        isExpired = false
        buffer.removeFirst(position)
        position = 0
        buffer.append(contentsOf: bytes)
    }

    /// How many nanoseconds to wait for more bytes until ``expire()`` is to be called; nil: nothing is unfinished. To
    /// be asked once ``next()`` has returned nil.
    public var patience: UInt64? {
        if mode == .paste { return Self.pastePatience }
        if mode != .keys { return Self.sequencePatience }
        guard position < buffer.count else { return nil }
        let isEscape = buffer[position...].allSatisfy { $0 == 0x1b }
        return isEscape ? Self.escapePatience : Self.sequencePatience
    }

    /// Whether a text is being read that ends with a mark, such as a paste. What a hand types into it does not make it
    /// last longer.
    public var isInText: Bool { mode != .keys }

    /// Says that no more bytes came in time: what is unfinished is taken as it is by the next calls of ``next()``.
    public mutating func expire() { isExpired = true }

    /// The next key; nil: the bytes so far hold no further one.
    public mutating func next() -> Key? {
        while true {
            switch mode {
            case .paste: return nextOfPaste()
            case .string(let endsAtBell): return endOfString(endsAtBell: endsAtBell)
            case .overlong: return endOfOverlong()
            case .keys: break
            }
            let rest = buffer[position...]
            guard !rest.isEmpty else { return nil }
            let token = described(rest) ?? EscapeSequence(bytes: rest, isUTF8: isUTF8).first ?? .partial
            switch token {
            case .key(let key, let length): return take(length, as: key)
            case .string(let length, let endsAtBell):
                take(length)
                mode = .string(endsAtBell: endsAtBell)
            case .paste(let length):
                take(length)
                (mode, pasted) = (.paste, [])
            case .partial:
                if isExpired { return takeUnfinished(rest) }
                guard rest.count > Self.longestSequence else { return nil }
                take(rest.count)
                mode = .overlong
            }
        }
    }

    @discardableResult
    private mutating func take(_ count: Int, as key: Key = .other) -> Key {
        position += count
        consumed += count
        return key
    }

    /// What the terminal's description says of the bytes; nil: nothing.
    private func described(_ rest: ArraySlice<UInt8>) -> InputToken? {
        var found: (bytes: [UInt8], key: Key)?
        for sequence in sequences where sequence.bytes[0] == rest.first {
            if rest.starts(with: sequence.bytes) {
                if sequence.bytes.count > found?.bytes.count ?? 0 { found = sequence }
            } else if !isExpired, sequence.bytes.starts(with: rest) {
                return .partial
            }
        }
        return found.map { .key($0.key, $0.bytes.count) }
    }

    private mutating func takeUnfinished(_ rest: ArraySlice<UInt8>) -> Key {
        if rest.allSatisfy({ $0 == 0x1b }) { return take(1, as: .escape) }
        return take(rest.count)
    }

    // MARK: What has no length of its own

    private mutating func endOfString(endsAtBell: Bool) -> Key? {
        while position < buffer.count {
            let byte = buffer[position]
            if byte == 0x1b {
                // ESC and a backslash end the string; any other ESC begins something new.
                if position + 1 == buffer.count { break }
                mode = .keys
                if buffer[position + 1] == UInt8(ascii: "\\") { take(2) }
                return .other
            }
            // Ctrl-C is no part of a string: a user who cannot get out types it.
            if byte == 0x03 {
                mode = .keys
                return .other
            }
            take(1)
            if byte == 0x18 || byte == 0x1a || (endsAtBell && byte == 0x07) {
                mode = .keys
                return .other
            }
        }
        return expireMode()
    }

    private mutating func endOfOverlong() -> Key? {
        while position < buffer.count {
            let byte = buffer[position]
            if (0x20...0x3f).contains(byte) {
                take(1)
                continue
            }
            mode = .keys
            return byte == 0x1b || byte >= 0x80 ? .other : take(1)
        }
        return expireMode()
    }

    private mutating func nextOfPaste() -> Key? {
        while position < buffer.count {
            let rest = buffer[position...]
            if rest.starts(with: Self.pasteEnd) {
                take(Self.pasteEnd.count)
                return endPaste()
            }
            if Self.pasteEnd.starts(with: rest) { break }
            if pasted.count < Self.longestPaste { pasted.append(buffer[position]) }
            take(1)
        }
        guard isExpired else { return nil }
        take(buffer.count - position)
        return endPaste()
    }

    private mutating func endPaste() -> Key {
        defer { pasted = [] }
        (mode, isExpired) = (.keys, false)
        return .paste(String(decoding: pasted, as: UTF8.self))
    }

    /// Ends a string or sequence whose rest did not come in time.
    private mutating func expireMode() -> Key? {
        guard isExpired else { return nil }
        (mode, isExpired) = (.keys, false)
        return take(buffer.count - position)
    }
}
