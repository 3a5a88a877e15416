/// One key press, mouse event or paste.
public enum Key: Equatable, Sendable {
    case character(Unicode.Scalar)
    case up, down, left, right, pageUp, pageDown, home, end, enter, backspace, tab, backTab, escape
    /// Ctrl and a letter, as its capital.
    case control(Character)
    /// F1 to F12.
    case function(Int)
    case click(x: Int, y: Int)
    case wheel(up: Bool, x: Int, y: Int)
    /// Text that the terminal marked as pasted; at most ``KeyReader/longestPaste`` bytes of it.
    case paste(String)
    /// Anything else that a terminal sends: keys without a meaning here, answers, reports. It must change nothing.
    case other

    /// The control character of one byte; `other` for a byte that is none or that stands for no key.
    static func control(byte: UInt8) -> Key {
        switch byte {
        case 8, 0x7f: .backspace
        case 9: .tab
        case 10, 13: .enter
        case 27: .escape
        case 1...26: .control(Character(Unicode.Scalar(byte + 64)))
        default: .other
        }
    }
}

extension [Key] {
    /// The least number of characters, and of different ones, that arrive together only when they are pasted.
    private static let (pastedLength, pastedVariety) = (12, 6)

    /// Whether the keys, which arrived together outside of a text field, are text that was pasted into a terminal that
    /// does not mark pastes. A text that begins with `/` opens a filter and is what a macro types.
    public var isPastedText: Bool {
        guard count >= Self.pastedLength, first != .character("/") else { return false }
        var seen: Set<Unicode.Scalar> = []
        var length = 0
        for key in self {
            switch key {
            case .character(let scalar):
                seen.insert(scalar)
                length += 1
            case .enter, .tab: continue
            default: return false
            }
        }
        return length >= Self.pastedLength && seen.count >= Self.pastedVariety
    }
}
