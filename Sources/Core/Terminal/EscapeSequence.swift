/// What stands at the front of a terminal's input.
enum InputToken: Equatable {
    /// A key of so many bytes.
    case key(Key, Int)
    /// The bytes are the beginning of something longer.
    case partial
    /// A string of the terminal (OSC, DCS, SOS, PM, APC) begins: its introducer of so many bytes. BEL ends an OSC.
    case string(Int, endsAtBell: Bool)
    /// Pasted text begins, behind so many bytes.
    case paste(Int)
}

/// Reads one key or control sequence from the front of a terminal's input (ECMA-48, with the forms of keys and mouse
/// reports of xterm, VT, rxvt and the Linux console). A sequence is read up to its final byte, whatever it means.
struct EscapeSequence {
    let bytes: ArraySlice<UInt8>
    let isUTF8: Bool

    private static let escape: UInt8 = 0x1b

    /// The first key or sequence; nil where there are no bytes.
    var first: InputToken? {
        guard let byte = bytes.first else { return nil }
        switch byte {
        case Self.escape: return afterEscape
        case 0x20...0x7e: return .key(.character(Unicode.Scalar(byte)), 1)
        case 0x80...: return character(at: bytes.startIndex)
        default: return .key(.control(byte: byte), 1)
        }
    }

    private func byte(_ offset: Int) -> UInt8? {
        let index = bytes.startIndex + offset
        return index < bytes.endIndex ? bytes[index] : nil
    }

    private var afterEscape: InputToken {
        guard let second = byte(1) else { return .partial }
        if let token = introduced(by: second &+ 0x40, head: 2) { return token }
        switch second {
        case Self.escape: return afterTwoEscapes
        case 0x80...:
            // Alt and a character of several bytes.
            if case .key(_, let length) = character(at: bytes.startIndex + 1) {
                return .key(.other, length + 1)
            }
            return .partial
        // Alt and a key.
        default: return .key(.other, 2)
        }
    }

    /// A second escape is Alt before a sequence, as rxvt sends it, or the Escape key pressed twice.
    private var afterTwoEscapes: InputToken {
        guard let third = byte(2) else { return .partial }
        guard third == UInt8(ascii: "[") || third == UInt8(ascii: "O") else { return .key(.escape, 1) }
        switch EscapeSequence(bytes: bytes.dropFirst(), isUTF8: isUTF8).first {
        case .key(_, let length): return .key(.other, length + 1)
        case .paste(let length): return .paste(length + 1)
        case .string, .partial, nil: return .partial
        }
    }

    /// What a control of the C1 set begins, whose introducer has `head` bytes; nil: it begins nothing.
    private func introduced(by control: UInt8, head: Int) -> InputToken? {
        switch control {
        case 0x8f: singleShift(head)
        case 0x9b: controlSequence(head)
        case 0x9d: .string(head, endsAtBell: true)
        case 0x90, 0x98, 0x9e, 0x9f: .string(head, endsAtBell: false)
        default: nil
        }
    }

    /// A character outside of ASCII, or a control of the C1 set.
    private func character(at index: Int) -> InputToken {
        let head = index - bytes.startIndex
        let lead = bytes[index]
        guard isUTF8, (0xc2...0xf4).contains(lead) else {
            return (head == 0 ? introduced(by: lead, head: 1) : nil) ?? .key(.other, 1)
        }
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        var code = UInt32(lead) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for offset in 1..<length {
            guard let next = byte(head + offset) else { return .partial }
            guard next & 0xc0 == 0x80 else { return .key(.other, offset) }
            code = code << 6 | UInt32(next & 0x3f)
        }
        if (0x80...0x9f).contains(code) {
            return (head == 0 ? introduced(by: UInt8(code), head: 2) : nil) ?? .key(.other, 2)
        }
        // Overlong forms and surrogates are no characters.
        let isShort = length == 3 && code < 0x800 || length == 4 && code < 0x10000
        guard !isShort, let scalar = Unicode.Scalar(code) else { return .key(.other, length) }
        return .key(.character(scalar), length)
    }

    // MARK: Sequences

    /// SS3, which is a keypad's or a function key's, in some terminals with parameters.
    private func singleShift(_ head: Int) -> InputToken {
        var end = head
        while let next = byte(end), (0x30...0x3f).contains(next) { end += 1 }
        guard let final = byte(end) else { return .partial }
        guard (0x40...0x7e).contains(final) else { return broken(at: end) }
        guard end == head else { return .key(.other, end + 1) }
        return .key(final == UInt8(ascii: "M") ? .enter : Self.lettered(final) ?? .other, end + 1)
    }

    private func controlSequence(_ head: Int) -> InputToken {
        if byte(head) == UInt8(ascii: "[") { return consoleFunction(head) }
        var end = head
        while let next = byte(end), (0x30...0x3f).contains(next) { end += 1 }
        let parameters = bytes[(bytes.startIndex + head)..<(bytes.startIndex + end)]
        let isPlain = !(0x20...0x2f).contains(byte(end) ?? 0)
        while let next = byte(end), (0x20...0x2f).contains(next) { end += 1 }
        guard let final = byte(end) else { return .partial }
        guard (0x40...0x7e).contains(final) else { return broken(at: end) }
        guard isPlain else { return .key(.other, end + 1) }
        if final == UInt8(ascii: "M"), parameters.isEmpty { return oldMouse(end + 1) }
        if final == UInt8(ascii: "~"), parameters.elementsEqual("200".utf8) { return .paste(end + 1) }
        return .key(Self.key(parameters, final), end + 1)
    }

    /// A sequence that ends before its final byte: a new escape, or a character, stands on its own, and a control is
    /// part of what was broken.
    private func broken(at offset: Int) -> InputToken {
        let stop = byte(offset) ?? 0
        return .key(.other, stop == Self.escape || stop >= 0x80 ? offset : offset + 1)
    }

    /// F1 to F5 of the Linux console: a second bracket, and a letter.
    private func consoleFunction(_ head: Int) -> InputToken {
        guard let letter = byte(head + 1) else { return .partial }
        guard (0x20...0x7e).contains(letter) else { return broken(at: head + 1) }
        let isKey = (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(letter)
        return .key(isKey ? .function(Int(letter) - 0x40) : .other, head + 2)
    }

    /// The mouse report of terminals without the SGR form: three bytes, each 32 more than its number.
    private func oldMouse(_ head: Int) -> InputToken {
        for offset in head..<(head + 3) {
            guard let next = byte(offset) else { return .partial }
            if next < 0x20 { return .key(.other, offset) }
        }
        func number(_ offset: Int) -> Int { Int(byte(head + offset) ?? 32) - 32 }
        // Columns behind 223 do not fit into a byte.
        return .key(Self.mouse(button: number(0), x: number(1), y: number(2)), head + 3)
    }

    // MARK: Meanings

    private static func key(_ parameters: ArraySlice<UInt8>, _ final: UInt8) -> Key {
        if parameters.first == UInt8(ascii: "<") {
            guard let numbers = numbers(parameters.dropFirst()), numbers.count == 3,
                final == UInt8(ascii: "M")
            else { return .other }
            return mouse(button: numbers[0], x: numbers[1], y: numbers[2])
        }
        guard let numbers = numbers(parameters) else { return .other }
        if final == UInt8(ascii: "Z"), numbers.isEmpty || numbers == [1, 2] { return .backTab }
        // The second parameter is one more than the modifiers; Caps Lock and Num Lock are none.
        guard numbers.count < 2 || numbers.count == 2 && max(numbers[1] - 1, 0) & 0x3f == 0 else {
            return .other
        }
        if final == UInt8(ascii: "~") { return numbers.first.flatMap(numbered) ?? .other }
        guard numbers.isEmpty || numbers[0] == 1 else { return .other }
        // CSI R with parameters is the cursor's position.
        if final == UInt8(ascii: "R"), !numbers.isEmpty { return .other }
        return lettered(final) ?? .other
    }

    /// Numbers between semicolons; nil where there is anything else. An empty list has none.
    private static func numbers(_ parameters: ArraySlice<UInt8>) -> [Int]? {
        guard !parameters.isEmpty else { return [] }
        var all: [Int] = []
        for part in parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.count <= 6 else { return nil }
            var number = 0
            for digit in part {
                guard (0x30...0x39).contains(digit) else { return nil }
                number = number * 10 + Int(digit - 0x30)
            }
            all.append(number)
        }
        return all
    }

    private static func lettered(_ final: UInt8) -> Key? {
        switch Character(Unicode.Scalar(final)) {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        case "H": .home
        case "F": .end
        case "P": .function(1)
        case "Q": .function(2)
        case "R": .function(3)
        case "S": .function(4)
        default: nil
        }
    }

    private static func numbered(_ number: Int) -> Key? {
        switch number {
        case 1, 7: .home
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23, 24: .function(number - 12)
        default: nil
        }
    }

    /// A press of the first button, or a turn of the wheel. Movements, releases, other buttons and presses with a
    /// modifier mean nothing. Columns and rows count from 1.
    private static func mouse(button: Int, x: Int, y: Int) -> Key {
        guard x > 0, y > 0 else { return .other }
        return switch button {
        case 0: .click(x: x - 1, y: y - 1)
        case 64: .wheel(up: true, x: x - 1, y: y - 1)
        case 65: .wheel(up: false, x: x - 1, y: y - 1)
        default: .other
        }
    }
}
