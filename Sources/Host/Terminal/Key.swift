import CTerminal

/// One key press or mouse event.
enum Key: Equatable {
    case character(Unicode.Scalar)
    case up, down, left, right, pageUp, pageDown, home, end, enter, backspace, tab, backTab, escape
    case control(Character)
    /// F1 to F12, by their number.
    case function(Int)
    case click(x: Int, y: Int)
    case wheel(up: Bool, x: Int, y: Int)
    case other

    /// The next event, without waiting; nil: there is none.
    static func next() -> Key? {
        let event = cterminal_key()
        switch Int(event.kind) {
        case CTERMINAL_NONE: return nil
        case CTERMINAL_CHARACTER: return character(event.character)
        case CTERMINAL_UP: return .up
        case CTERMINAL_DOWN: return .down
        case CTERMINAL_LEFT: return .left
        case CTERMINAL_RIGHT: return .right
        case CTERMINAL_PAGE_UP: return .pageUp
        case CTERMINAL_PAGE_DOWN: return .pageDown
        case CTERMINAL_HOME: return .home
        case CTERMINAL_END: return .end
        case CTERMINAL_ENTER: return .enter
        case CTERMINAL_BACKSPACE: return .backspace
        case CTERMINAL_BACK_TAB: return .backTab
        case CTERMINAL_CLICK: return .click(x: Int(event.x), y: Int(event.y))
        case CTERMINAL_WHEEL_UP: return .wheel(up: true, x: Int(event.x), y: Int(event.y))
        case CTERMINAL_WHEEL_DOWN: return .wheel(up: false, x: Int(event.x), y: Int(event.y))
        default: return .other
        }
    }

    private static func character(_ code: UInt32) -> Key {
        switch code {
        case 9: return .tab
        case 27: return .escape
        case 1...26: return .control(Character(Unicode.Scalar(UInt8(code + 64))))
        default: return Unicode.Scalar(code).map { .character($0) } ?? .other
        }
    }
}
