import Core

/// What a terminal sends, in pieces, with pauses between them.
///
///     look, n, n sizes of pieces (0: a pause), then the bytes; the odd looks are UTF-8
///
/// No byte is lost or read twice, the pieces make no difference, and whatever is a key came as that key is documented.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKeys(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = Input(UnsafeRawBufferPointer(start: data, count: size))
    let look = input.byte()
    let pieces = input.bytes(input.byte() % 16).map(Int.init)
    let bytes = input.remainder()
    var whole = KeysHost(bytes, look: look)
    whole.read(pieces: [])
    var cut = KeysHost(bytes, look: look)
    cut.read(pieces: pieces)
    if !pieces.contains(0) { require(cut.keys == whole.keys, "the keys depend on how the bytes are cut") }
    return 0
}

private struct KeysHost {
    private let bytes: [UInt8]
    private let isUTF8: Bool
    private var reader: KeyReader
    private(set) var keys: [Key] = []

    init(_ bytes: [UInt8], look: Int) {
        self.bytes = bytes
        isUTF8 = look & 1 == 1
        reader = KeyReader(isUTF8: isUTF8)
    }

    mutating func read(pieces: [Int]) {
        var (position, piece) = (0, 0)
        while position < bytes.count {
            let length = piece < pieces.count ? pieces[piece] : bytes.count - position
            piece += 1
            let end = min(position + length, bytes.count)
            if length == 0 { reader.expire() } else { reader.append(bytes[position..<end]) }
            position = end
            take()
            require(reader.consumed <= position, "more bytes are read than there are")
        }
        reader.expire()
        take()
        require(
            reader.consumed == bytes.count && reader.patience == nil, "bytes are left after the last pause")
    }

    private mutating func take() {
        while true {
            let start = reader.consumed
            guard let key = reader.next() else { return }
            keys.append(key)
            require(
                isDocumented(key, bytes[start..<reader.consumed]),
                "\(key) of \(bytes[start..<reader.consumed])")
        }
    }

    /// Whether the bytes are a form that the key has in some terminal.
    private func isDocumented(_ key: Key, _ slice: ArraySlice<UInt8>) -> Bool {
        switch key {
        case .other, .paste: return true
        case .character(let scalar):
            return slice.elementsEqual(String(scalar).utf8) && (0x20...0x7e).contains(scalar.value)
                || isUTF8 && scalar.value > 0x9f && slice.elementsEqual(String(scalar).utf8)
        case .control(let letter): return slice.count == 1 && slice.first == letter.asciiValue.map { $0 - 64 }
        case .escape: return slice.elementsEqual([0x1b])
        case .tab: return slice.elementsEqual([9])
        case .backspace: return slice.elementsEqual([8]) || slice.elementsEqual([0x7f])
        case .enter:
            return slice.elementsEqual([13]) || slice.elementsEqual([10]) || sequence(slice)?.0 == "OM"
        case .up: return isLettered(slice, "A")
        case .down: return isLettered(slice, "B")
        case .right: return isLettered(slice, "C")
        case .left: return isLettered(slice, "D")
        case .home: return isLettered(slice, "H") || isNumbered(slice, [1, 7])
        case .end: return isLettered(slice, "F") || isNumbered(slice, [4, 8])
        case .pageUp: return isNumbered(slice, [5])
        case .pageDown: return isNumbered(slice, [6])
        case .backTab: return isBackTab(slice)
        case .function: return sequence(slice) != nil
        case .click, .wheel: return sequence(slice)?.0.hasSuffix("M") == true || isOldMouse(slice)
        }
    }

    /// A sequence without its introducer's escape, with `[` or `O` in its front.
    private func sequence(_ slice: ArraySlice<UInt8>) -> (String, Int)? {
        for (head, sign) in [
            ([0x1b, 0x5b], "["), ([0x9b], "["), ([0xc2, 0x9b], "["), ([0x1b, 0x4f], "O"), ([0x8f], "O"),
            ([0xc2, 0x8f], "O"),
        ] as [([UInt8], String)] where slice.starts(with: head) {
            return (sign + String(decoding: slice.dropFirst(head.count), as: UTF8.self), head.count)
        }
        return nil
    }

    private func isLettered(_ slice: ArraySlice<UInt8>, _ letter: String) -> Bool {
        guard let text = sequence(slice)?.0, text.hasSuffix(letter) else { return false }
        let parts = text.dropFirst().dropLast().split(separator: ";", omittingEmptySubsequences: false)
        guard text != "[\(letter)", text != "O\(letter)" else { return true }
        return text.hasPrefix("[") && Int(parts[0]) == 1
            && (parts.count == 1 || parts.count == 2 && isUnmodified(parts[1]))
    }

    /// CSI Z, or with the parameters 1 and Shift.
    private func isBackTab(_ slice: ArraySlice<UInt8>) -> Bool {
        guard let text = sequence(slice)?.0, text.hasPrefix("["), text.hasSuffix("Z") else { return false }
        let parts = text.dropFirst().dropLast().split(separator: ";", omittingEmptySubsequences: false)
        return text == "[Z" || parts.map { Int($0) } == [1, 2]
    }

    private func isNumbered(_ slice: ArraySlice<UInt8>, _ numbers: [Int]) -> Bool {
        guard let text = sequence(slice)?.0, text.hasPrefix("["), text.hasSuffix("~") else { return false }
        let parts = text.dropFirst().dropLast().split(separator: ";", omittingEmptySubsequences: false)
        return parts.count <= 2 && Int(parts[0]).map(numbers.contains) == true
            && (parts.count == 1 || isUnmodified(parts[1]))
    }

    private func isUnmodified(_ text: Substring) -> Bool {
        guard let number = Int(text) else { return false }
        return number <= 1 || (number - 1) % 64 == 0
    }

    private func isOldMouse(_ slice: ArraySlice<UInt8>) -> Bool {
        guard let head = sequence(slice)?.1 else { return false }
        return slice.count == head + 4 && slice[slice.startIndex + head] == 0x4d
    }
}
